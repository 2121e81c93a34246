import COpenBLAS

/// Eigenvalues and eigenvectors of a symmetric matrix, by LAPACK's `dsyevd`.
///
/// - Parameters:
///   - matrix: `[size, size]`; becomes the eigenvectors of length 1, one in each row.
///   - values: `[size]`, ascending, in the order of the rows.
/// - Returns: whether the iteration came to an end; it does for every matrix of finite numbers.
public func symmetricEigen(_ matrix: UnsafeMutablePointer<Double>, size: Int, values: UnsafeMutablePointer<Double>) -> Bool {
    if size == 0 { return true }
    var n = blasint(size), status: blasint = 0
    // The first call only asks how much room is needed.
    var workLength: Double = 0, query: blasint = -1, integerLength: blasint = 0
    OpenBLAS.shared.dsyevd("V", "L", &n, matrix, &n, values, &workLength, &query, &integerLength, &query, &status, 1, 1)
    guard status == 0 else { return false }
    var work = [Double](repeating: 0, count: Int(workLength)), integers = [blasint](repeating: 0, count: Int(integerLength))
    var workCount = blasint(work.count), integerCount = blasint(integers.count)
    // Columns in Fortran's order are rows here.
    OpenBLAS.shared.dsyevd("V", "L", &n, matrix, &n, values, &work, &workCount, &integers, &integerCount, &status, 1, 1)
    return status == 0
}

/// Means of the columns of `rows` `[rowCount, width]`, and the sums of products of deviations from them, in double precision.
///
/// - Parameters:
///   - means: `[width]`
///   - scatter: `[width, width]`, symmetric; the covariance times the number of rows.
public func scatterMatrix(
    _ rows: UnsafePointer<Float>, rowCount: Int, width: Int, means: UnsafeMutablePointer<Double>, scatter: UnsafeMutablePointer<Double>
) {
    means.update(repeating: 0, count: width)
    scatter.update(repeating: 0, count: width * width)
    if rowCount == 0 || width == 0 { return }
    for row in 0..<rowCount { for column in 0..<width { means[column] += Double(rows[row * width + column]) } }
    for column in 0..<width { means[column] /= Double(rowCount) }

    let blockRows = min(rowCount, 1024)
    let centred = UnsafeMutablePointer<Double>.allocate(capacity: blockRows * width)
    defer { centred.deallocate() }
    for start in stride(from: 0, to: rowCount, by: blockRows) {
        let count = min(blockRows, rowCount - start)
        ThreadPool.shared.runRanges(count: count, grain: 16) { range in
            for row in range {
                for column in 0..<width { centred[row * width + column] = Double(rows[(start + row) * width + column]) - means[column] }
            }
        }
        ThreadPool.shared.runRanges(count: width, grain: 32) { range in
            OpenBLAS.shared.dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, blasint(range.count), blasint(width), blasint(count), 1,
                        centred + range.lowerBound, blasint(width), centred, blasint(width), 1,
                        scatter + range.lowerBound * width, blasint(width))
        }
    }
}
