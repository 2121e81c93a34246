import ComputeRuntime

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
            OpenBLAS.shared.multiply(centred + range.lowerBound, .transposed, strideA: width, centred, .normal, strideB: width,
                                     into: scatter + range.lowerBound * width, strideC: width, m: range.count, n: width, k: count,
                                     alpha: 1, beta: 1)
        }
    }
}
