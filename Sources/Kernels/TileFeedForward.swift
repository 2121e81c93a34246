import ComputeRuntime

#if arch(x86_64)
/// The two products of a feed-forward block in register tiles, with bias and activation between, a block of rows at a time: what
/// lies between the products stays in cache, and is kept for the backward pass as the format stores it.
///
/// Sums are made in the order in which ``tileProduct(_:_:_:into:m:beta:rowStrideA:rowStrideC:epilogue:)`` makes them.
public struct TileFeedForward {
    public let format: TileFormat
    public let hidden: Int
    public let intermediate: Int
    public let activation: HiddenActivation

    public init(_ format: TileFormat, hidden: Int, intermediate: Int, activation: HiddenActivation) {
        self.format = format
        self.hidden = hidden
        self.intermediate = intermediate
        self.activation = activation
    }

    /// Bytes of what the forward pass keeps for the backward pass.
    public func keptByteCount(rows: Int) -> Int { Self.panels(rows) * TileFormat.rows * keptStride * format.elementSize }

    private var keptStride: Int { Self.columnPanels(intermediate) * TileFormat.columns }

    private static func panels(_ rows: Int) -> Int { (rows + TileFormat.rows - 1) / TileFormat.rows }

    private static func columnPanels(_ columns: Int) -> Int { (columns + TileFormat.columns - 1) / TileFormat.columns }

    /// `output = activation(x W1^T + bias) W2^T`
    /// - Parameters:
    ///   - x: `[rows, hidden]`
    ///   - rounded: overwritten by bits of bfloat16 of `x`; nil where they are not wanted.
    ///   - expansion: of `W1 [intermediate, hidden]`, transposed.
    ///   - bias: `[intermediate]`
    ///   - contraction: of `W2 [hidden, intermediate]`, transposed.
    ///   - kept: room for ``keptByteCount(rows:)``; nil where no backward pass follows.
    ///   - output: `[rows, hidden]`, overwritten.
    ///   - epilogue: called for each finished block of rows, on the thread that made it, while it is in cache.
    public func forward(
        _ x: UnsafePointer<Float>, rows: Int, rounded: UnsafeMutablePointer<UInt16>? = nil, expansion: TilePanels,
        bias: UnsafePointer<Float>, contraction: TilePanels, keep kept: UnsafeMutableRawPointer?, output: UnsafeMutablePointer<Float>, epilogue: (Range<Int>) -> Void
    ) {
        forEachBlock(0..<rows, of: rows) { _, block in
            if let rounded {
                roundToBFloat16(x, rows: block.firstRow ..< block.endRow, width: hidden, into: rounded)
                block.pack(.bfloat16(rounded), stride: hidden, columns: hidden)
            } else {
                block.pack(.float32(x), stride: hidden, columns: hidden)
            }
            for start in stride(from: 0, to: intermediate, by: format.depth) {
                let width = min(format.depth, intermediate - start)
                block.multiplySource(depth: hidden, by: expansion, columns: start ..< start + width)
                let kept = kept.map { $0 + (block.firstRow * keptStride + start) * format.elementSize }
                FeedForwardChunk(format: format, values: block.values, panels: block.panels.count, columns: width, kept: kept, keptStride: keptStride)
                    .activate(activation, bias: bias + start, to: block.inner)
                block.multiplyInner(start: start, width: width, by: contraction, into: output, adds: start > 0)
            }
            epilogue(block.firstRow ..< block.endRow)
        }
    }

    /// Where the gradient of weights goes: `[outputs, inputs]`, overwritten for a `beta` of 0 and added to for 1.
    public typealias WeightGradient = (elements: UnsafeMutablePointer<Float>, beta: Float)

    /// The backward pass of ``forward(_:rows:rounded:expansion:bias:contraction:keep:output:epilogue:)``.
    /// - Parameters:
    ///   - gradient: `[rows, hidden]`, of the output.
    ///   - x: `[rows, hidden]`, the input; nil if the gradient of `W1` is not wanted.
    ///   - expansion: of `W1 [intermediate, hidden]`.
    ///   - contraction: of `W2 [hidden, intermediate]`.
    ///   - inputGradient: `[rows, hidden]`, added to; nil if not wanted.
    ///   - biasGradient: `[intermediate]`, added to; nil if not wanted.
    ///   - expansionGradient: of `W1`; nil if not wanted.
    ///   - contractionGradient: of `W2`; nil if not wanted.
    public func backward(
        gradient: MatrixElements, x: MatrixElements?, rows: Int, kept: UnsafeMutableRawPointer, expansion: TilePanels, contraction: TilePanels,
        into inputGradient: UnsafeMutablePointer<Float>?, biasGradient: UnsafeMutablePointer<Float>?,
        expansionGradient: WeightGradient?, contractionGradient: WeightGradient?
    ) {
        // Products give the gradient of W1 transposed.
        let transposedSize = expansionGradient == nil ? 0 : hidden * intermediate * MemoryLayout<Float>.stride
        ScratchMemory.with(byteCount: transposedSize) { scratch in
            let transposed = scratch.assumingMemoryBound(to: Float.self)
            for stretch in stretches(rows) {
                let isFirst = stretch.lowerBound == 0
                backward(stretch, rows: rows, gradient: gradient, kept: kept, expansion: expansion, contraction: contraction, into: inputGradient,
                         biasGradient: biasGradient, wantsWeights: (expansionGradient != nil, contractionGradient != nil)) { activated, gradients in
                    let offset = stretch.lowerBound * hidden
                    if let (target, beta) = contractionGradient {
                        packedProduct(format, gradient + offset, .transposed, hidden, activated, into: target, intermediate,
                                      m: hidden, n: intermediate, k: stretch.count, beta: isFirst ? beta : 1, epilogue: nil)
                    }
                    if expansionGradient != nil, let x {
                        packedProduct(format, x + offset, .transposed, hidden, gradients, into: transposed, intermediate,
                                      m: hidden, n: intermediate, k: stretch.count, beta: isFirst ? 0 : 1, epilogue: nil)
                    }
                }
            }
            if let (target, beta) = expansionGradient, rows > 0 {
                transpose(transposed, rows: hidden, columns: intermediate, into: target, adds: beta == 1)
            }
        }
    }

    /// What lies between the products for so many rows is made at a time for the gradients of weights. Sums over rows are made in the same
    /// order then, and blocks begin with a panel.
    private func stretches(_ rows: Int) -> [Range<Int>] {
        let length = TileFormat.rows / 2 * format.depth, count = max(1, (rows + length / 2) / length)
        return (0..<count).map { $0 * length ..< ($0 + 1 == count ? rows : ($0 + 1) * length) }
    }

    /// The backward pass of some rows, without the gradients of weights.
    /// - Parameter body: called with what these are made of, the activation's results and the gradients of its arguments: right operands
    ///   `[rows, intermediate]`, which are there where they are wanted.
    private func backward(
        _ stretch: Range<Int>, rows: Int, gradient: MatrixElements, kept: UnsafeMutableRawPointer, expansion: TilePanels, contraction: TilePanels,
        into inputGradient: UnsafeMutablePointer<Float>?, biasGradient: UnsafeMutablePointer<Float>?,
        wantsWeights: (expansion: Bool, contraction: Bool), _ body: (_ activated: UnsafeMutableRawPointer, _ gradients: UnsafeMutableRawPointer) -> Void
    ) {
        let size = TilePanels.byteCount(format, columns: intermediate, depth: stretch.count), panelSize = format.rightPanelSize(stretch.count)
        let blocks = blockCount(stretch.count)
        let sums = UnsafeMutablePointer<Float>.allocate(capacity: blocks * intermediate)
        defer { sums.deallocate() }
        ScratchMemory.with(byteCount: wantsWeights.contraction ? size : 0) { activated in
            ScratchMemory.with(byteCount: wantsWeights.expansion ? size : 0) { gradients in
                func right(_ panels: UnsafeMutableRawPointer, isWanted: Bool, _ start: Int, _ row: Int) -> UnsafeMutableRawPointer? {
                    isWanted ? panels + start / TileFormat.columns * panelSize + format.rightPanelSize(row - stretch.lowerBound) : nil
                }
                forEachBlock(stretch, of: rows) { index, block in
                    block.pack(gradient, stride: hidden, columns: hidden)
                    for start in stride(from: 0, to: intermediate, by: format.depth) {
                        let width = min(format.depth, intermediate - start)
                        block.multiplySource(depth: hidden, by: contraction, columns: start ..< start + width)
                        let kept = kept + (block.firstRow * keptStride + start) * format.elementSize
                        let chunk = FeedForwardChunk(format: format, values: block.values, panels: block.panels.count, columns: width,
                                                     kept: kept, keptStride: keptStride)
                        chunk.differentiate(
                            activation, rows: block.endRow - block.firstRow, left: block.inner,
                            activated: right(activated, isWanted: wantsWeights.contraction, start, block.firstRow),
                            gradients: right(gradients, isWanted: wantsWeights.expansion, start, block.firstRow),
                            panelSize: panelSize, sums: biasGradient == nil ? nil : sums + index * intermediate + start)
                        if let inputGradient { block.multiplyInner(start: start, width: width, by: expansion, into: inputGradient, adds: true) }
                    }
                }
                if let biasGradient { for index in 0..<blocks { addRow(sums + index * intermediate, to: biasGradient, width: intermediate) } }
                body(activated, gradients)
            }
        }
    }

    /// So many panels of rows, and what they become, stay in the second-level cache.
    private static let panelsOfBlock = 8

    private func blockCount(_ rows: Int) -> Int {
        let threads = ThreadPool.shared.threadCount, panels = Self.panels(rows)
        return min(panels, threads * ((panels + threads * Self.panelsOfBlock - 1) / (threads * Self.panelsOfBlock)))
    }

    /// Calls `body` on the pool with the number and the memory of each block of `stretch`, which begins with a panel.
    private func forEachBlock(_ stretch: Range<Int>, of rows: Int, _ body: (Int, FeedForwardRows) -> Void) {
        let first = stretch.lowerBound / TileFormat.rows, panels = Self.panels(stretch.count), blocks = blockCount(stretch.count)
        ThreadPool.shared.run(count: blocks) { index in
            let own = first + index * panels / blocks ..< first + (index + 1) * panels / blocks
            ScratchMemory.with(byteCount: FeedForwardRows.byteCount(format, panels: own.count, hidden: hidden)) {
                body(index, FeedForwardRows(format: format, panels: own, rowCount: rows, hidden: hidden, memory: $0))
            }
        }
    }
}

/// A block of rows on its way through a feed-forward block.
private struct FeedForwardRows {
    let format: TileFormat
    let panels: Range<Int>
    let rowCount: Int
    let hidden: Int
    /// What goes in, as left panels for each stretch of ``TileFormat/depth`` inner elements.
    let source: UnsafeMutableRawPointer
    /// A chunk of what lies between the products, as left panels.
    let inner: UnsafeMutableRawPointer
    /// The same in float32, `[rows of the panels, TileFormat.depth]`.
    let values: UnsafeMutablePointer<Float>
    /// For tiles at the edge.
    let scratch: UnsafeMutablePointer<Float>

    static func byteCount(_ format: TileFormat, panels: Int, hidden: Int) -> Int {
        let stretches = (hidden + format.depth - 1) / format.depth
        return panels * ((stretches + 1) * format.leftPanelSize + TileFormat.rows * format.depth * 4) + TileFormat.rows * TileFormat.columns * 4
    }

    init(format: TileFormat, panels: Range<Int>, rowCount: Int, hidden: Int, memory: UnsafeMutableRawPointer) {
        self.format = format
        self.panels = panels
        self.rowCount = rowCount
        self.hidden = hidden
        values = memory.assumingMemoryBound(to: Float.self)
        scratch = values + panels.count * TileFormat.rows * format.depth
        inner = UnsafeMutableRawPointer(scratch + TileFormat.rows * TileFormat.columns)
        source = inner + panels.count * format.leftPanelSize
    }

    var firstRow: Int { panels.lowerBound * TileFormat.rows }
    var endRow: Int { min(rowCount, panels.upperBound * TileFormat.rows) }

    /// Lays out the block's rows of `[rows, columns]`.
    func pack(_ x: MatrixElements, stride: Int, columns: Int) {
        for first in Swift.stride(from: 0, to: columns, by: format.depth) {
            format.packLeft(x + (firstRow * stride + first), .normal, stride: stride, readable: rowCount - firstRow,
                            depth: min(format.depth, columns - first), panels: panels.count,
                            to: source + first / format.depth * panels.count * format.leftPanelSize)
        }
    }

    /// ``values`` of some columns of what was packed times `right`.
    func multiplySource(depth: Int, by right: TilePanels, columns: Range<Int>) {
        let panelSize = format.rightPanelSize(right.depth), leftSize = format.leftPanelSize
        for first in stride(from: 0, to: depth, by: format.depth) {
            let left = source + first / format.depth * panels.count * leftSize
            for column in stride(from: columns.lowerBound, to: columns.upperBound, by: TileFormat.columns) {
                let panel = right.elements + column / TileFormat.columns * panelSize + format.rightPanelSize(first)
                for index in 0..<panels.count {
                    // Whole tiles always: there is room for them.
                    format.multiplyTile(left + index * leftSize, .normal, panel, depth: min(format.depth, depth - first),
                                        into: values + index * TileFormat.rows * format.depth + column - columns.lowerBound, stride: format.depth,
                                        rows: TileFormat.rows, columns: TileFormat.columns, adds: first > 0, scratch: scratch)
                }
            }
        }
    }

    /// The block's rows of `target = inner * right + target`, where ``inner`` are the elements of the inner dimension from `start` on.
    /// - Parameter adds: else `target` is overwritten.
    func multiplyInner(start: Int, width: Int, by right: TilePanels, into target: UnsafeMutablePointer<Float>, adds: Bool) {
        let panelSize = format.rightPanelSize(right.depth)
        for column in stride(from: 0, to: hidden, by: TileFormat.columns) {
            let panel = right.elements + column / TileFormat.columns * panelSize + format.rightPanelSize(start)
            for index in 0..<panels.count {
                let row = (panels.lowerBound + index) * TileFormat.rows
                format.multiplyTile(inner + index * format.leftPanelSize, .normal, panel, depth: width, into: target + row * hidden + column,
                                    stride: hidden, rows: min(TileFormat.rows, rowCount - row), columns: min(TileFormat.columns, hidden - column),
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
