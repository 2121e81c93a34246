import ComputeRuntime
import Kernels

/// The directions along which vectors vary most: principal component analysis.
///
/// Computed in double precision from the eigenvectors of the covariance. The sign of a direction, which the analysis leaves
/// open, is such that its element of the greatest magnitude is positive (as in scikit-learn).
public struct PrincipalComponents {
    /// The mean of the vectors, `[width]`.
    public let mean: Tensor
    /// Directions of length 1 at right angles to one another, `[count, width]`, the one of the greatest variance first.
    public let components: Tensor
    /// The variance along each direction with divisor `n - 1`, `[count]`.
    public let explainedVariance: Tensor
    /// The same as a share of the variance of all elements, `[count]`.
    public let explainedVarianceRatio: Tensor

    /// The greatest for which `1 + 6 width + 2 width^2`, the room that `dsyevd` works in, is a 32-bit integer.
    private static let greatestWidth = 32_766

    /// - Parameters:
    ///   - vectors: `[n, width]`, two rows or more, finite.
    ///   - count: directions wanted, at most the lesser of `n` and `width`.
    /// - Throws: ``TensorError`` for another shape, a number that is not finite, or a count out of range.
    public init(of vectors: Tensor, count: Int) throws {
        guard vectors.rank == 2 else {
            throw TensorError("principal components: vectors of shape \(vectors.shape); [n, width] is wanted, a vector in each row")
        }
        let (n, width) = (vectors.shape[0], vectors.shape[1])
        guard width <= Self.greatestWidth else {
            throw TensorError("principal components: vectors of width \(width); LAPACK's room is counted with 32 bits, enough for \(Self.greatestWidth)")
        }
        guard n > 1 else { throw TensorError("principal components: \(n) vector\(n == 1 ? "" : "s"); two at least are needed to vary") }
        guard count > 0, count <= min(n, width) else {
            throw TensorError("principal components: \(count) directions of \(n) vectors of width \(width); 1 to \(min(n, width)) can be had")
        }
        do {
            try MemoryLimit.check(count: width * width, stride: 4 * MemoryLayout<Double>.stride)
            try OpenBLAS.checkRoom()
        } catch {
            throw TensorError("principal components: vectors of width \(width): \(error)")
        }
        let rows = try vectors.detach().toFloat32().dense
        var means = [Double](repeating: 0, count: width), matrix = [Double](repeating: 0, count: width * width)
        scatterMatrix(rows.floats, rowCount: n, width: width, means: &means, scatter: &matrix)
        guard matrix.allSatisfy(\.isFinite) else {
            throw TensorError("principal components: the vectors hold numbers that are not finite, or too large to square")
        }
        let total = (0..<width).reduce(0) { $0 + matrix[$1 * width + $1] }
        var values = [Double](repeating: 0, count: width)
        guard symmetricEigen(&matrix, size: width, values: &values) else {
            throw TensorError("principal components: the eigenvalues of the covariance were not found")
        }

        // Eigenvalues ascend.
        let order = (width - count ..< width).reversed()
        components = Tensor(order.flatMap { row -> [Float] in
            let direction = matrix[row * width ..< (row + 1) * width]
            let extreme = direction.max { abs($0) < abs($1) } ?? 0
            return direction.map { Float(extreme < 0 ? -$0 : $0) }
        }, shape: [count, width])
        let variances = order.map { max(0, values[$0]) }
        mean = Tensor(means.map { Float($0) })
        explainedVariance = Tensor(variances.map { Float($0 / Double(n - 1)) })
        explainedVarianceRatio = Tensor(variances.map { Float(total > 0 ? $0 / total : 0) })
    }

    /// Where vectors lie along the directions, from their mean: `[n, width]` to `[n, count]`.
    public func transform(_ vectors: Tensor) throws -> Tensor {
        guard vectors.rank == 2, vectors.shape[1] == mean.count else {
            throw TensorError("principal components: vectors of shape \(vectors.shape); [n, \(mean.count)] is wanted")
        }
        return try vectors.subtracting(mean).matmul(components.t())
    }
}
