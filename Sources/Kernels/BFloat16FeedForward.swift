#if arch(x86_64)
import KernelsAVX512BF16

/// The two products of a feed-forward block in bfloat16, with bias and activation between, a block of rows at a time: what lies
/// between the products stays in cache, and is kept for the backward pass in bfloat16. For ``InstructionSet/avx512bf16`` and above.
///
/// Sums are made in the order in which ``bfloat16Product(_:_:_:into:m:beta:rowStrideA:rowStrideC:epilogue:)`` makes them.
public struct BFloat16FeedForward {
    public let hidden: Int
    public let intermediate: Int
    public let activation: HiddenActivation

    public init(hidden: Int, intermediate: Int, activation: HiddenActivation) {
        self.hidden = hidden
        self.intermediate = intermediate
        self.activation = activation
    }

    /// Bytes of what the forward pass keeps for the backward pass.
    public func keptByteCount(rows: Int) -> Int { Self.panels(rows) * TileShape.rows * keptStride * 2 }

    private var keptStride: Int { Self.columnPanels(intermediate) * TileShape.columns }

    private static func panels(_ rows: Int) -> Int { (rows + TileShape.rows - 1) / TileShape.rows }

    private static func columnPanels(_ columns: Int) -> Int { (columns + TileShape.columns - 1) / TileShape.columns }

    private var kernelActivation: KernelsAVX512BF16.HiddenActivation { .init(rawValue: activation.rawValue)! }

    /// `output = activation(x W1^T + bias) W2^T`
    /// - Parameters:
    ///   - x: `[rows, hidden]`
    ///   - expansion: of `W1 [intermediate, hidden]`, transposed.
    ///   - bias: `[intermediate]`
    ///   - contraction: of `W2 [hidden, intermediate]`, transposed.
    ///   - kept: room for ``keptByteCount(rows:)``; nil where no backward pass follows.
    ///   - output: `[rows, hidden]`, overwritten.
    ///   - epilogue: called for each finished block of rows, on the thread that made it, while it is in cache.
    public func forward(
        _ x: UnsafePointer<Float>, rows: Int, expansion: BFloat16Panels, bias: UnsafePointer<Float>, contraction: BFloat16Panels,
        keep kept: UnsafeMutableRawPointer?, output: UnsafeMutablePointer<Float>, epilogue: (Range<Int>) -> Void
    ) {
        let kept = kept?.assumingMemoryBound(to: UInt16.self), function = kernelActivation
        forEachBlock(rows) { _, block in
            block.pack(x, stride: hidden, columns: hidden)
            for start in stride(from: 0, to: intermediate, by: TileShape.depth) {
                let width = min(TileShape.depth, intermediate - start)
                block.multiplySource(depth: hidden, by: expansion, columns: start ..< start + width)
                let chunk = ActivationChunk(values: block.values, panels: block.panels.count, columns: width,
                                            kept: kept.map { $0 + block.firstRow * keptStride + start }, keptStride: keptStride)
                chunk.activate(function, bias: bias + start, to: block.inner)
                block.multiplyInner(start: start, width: width, by: contraction, into: output, adds: start > 0)
            }
            epilogue(block.firstRow ..< block.endRow)
        }
    }

    /// What ``backward(gradient:rows:kept:expansion:contraction:into:biasGradient:wantsWeights:_:)`` leaves for the gradients of
    /// weights: right operands `[rows, intermediate]`.
    public struct Operands {
        fileprivate let activated: UnsafeMutableRawPointer?
        fileprivate let gradients: UnsafeMutableRawPointer?
        fileprivate let rows: Int
        fileprivate let hidden: Int
        fileprivate let intermediate: Int

        /// `target = gradient^T activated + beta * target`: of `W2`.
        /// - Parameters:
        ///   - gradient: `[rows, hidden]`, of the output.
        ///   - target: `[hidden, intermediate]`
        public func addContractionGradient(_ gradient: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, beta: Float) {
            guard let activated else { return }
            packedProduct(gradient, .transposed, hidden, activated, .normal, .avx512bf16, into: target, intermediate,
                          m: hidden, n: intermediate, k: rows, beta: beta, epilogue: nil)
        }

        /// `target = innerGradient^T x + beta * target`: of `W1`.
        /// - Parameters:
        ///   - x: `[rows, hidden]`
        ///   - target: `[intermediate, hidden]`
        public func addExpansionGradient(_ x: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, beta: Float) {
            guard let gradients else { return }
            // The product gives it transposed.
            ScratchMemory.with(byteCount: hidden * intermediate * MemoryLayout<Float>.stride) { scratch in
                let transposed = scratch.assumingMemoryBound(to: Float.self)
                packedProduct(x, .transposed, hidden, gradients, .normal, .avx512bf16, into: transposed, intermediate,
                              m: hidden, n: intermediate, k: rows, beta: 0, epilogue: nil)
                transpose(transposed, rows: hidden, columns: intermediate, into: target, adds: beta == 1)
            }
        }
    }

    /// The backward pass of ``forward(_:rows:expansion:bias:contraction:keep:output:epilogue:)``.
    /// - Parameters:
    ///   - gradient: `[rows, hidden]`, of the output.
    ///   - expansion: of `W1 [intermediate, hidden]`.
    ///   - contraction: of `W2 [hidden, intermediate]`.
    ///   - inputGradient: `[rows, hidden]`, added to; nil if not wanted.
    ///   - biasGradient: `[intermediate]`, added to; nil if not wanted.
    ///   - wantsWeights: whether gradients of `W1` and of `W2` are wanted.
    ///   - body: takes what is left for these.
    public func backward(
        gradient: UnsafePointer<Float>, rows: Int, kept: UnsafeMutableRawPointer, expansion: BFloat16Panels, contraction: BFloat16Panels,
        into inputGradient: UnsafeMutablePointer<Float>?, biasGradient: UnsafeMutablePointer<Float>?,
        wantsWeights: (expansion: Bool, contraction: Bool), _ body: (Operands) -> Void
    ) {
        let kept = kept.assumingMemoryBound(to: UInt16.self), function = kernelActivation
        let size = BFloat16Panels.byteCount(columns: intermediate, depth: rows, .avx512bf16)
        let panelStride = (rows + 1) / 2 * 2 * TileShape.columns
        let blocks = blockCount(rows)
        let sums = UnsafeMutablePointer<Float>.allocate(capacity: blocks * intermediate)
        defer { sums.deallocate() }
        ScratchMemory.with(byteCount: size) { first in
            ScratchMemory.with(byteCount: size) { second in
                let activated = wantsWeights.contraction ? first : nil, gradients = wantsWeights.expansion ? second : nil
                func right(_ panels: UnsafeMutableRawPointer?, _ start: Int, _ row: Int) -> ActivationChunk.RightPanels? {
                    panels.map {
                        let elements = $0.assumingMemoryBound(to: UInt16.self) + start / TileShape.columns * panelStride + row * TileShape.columns
                        return ActivationChunk.RightPanels(elements: elements, stride: panelStride)
                    }
                }
                forEachBlock(rows) { index, block in
                    block.pack(gradient, stride: hidden, columns: hidden)
                    for start in stride(from: 0, to: intermediate, by: TileShape.depth) {
                        let width = min(TileShape.depth, intermediate - start)
                        block.multiplySource(depth: hidden, by: contraction, columns: start ..< start + width)
                        let chunk = ActivationChunk(values: block.values, panels: block.panels.count, columns: width,
                                                    kept: kept + block.firstRow * keptStride + start, keptStride: keptStride)
                        chunk.differentiate(function, rows: block.endRow - block.firstRow, left: block.inner,
                                            activated: right(activated, start, block.firstRow), gradients: right(gradients, start, block.firstRow),
                                            sums: biasGradient == nil ? nil : sums + index * intermediate + start)
                        if let inputGradient { block.multiplyInner(start: start, width: width, by: expansion, into: inputGradient, adds: true) }
                    }
                }
                if let biasGradient { for index in 0..<blocks { addRow(sums + index * intermediate, to: biasGradient, width: intermediate) } }
                body(Operands(activated: activated, gradients: gradients, rows: rows, hidden: hidden, intermediate: intermediate))
            }
        }
    }

    /// So many panels of rows, and what they become, stay in the second-level cache.
    private static let panelsOfBlock = 8

    private func blockCount(_ rows: Int) -> Int {
        let threads = ThreadPool.shared.threadCount, panels = Self.panels(rows)
        return min(panels, threads * ((panels + threads * Self.panelsOfBlock - 1) / (threads * Self.panelsOfBlock)))
    }

    /// Calls `body` on the pool with the number and the memory of each block of rows.
    private func forEachBlock(_ rows: Int, _ body: (Int, FeedForwardRows) -> Void) {
        let panels = Self.panels(rows), blocks = blockCount(rows)
        ThreadPool.shared.run(count: blocks) { index in
            let own = index * panels / blocks ..< (index + 1) * panels / blocks
            ScratchMemory.with(byteCount: FeedForwardRows.byteCount(panels: own.count, hidden: hidden)) {
                body(index, FeedForwardRows(panels: own, rowCount: rows, hidden: hidden, memory: $0))
            }
        }
    }
}

/// A block of rows on its way through a feed-forward block.
private struct FeedForwardRows {
    let panels: Range<Int>
    let rowCount: Int
    let hidden: Int
    /// What goes in, as left panels for each stretch of ``TileShape/depth`` inner elements.
    let source: UnsafeMutablePointer<UInt16>
    /// A chunk of what lies between the products, as left panels.
    let inner: UnsafeMutablePointer<UInt16>
    /// The same in float32, `[rows of the panels, TileShape.depth]`.
    let values: UnsafeMutablePointer<Float>
    /// For tiles at the edge.
    let scratch: UnsafeMutablePointer<Float>

    static func byteCount(panels: Int, hidden: Int) -> Int {
        let stretches = (hidden + TileShape.depth - 1) / TileShape.depth
        return panels * ((stretches + 1) * TileShape.leftPanel * 2 + TileShape.rows * TileShape.depth * 4) + TileShape.rows * TileShape.columns * 4
    }

    init(panels: Range<Int>, rowCount: Int, hidden: Int, memory: UnsafeMutableRawPointer) {
        self.panels = panels
        self.rowCount = rowCount
        self.hidden = hidden
        values = memory.assumingMemoryBound(to: Float.self)
        scratch = values + panels.count * TileShape.rows * TileShape.depth
        inner = UnsafeMutableRawPointer(scratch + TileShape.rows * TileShape.columns).assumingMemoryBound(to: UInt16.self)
        source = inner + panels.count * TileShape.leftPanel
    }

    var firstRow: Int { panels.lowerBound * TileShape.rows }
    var endRow: Int { min(rowCount, panels.upperBound * TileShape.rows) }

    /// Rounds and lays out the block's rows of `[rows, columns]`.
    func pack(_ x: UnsafePointer<Float>, stride: Int, columns: Int) {
        for panel in panels {
            let row = panel * TileShape.rows
            for first in Swift.stride(from: 0, to: columns, by: TileShape.depth) {
                let place = first / TileShape.depth * panels.count + panel - panels.lowerBound
                packLeftRows(x + row * stride + first, stride: stride, rows: min(TileShape.rows, rowCount - row),
                             depth: min(TileShape.depth, columns - first), to: source + place * TileShape.leftPanel)
            }
        }
    }

    /// ``values`` of some columns of what was packed times `right`.
    func multiplySource(depth: Int, by right: BFloat16Panels, columns: Range<Int>) {
        let elements = right.elements.assumingMemoryBound(to: UInt16.self), panelElements = (right.depth + 1) / 2 * 2 * TileShape.columns
        for first in stride(from: 0, to: depth, by: TileShape.depth) {
            let left = source + first / TileShape.depth * panels.count * TileShape.leftPanel
            let pairs = (min(TileShape.depth, depth - first) + 1) / 2
            for column in stride(from: columns.lowerBound, to: columns.upperBound, by: TileShape.columns) {
                let panel = elements + column / TileShape.columns * panelElements + first * TileShape.columns
                for index in 0..<panels.count {
                    // Whole tiles always: there is room for them.
                    multiplyTile(left + index * TileShape.leftPanel, .rows, panel, pairs: pairs,
                                 into: values + index * TileShape.rows * TileShape.depth + column - columns.lowerBound, stride: TileShape.depth,
                                 rows: TileShape.rows, columns: TileShape.columns, adds: first > 0, scratch: scratch)
                }
            }
        }
    }

    /// The block's rows of `target = inner * right + target`, where ``inner`` are the elements of the inner dimension from `start` on.
    /// - Parameter adds: else `target` is overwritten.
    func multiplyInner(start: Int, width: Int, by right: BFloat16Panels, into target: UnsafeMutablePointer<Float>, adds: Bool) {
        let elements = right.elements.assumingMemoryBound(to: UInt16.self), panelElements = (right.depth + 1) / 2 * 2 * TileShape.columns
        for column in stride(from: 0, to: hidden, by: TileShape.columns) {
            let panel = elements + column / TileShape.columns * panelElements + start * TileShape.columns
            for index in 0..<panels.count {
                let row = (panels.lowerBound + index) * TileShape.rows
                multiplyTile(inner + index * TileShape.leftPanel, .rows, panel, pairs: (width + 1) / 2, into: target + row * hidden + column,
                             stride: hidden, rows: min(TileShape.rows, rowCount - row), columns: min(TileShape.columns, hidden - column),
                             adds: adds, scratch: scratch)
            }
        }
    }
}

/// `target[c][r] = source[r][c]`, or adds it.
private func transpose(_ source: UnsafePointer<Float>, rows: Int, columns: Int, into target: UnsafeMutablePointer<Float>, adds: Bool) {
    let side = 16
    ThreadPool.shared.run(count: (columns + side - 1) / side) { index in
        let own = index * side ..< min(columns, (index + 1) * side)
        for first in stride(from: 0, to: rows, by: side) {
            for column in own {
                let line = target + column * rows
                for row in first ..< min(rows, first + side) {
                    let value = source[row * columns + column]
                    line[row] = adds ? line[row] + value : value
                }
            }
        }
    }
}
#endif
