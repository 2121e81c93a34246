import ComputeRuntime

/// `c = op(a) op(b) + beta c` with a right operand that is laid out already; `n` and `k` are its, `beta` is 0 or 1.
///
/// Every element is summed in an order that depends on `k` alone, so the result does not depend on the number of threads.
/// - Parameters:
///   - prologue: called for each block of rows of `a` before it is read, on the thread that will; only beside an `epilogue`.
///   - epilogue: called for each finished block of rows of `c`, on the thread that made it, while it is in cache.
public func tileProduct(
    _ a: MatrixElements, _ orderA: MatrixOrder = .normal, _ b: TilePanels, into c: UnsafeMutablePointer<Float>,
    m: Int, beta: Float = 0, rowStrideA: Int? = nil, rowStrideC: Int? = nil, prologue: ((Range<Int>) -> Void)? = nil,
    epilogue: ((Range<Int>) -> Void)? = nil
) {
    packedProduct(b.format, a, orderA, rowStrideA ?? (orderA == .normal ? b.depth : m), b.elements, into: c, rowStrideC ?? b.columns,
                  m: m, n: b.columns, k: b.depth, beta: beta, prologue: prologue, epilogue: epilogue)
}

/// The same from float32.
public func tileProduct(
    _ a: UnsafePointer<Float>, _ orderA: MatrixOrder = .normal, _ b: TilePanels, into c: UnsafeMutablePointer<Float>,
    m: Int, beta: Float = 0, rowStrideA: Int? = nil, rowStrideC: Int? = nil, epilogue: ((Range<Int>) -> Void)? = nil
) {
    tileProduct(.float32(a), orderA, b, into: c, m: m, beta: beta, rowStrideA: rowStrideA, rowStrideC: rowStrideC, epilogue: epilogue)
}

/// The same product, of which nothing is kept: `body` is called with each block of rows and its values `[rows, columns]`, on the thread
/// that made them, while they are in cache.
/// - Parameter prologue: called for each block of rows of `a` before it is read, on the thread that will.
public func tileProduct(
    _ a: MatrixElements, _ b: TilePanels, m: Int, prologue: ((Range<Int>) -> Void)? = nil,
    _ body: (Range<Int>, UnsafeMutablePointer<Float>) -> Void
) {
    #if arch(x86_64)
    if m == 0 || b.columns == 0 || b.depth == 0 { return }
    TileProduct(format: b.format, a: a, orderA: .normal, strideA: b.depth, right: b.elements, strideC: b.columns, m: m, n: b.columns, k: b.depth,
                adds: false).runBlocks(prologue: prologue, body)
    #endif
}

/// ``matrixProduct`` in the tiles of `format`; the right operand is laid out for this call. `beta` is 0 or 1.
func packingProduct(
    _ format: TileFormat, _ a: MatrixElements, _ orderA: MatrixOrder, _ b: MatrixElements, _ orderB: MatrixOrder,
    into c: UnsafeMutablePointer<Float>, m: Int, n: Int, k: Int, beta: Float,
    rowStrideA: Int?, rowStrideB: Int?, rowStrideC: Int?, epilogue: ((Range<Int>) -> Void)? = nil
) {
    ScratchMemory.with(byteCount: TilePanels.byteCount(format, columns: n, depth: k)) { right in
        TilePanels.fill(right, format, b, orderB, columns: n, depth: k, stride: rowStrideB ?? (orderB == .normal ? n : k))
        packedProduct(format, a, orderA, rowStrideA ?? (orderA == .normal ? k : m), right, into: c, rowStrideC ?? n,
                      m: m, n: n, k: k, beta: beta, epilogue: epilogue)
    }
}

/// The product with a right operand that ``TilePanels`` has laid out.
func packedProduct(
    _ format: TileFormat, _ a: MatrixElements, _ orderA: MatrixOrder, _ strideA: Int, _ right: UnsafeMutableRawPointer,
    into c: UnsafeMutablePointer<Float>, _ strideC: Int, m: Int, n: Int, k: Int, beta: Float,
    prologue: ((Range<Int>) -> Void)? = nil, epilogue: ((Range<Int>) -> Void)?
) {
    Contract.require(prologue == nil || epilogue != nil, "without an epilogue several threads may read the same rows")
    Contract.require(beta == 0 || beta == 1, "a product in tiles overwrites or adds")
    if m == 0 || n == 0 { return }
    #if arch(x86_64)
    if k == 0 {
        if beta == 0 { for row in 0..<m { (c + row * strideC).update(repeating: 0, count: n) } }
        epilogue?(0..<m)
        return
    }
    TileProduct(format: format, a: a, orderA: orderA, strideA: strideA, right: right, strideC: strideC, m: m, n: n, k: k, adds: beta == 1)
        .run(into: c, prologue: prologue, epilogue: epilogue)
    #endif
}

#if arch(x86_64)
/// A product in tiles: each thread takes blocks of rows (and of columns, where there are few rows), lays out the left panels of a
/// block, and multiplies them by one right panel after the other.
private struct TileProduct {
    let format: TileFormat
    let a: MatrixElements, orderA: MatrixOrder, strideA: Int
    /// Laid out as ``TilePanels`` says.
    let right: UnsafeRawPointer
    let strideC: Int
    let m: Int, n: Int, k: Int
    let adds: Bool

    /// So many left panels stay in the second-level cache beside a right one and what they make.
    private static let panelsOfBlock = 8

    func run(into c: UnsafeMutablePointer<Float>, prologue: ((Range<Int>) -> Void)?, epilogue: ((Range<Int>) -> Void)?) {
        forEachBlock(cutsColumns: epilogue == nil) { panels, columnPanels in
            let rows = rows(of: panels)
            prologue?(rows)
            multiply(panels, columnPanels, into: c)
            epilogue?(rows)
        }
    }

    func runBlocks(prologue: ((Range<Int>) -> Void)?, _ body: (Range<Int>, UnsafeMutablePointer<Float>) -> Void) {
        forEachBlock(cutsColumns: false) { panels, columnPanels in
            let rows = rows(of: panels)
            prologue?(rows)
            ScratchMemory.with(byteCount: rows.count * strideC * MemoryLayout<Float>.stride) { memory in
                let values = memory.assumingMemoryBound(to: Float.self)
                multiply(panels, columnPanels, into: values - rows.lowerBound * strideC)
                body(rows, values)
            }
        }
    }

    private func rows(of panels: Range<Int>) -> Range<Int> {
        panels.lowerBound * TileFormat.rows ..< min(m, panels.upperBound * TileFormat.rows)
    }

    /// Calls `body` on the pool with the left and the right panels of each block of the result.
    private func forEachBlock(cutsColumns: Bool, _ body: (Range<Int>, Range<Int>) -> Void) {
        let threads = m * n * k < 100_000 ? 1 : ThreadPool.shared.threadCount
        let panels = (m + TileFormat.rows - 1) / TileFormat.rows, columnPanels = (n + TileFormat.columns - 1) / TileFormat.columns
        // As many blocks for each thread.
        let rounds = (panels + threads * Self.panelsOfBlock - 1) / (threads * Self.panelsOfBlock)
        let blocks = min(panels, threads * rounds)
        let columnBlocks = !cutsColumns || panels >= threads * 3 ? 1 : min(columnPanels, threads)
        ThreadPool.shared.run(count: blocks * columnBlocks) { index in
            let block = index / columnBlocks, part = index % columnBlocks
            body(block * panels / blocks ..< (block + 1) * panels / blocks,
                 part * columnPanels / columnBlocks ..< (part + 1) * columnPanels / columnBlocks)
        }
    }

    private func multiply(_ panels: Range<Int>, _ columnPanels: Range<Int>, into c: UnsafeMutablePointer<Float>) {
        let rightSize = format.rightPanelSize(k), leftSize = format.leftPanelSize
        let tileBytes = TileFormat.rows * TileFormat.columns * MemoryLayout<Float>.stride
        withUnsafeTemporaryAllocation(byteCount: panels.count * leftSize + tileBytes, alignment: 64) { room in
            let scratch = room.baseAddress!.assumingMemoryBound(to: Float.self)
            let left = room.baseAddress! + tileBytes
            for inner in stride(from: 0, to: k, by: format.depth) {
                let depth = min(format.depth, k - inner)
                let row = panels.lowerBound * TileFormat.rows
                format.packLeft(a + (orderA == .normal ? row * strideA + inner : inner * strideA + row), orderA, stride: strideA,
                                readable: m - row, depth: depth, panels: panels.count, to: left)
                for column in columnPanels {
                    for panel in panels {
                        let row = panel * TileFormat.rows
                        format.multiplyTile(left + (panel - panels.lowerBound) * leftSize, orderA,
                                            right + column * rightSize + format.rightPanelSize(inner), depth: depth,
                                            into: c + row * strideC + column * TileFormat.columns, stride: strideC,
                                            rows: min(TileFormat.rows, m - row), columns: min(TileFormat.columns, n - column * TileFormat.columns),
                                            adds: adds || inner > 0, scratch: scratch)
                    }
                }
            }
        }
    }
}
#endif
