import COpenBLAS

/// How a stored matrix is read by ``matrixProduct``.
public enum MatrixOrder {
    /// As stored, row by row.
    case normal
    /// Rows and columns exchanged.
    case transposed

    var blas: CBLAS_TRANSPOSE { self == .normal ? CblasNoTrans : CblasTrans }
}

/// OpenBLAS runs on the caller's thread; the pool is the only scheduler.
private let singleThreadedBLAS: Void = openblas_set_num_threads(1)

/// `c[m, n] = alpha * op(a)[m, k] * op(b)[k, n] + beta * c`, float32, row-major, cut into row blocks over the pool.
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
    _ = singleThreadedBLAS
    let strideA = rowStrideA ?? (orderA == .normal ? k : m)
    let strideB = rowStrideB ?? (orderB == .normal ? n : k)
    let strideC = rowStrideC ?? n
    // Small products are not worth a hand-over between threads.
    let pool = ThreadPool.shared
    let work = m * n * max(k, 1)
    let threads = work < 100_000 ? 1 : pool.threadCount
    // With an epilogue, blocks stay small enough for the cache; each thread gets as many as the others.
    let blocksPerThread = epilogue == nil ? 1 : max(1, (m / threads + 255) / 256)
    let blocks = min(threads * blocksPerThread, m)
    // Whole multiples of the register tile keep the edges out of the middle.
    let size = min(m, ((m + blocks - 1) / blocks + 15) / 16 * 16)
    pool.run(count: (m + size - 1) / size) { block in
        let first = block * size
        let rows = min(size, m - first)
        let start = orderA == .normal ? a + first * strideA : a + first
        cblas_sgemm(CblasRowMajor, orderA.blas, orderB.blas, blasint(rows), blasint(n), blasint(k), alpha,
                    start, blasint(max(1, strideA)), b, blasint(max(1, strideB)), beta, c + first * strideC, blasint(max(1, strideC)))
        epilogue?(first ..< first + rows)
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
