#if arch(x86_64)
import KernelsAVX512BF16
#endif

/// ``matrixProduct`` with both operands rounded to bfloat16 (nearest, ties to even) and float32 sums: `c = op(a) op(b) + beta c`.
///
/// Every element is summed in an order that depends on `k` alone, so the result does not depend on the number of threads.
/// On a processor without the instruction the rounded operands are multiplied in float32, which differs only by the order of sums.
public func bfloat16Product(
    _ a: UnsafePointer<Float>, _ orderA: MatrixOrder = .normal,
    _ b: UnsafePointer<Float>, _ orderB: MatrixOrder = .normal,
    into c: UnsafeMutablePointer<Float>,
    m: Int, n: Int, k: Int, beta: Float = 0,
    rowStrideA: Int? = nil, rowStrideB: Int? = nil, rowStrideC: Int? = nil,
    epilogue: ((Range<Int>) -> Void)? = nil
) {
    if m == 0 || n == 0 { return }
    let strideA = rowStrideA ?? (orderA == .normal ? k : m)
    let strideB = rowStrideB ?? (orderB == .normal ? n : k)
    let strideC = rowStrideC ?? n
    precondition(beta == 0 || beta == 1, "a bfloat16 product overwrites or adds")
    #if arch(x86_64)
    if InstructionSet.current >= .avx512bf16, k > 0 {
        avx512Product(a, orderA, strideA, b, orderB, strideB, into: c, strideC, m: m, n: n, k: k, adds: beta == 1, epilogue: epilogue)
        return
    }
    #endif
    let left = roundedCopy(a, rows: orderA == .normal ? m : k, columns: orderA == .normal ? k : m, stride: strideA)
    let right = roundedCopy(b, rows: orderB == .normal ? k : n, columns: orderB == .normal ? n : k, stride: strideB)
    defer { left.deallocate(); right.deallocate() }
    matrixProduct(left, orderA, right, orderB, into: c, m: m, n: n, k: k, beta: beta, rowStrideC: strideC, epilogue: epilogue)
}

/// A dense copy with every value rounded to the nearest bfloat16. The caller frees it.
private func roundedCopy(_ source: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int) -> UnsafeMutablePointer<Float> {
    let copy = UnsafeMutablePointer<Float>.allocate(capacity: max(1, rows * columns))
    ThreadPool.shared.run(count: rows) { row in
        for column in 0..<columns {
            let value = source[row * stride + column], bits = value.bitPattern
            copy[row * columns + column] = value.isNaN ? value
                : Float(bitPattern: (bits &+ 0x7fff &+ ((bits >> 16) & 1)) & 0xffff_0000)
        }
    }
    return copy
}

#if arch(x86_64)
/// The right operand is packed once, by all threads; then each thread takes blocks of rows, packs their left panels and multiplies.
private func avx512Product(
    _ a: UnsafePointer<Float>, _ orderA: MatrixOrder, _ strideA: Int,
    _ b: UnsafePointer<Float>, _ orderB: MatrixOrder, _ strideB: Int,
    into c: UnsafeMutablePointer<Float>, _ strideC: Int,
    m: Int, n: Int, k: Int, adds: Bool, epilogue: ((Range<Int>) -> Void)?
) {
    let tileRows = TileShape.rows, tileColumns = TileShape.columns
    let pairs = (k + 1) / 2
    let panelsRight = (n + tileColumns - 1) / tileColumns
    let panelElements = pairs * 2 * tileColumns
    let right = UnsafeMutableRawPointer.allocate(byteCount: panelsRight * panelElements * 2, alignment: 64)
        .assumingMemoryBound(to: UInt16.self)
    defer { right.deallocate() }
    ThreadPool.shared.run(count: panelsRight) { panel in
        let first = panel * tileColumns, columns = min(tileColumns, n - first)
        let target = right + panel * panelElements
        if orderB == .normal {
            packRightRows(b + first, stride: strideB, columns: columns, depth: k, to: target)
        } else {
            withUnsafeTemporaryAllocation(byteCount: 2 * k + 64, alignment: 64) { scratch in
                packRightColumns(b + first * strideB, stride: strideB, columns: columns, depth: k,
                                 scratch: scratch.baseAddress!.assumingMemoryBound(to: UInt16.self), to: target)
            }
        }
    }
    // Eight panels of the left fit the second cache beside one of the right; fewer where there are too few rows for all threads.
    let panelsLeft = (m + tileRows - 1) / tileRows
    let panelsOfBlock = max(1, min(8, (panelsLeft + ThreadPool.shared.threadCount - 1) / ThreadPool.shared.threadCount))
    let rowsOfBlock = panelsOfBlock * tileRows
    ThreadPool.shared.run(count: (m + rowsOfBlock - 1) / rowsOfBlock) { block in
        let firstRow = block * rowsOfBlock, rows = min(rowsOfBlock, m - firstRow)
        let panels = (rows + tileRows - 1) / tileRows
        withUnsafeTemporaryAllocation(byteCount: panels * TileShape.leftPanel * 2 + tileRows * tileColumns * 4 + 64, alignment: 64) { room in
            let scratch = room.baseAddress!.assumingMemoryBound(to: Float.self)
            let left = (room.baseAddress! + tileRows * tileColumns * 4).assumingMemoryBound(to: UInt16.self)
            for inner in stride(from: 0, to: k, by: TileShape.depth) {
                let depth = min(TileShape.depth, k - inner)
                for panel in 0..<panels {
                    let row = firstRow + panel * tileRows, count = min(tileRows, m - row)
                    let target = left + panel * TileShape.leftPanel
                    if orderA == .normal {
                        packLeftRows(a + row * strideA + inner, stride: strideA, rows: count, depth: depth, to: target)
                    } else {
                        packLeftColumns(a + inner * strideA + row, stride: strideA, rows: count, depth: depth, readable: m - row, to: target)
                    }
                }
                for column in 0..<panelsRight {
                    for panel in 0..<panels {
                        let row = firstRow + panel * tileRows
                        multiplyTile(left + panel * TileShape.leftPanel, orderA == .normal ? .rows : .pairs,
                                     right + column * panelElements + inner * tileColumns, pairs: (depth + 1) / 2,
                                     into: c + row * strideC + column * tileColumns, stride: strideC,
                                     rows: min(tileRows, m - row), columns: min(tileColumns, n - column * tileColumns),
                                     adds: adds || inner > 0, scratch: scratch)
                    }
                }
            }
        }
        epilogue?(firstRow ..< firstRow + rows)
    }
}
#endif
