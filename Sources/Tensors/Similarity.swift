/// Similarities of embeddings, with gradients. The matrix forms compare each row of `[n, d]` with each row of `[m, d]`
/// and give `[n, m]`; the pairwise forms compare rows of equal number and give `[n]`. A vector counts as one row.
public enum Similarity {
    /// Cosines of the angles. The rows are divided by their norms, or by 1e-12 if these are smaller.
    public static func cosine(_ a: Tensor, _ b: Tensor) throws -> Tensor {
        let (a, b) = try rows(a, b, of: "cos_sim")
        return try a.normalize().matmul(b.normalize().t())
    }

    /// Scalar products.
    public static func dot(_ a: Tensor, _ b: Tensor) throws -> Tensor {
        let (a, b) = try rows(a, b, of: "dot_score")
        return try a.matmul(b.t())
    }

    /// Negative Euclidean distances.
    public static func euclidean(_ a: Tensor, _ b: Tensor) throws -> Tensor {
        let (a, b) = try rows(a, b, of: "euclidean_sim")
        return try a.cdist(b).negated()
    }

    /// Negative Manhattan distances.
    public static func manhattan(_ a: Tensor, _ b: Tensor) throws -> Tensor {
        let (a, b) = try rows(a, b, of: "manhattan_sim")
        return try a.cdist(b, p: 1).negated()
    }

    /// Cosines of the angles between rows of equal number.
    public static func pairwiseCosine(_ a: Tensor, _ b: Tensor) throws -> Tensor {
        let (a, b) = try pairs(a, b, of: "pairwise_cos_sim")
        return try a.normalize().multiplying(b.normalize()).sum(dim: -1)
    }

    /// Scalar products of rows of equal number.
    public static func pairwiseDot(_ a: Tensor, _ b: Tensor) throws -> Tensor {
        let (a, b) = try pairs(a, b, of: "pairwise_dot_score")
        return try a.multiplying(b).sum(dim: -1)
    }

    /// Negative Euclidean distances of rows of equal number.
    public static func pairwiseEuclidean(_ a: Tensor, _ b: Tensor) throws -> Tensor {
        let (a, b) = try pairs(a, b, of: "pairwise_euclidean_sim")
        return try a.subtracting(b).norm(dim: -1).negated()
    }

    /// Negative Manhattan distances of rows of equal number.
    public static func pairwiseManhattan(_ a: Tensor, _ b: Tensor) throws -> Tensor {
        let (a, b) = try pairs(a, b, of: "pairwise_manhattan_sim")
        return try a.subtracting(b).norm(p: 1, dim: -1).negated()
    }

    /// `|cos(x, y) + sin(x, y)|` of rows of equal number, where the sine pairs element i with element i + d/2 as real and
    /// imaginary part: the sum over i of `x[i + d/2] y[i] - x[i] y[i + d/2]` of the normalised rows. Rows of odd length get a zero
    /// at the end. (Li, Li 2024: AoE: Angle-optimized Embeddings for Semantic Textual Similarity, arXiv 2309.12871, as their
    /// code has it.)
    public static func pairwiseAngle(_ a: Tensor, _ b: Tensor) throws -> Tensor {
        let (a, b) = try pairs(a, b, of: "pairwise_angle_sim")
        func even(_ rows: Tensor) throws -> Tensor {
            rows.shape[1] % 2 == 0 ? rows : try Tensor.cat([rows, Tensor.zeros([rows.shape[0], 1])], dim: 1)
        }
        let x = try even(a).normalize(), y = try even(b).normalize()
        let half = x.shape[1] / 2
        func part(_ tensor: Tensor, _ start: Int) throws -> Tensor { try tensor.narrow(dim: 1, start: start, length: half) }
        let cosines = try (x * y).sum(dim: 1)
        let sines = try (part(x, half) * part(y, 0) - part(x, 0) * part(y, half)).sum(dim: 1)
        return try (cosines + sines).abs()
    }

    private static func rows(_ a: Tensor, _ b: Tensor, of name: String) throws -> (Tensor, Tensor) {
        let first = a.rank == 1 ? try a.unsqueeze(0) : a, second = b.rank == 1 ? try b.unsqueeze(0) : b
        guard first.rank == 2, second.rank == 2, first.shape[1] == second.shape[1] else {
            throw TensorError("\(name): shapes \(a.shape) and \(b.shape); both must be matrices (or vectors) with rows of one length")
        }
        return (first, second)
    }

    private static func pairs(_ a: Tensor, _ b: Tensor, of name: String) throws -> (Tensor, Tensor) {
        let (first, second) = try rows(a, b, of: name)
        guard first.shape[0] == second.shape[0] else {
            throw TensorError("\(name): shapes \(a.shape) and \(b.shape); both must have the same number of rows")
        }
        return (first, second)
    }
}
