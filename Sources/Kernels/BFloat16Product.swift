#if arch(x86_64)
import KernelsAVX512BF16
#endif

/// ``matrixProduct`` with both operands rounded to bfloat16 (to nearest, ties to even) and float32 sums: `c = op(a) op(b) + beta c`.
///
/// Every element is summed in an order that depends on `k` alone, so the result does not depend on the number of threads.
/// On a processor without the instruction the rounded operands are multiplied in float32, which differs only by the order of sums.
/// - Parameter beta: 0 or 1.
public func bfloat16Product(
    _ a: UnsafePointer<Float>, _ orderA: MatrixOrder = .normal,
    _ b: UnsafePointer<Float>, _ orderB: MatrixOrder = .normal,
    into c: UnsafeMutablePointer<Float>,
    m: Int, n: Int, k: Int, beta: Float = 0,
    rowStrideA: Int? = nil, rowStrideB: Int? = nil, rowStrideC: Int? = nil,
    epilogue: ((Range<Int>) -> Void)? = nil
) {
    if m == 0 || n == 0 { return }
    let set = InstructionSet.current
    ScratchMemory.with(byteCount: BFloat16Panels.byteCount(columns: n, depth: k, set)) { right in
        BFloat16Panels.fill(right, b, orderB, columns: n, depth: k, stride: rowStrideB ?? (orderB == .normal ? n : k), set)
        packedProduct(a, orderA, rowStrideA ?? (orderA == .normal ? k : m), right, orderB, set, into: c, rowStrideC ?? n,
                m: m, n: n, k: k, beta: beta, epilogue: epilogue)
    }
}

/// The same with a right operand that is laid out already; `n` and `k` are its.
public func bfloat16Product(
    _ a: UnsafePointer<Float>, _ orderA: MatrixOrder = .normal, _ b: BFloat16Panels, into c: UnsafeMutablePointer<Float>,
    m: Int, beta: Float = 0, rowStrideA: Int? = nil, rowStrideC: Int? = nil, epilogue: ((Range<Int>) -> Void)? = nil
) {
    if m == 0 || b.columns == 0 { return }
    packedProduct(a, orderA, rowStrideA ?? (orderA == .normal ? b.depth : m), b.elements, b.order, b.instructionSet, into: c, rowStrideC ?? b.columns,
            m: m, n: b.columns, k: b.depth, beta: beta, epilogue: epilogue)
}

/// The product with a right operand that ``BFloat16Panels`` has laid out for `set`.
func packedProduct(
    _ a: UnsafePointer<Float>, _ orderA: MatrixOrder, _ strideA: Int, _ right: UnsafeMutableRawPointer, _ orderB: MatrixOrder, _ set: InstructionSet,
    into c: UnsafeMutablePointer<Float>, _ strideC: Int, m: Int, n: Int, k: Int, beta: Float, epilogue: ((Range<Int>) -> Void)?
) {
    precondition(beta == 0 || beta == 1, "a bfloat16 product overwrites or adds")
    #if arch(x86_64)
    if set >= .avx512bf16, k > 0 {
        let tile = BFloat16TileProduct(a: a, orderA: orderA, strideA: strideA, right: right.assumingMemoryBound(to: UInt16.self),
                                       c: c, strideC: strideC, m: m, n: n, k: k, adds: beta == 1)
        tile.run(epilogue: epilogue)
        return
    }
    #endif
    ScratchMemory.with(byteCount: m * k * MemoryLayout<Float>.stride) { copy in
        let left = copy.assumingMemoryBound(to: Float.self)
        roundToBFloat16(a, rows: orderA == .normal ? m : k, columns: orderA == .normal ? k : m, stride: strideA, to: left)
        matrixProduct(left, orderA, right.assumingMemoryBound(to: Float.self), orderB, into: c, m: m, n: n, k: k, beta: beta,
                      rowStrideC: strideC, epilogue: epilogue)
    }
}

#if arch(x86_64)
/// A product in tiles: each thread takes blocks of rows (and of columns, where there are few rows), rounds and lays out the left
/// panels of a block, and multiplies them by one right panel after the other.
private struct BFloat16TileProduct {
    let a: UnsafePointer<Float>, orderA: MatrixOrder, strideA: Int
    /// Laid out as ``BFloat16Panels`` says.
    let right: UnsafePointer<UInt16>
    let c: UnsafeMutablePointer<Float>, strideC: Int
    let m: Int, n: Int, k: Int
    let adds: Bool

    /// So many left panels stay in the second-level cache beside a right one and what they make.
    private static let panelsOfBlock = 8

    func run(epilogue: ((Range<Int>) -> Void)?) {
        let threads = m * n * k < 100_000 ? 1 : ThreadPool.shared.threadCount
        let panels = (m + TileShape.rows - 1) / TileShape.rows, columnPanels = (n + TileShape.columns - 1) / TileShape.columns
        // As many blocks for each thread.
        let rounds = (panels + threads * Self.panelsOfBlock - 1) / (threads * Self.panelsOfBlock)
        let blocks = min(panels, threads * rounds)
        let columnBlocks = epilogue != nil || panels >= threads * 3 ? 1 : min(columnPanels, threads)
        ThreadPool.shared.run(count: blocks * columnBlocks) { index in
            let block = index / columnBlocks, part = index % columnBlocks
            let own = block * panels / blocks ..< (block + 1) * panels / blocks
            multiply(panels: own, columnPanels: part * columnPanels / columnBlocks ..< (part + 1) * columnPanels / columnBlocks)
            epilogue?(own.lowerBound * TileShape.rows ..< min(m, own.upperBound * TileShape.rows))
        }
    }

    private func multiply(panels: Range<Int>, columnPanels: Range<Int>) {
        let tileRows = TileShape.rows, tileColumns = TileShape.columns
        let panelElements = (k + 1) / 2 * 2 * tileColumns
        let layout: LeftLayout = orderA == .normal ? .rows : .pairs
        withUnsafeTemporaryAllocation(byteCount: panels.count * TileShape.leftPanel * 2 + tileRows * tileColumns * 4, alignment: 64) { room in
            let scratch = room.baseAddress!.assumingMemoryBound(to: Float.self)
            let left = (room.baseAddress! + tileRows * tileColumns * 4).assumingMemoryBound(to: UInt16.self)
            for inner in stride(from: 0, to: k, by: TileShape.depth) {
                let depth = min(TileShape.depth, k - inner)
                for panel in panels {
                    let row = panel * tileRows
                    let target = left + (panel - panels.lowerBound) * TileShape.leftPanel
                    if orderA == .normal {
                        packLeftRows(a + row * strideA + inner, stride: strideA, rows: min(tileRows, m - row), depth: depth, to: target)
                    } else {
                        packLeftColumns(a + inner * strideA + row, stride: strideA, depth: depth, readable: m - row, to: target)
                    }
                }
                for column in columnPanels {
                    for panel in panels {
                        let row = panel * tileRows
                        multiplyTile(left + (panel - panels.lowerBound) * TileShape.leftPanel, layout,
                                     right + column * panelElements + inner * tileColumns, pairs: (depth + 1) / 2,
                                     into: c + row * strideC + column * tileColumns, stride: strideC,
                                     rows: min(tileRows, m - row), columns: min(tileColumns, n - column * tileColumns),
                                     adds: adds || inner > 0, scratch: scratch)
                    }
                }
            }
        }
    }
}
#endif
