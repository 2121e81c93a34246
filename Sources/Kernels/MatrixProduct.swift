import ComputeRuntime

/// `c[m, n] = alpha * op(a)[m, k] * op(b)[k, n] + beta * c`, float32, row-major, cut into blocks of rows or columns over the pool.
///
/// With AVX-512 it is made in register tiles (see ``TileProduct``), elsewhere and for other factors by OpenBLAS.
///
/// - Parameters:
///   - rowStrideA: elements between stored rows of `a` (`k` if nil and normal, `m` if transposed); likewise for `b` and `c`.
///   - beta: 0 overwrites `c` (which may then be uninitialised), 1 adds to it.
///   - epilogue: called for each finished block of rows of `c`, on the thread that made it, while it is in cache.
public func matrixProduct(
    _ a: UnsafePointer<Float>, _ orderA: MatrixOrder = .normal,
    _ b: UnsafePointer<Float>, _ orderB: MatrixOrder = .normal,
    into c: UnsafeMutablePointer<Float>,
    m: Int, n: Int, k: Int,
    alpha: Float = 1, beta: Float = 0,
    rowStrideA: Int? = nil, rowStrideB: Int? = nil, rowStrideC: Int? = nil,
    epilogue: ((Range<Int>) -> Void)? = nil
) {
    if m == 0 || n == 0 { return }
    if alpha == 1, beta == 0 || beta == 1, k > 0, let format = ComputePrecision.float32.tileFormat {
        packingProduct(format, .float32(a), orderA, .float32(b), orderB, into: c, m: m, n: n, k: k, beta: beta, rowStrideA: rowStrideA, rowStrideB: rowStrideB,
                       rowStrideC: rowStrideC, epilogue: epilogue)
        return
    }
    let blas = OpenBLAS.shared
    let strideA = rowStrideA ?? (orderA == .normal ? k : m)
    let strideB = rowStrideB ?? (orderB == .normal ? n : k)
    let strideC = rowStrideC ?? n
    // The longer side of the result is cut, so that less of the operands is read twice; an epilogue needs whole rows.
    let cutsColumns = epilogue == nil && n > m
    let length = cutsColumns ? n : m
    // Small products are not worth a hand-over between threads.
    let threads = m * n * max(k, 1) < 100_000 ? 1 : ThreadPool.shared.threadCount
    // Equal shares for all threads; with an epilogue not so large that a block has left the cache by then.
    let blocks = threads * (epilogue == nil ? 1 : (length + threads * 512 - 1) / (threads * 512))
    let tile = cutsColumns ? 16 : 4
    let size = min(length, ((length + blocks - 1) / blocks + tile - 1) / tile * tile)
    ThreadPool.shared.run(count: (length + size - 1) / size) { block in
        let first = block * size
        let count = min(size, length - first)
        let (row, column) = cutsColumns ? (0, first) : (first, 0)
        let (rows, columns) = cutsColumns ? (m, count) : (count, n)
        blas.multiply(orderA == .normal ? a + row * strideA : a + row, orderA, strideA: strideA,
                      orderB == .normal ? b + column : b + column * strideB, orderB, strideB: strideB,
                      into: c + row * strideC + column, strideC: strideC, m: rows, n: columns, k: k, alpha: alpha, beta: beta)
        epilogue?(row ..< row + rows)
    }
}

/// The same product by the definition, one element at a time: the reference for tests.
public func matrixProductByDefinition(
    _ a: UnsafePointer<Float>, _ orderA: MatrixOrder, _ b: UnsafePointer<Float>, _ orderB: MatrixOrder,
    into c: UnsafeMutablePointer<Float>, m: Int, n: Int, k: Int, alpha: Float = 1, beta: Float = 0
) {
    for row in 0..<m {
        for column in 0..<n {
            var sum: Double = 0
            for inner in 0..<k {
                let left = orderA == .normal ? a[row * k + inner] : a[inner * m + row]
                let right = orderB == .normal ? b[inner * n + column] : b[column * k + inner]
                sum += Double(left) * Double(right)
            }
            let old = beta == 0 ? 0 : beta * c[row * n + column]
            c[row * n + column] = alpha * Float(sum) + old
        }
    }
}
