import Losses
import Tensors

/// A number for each row of two matrices of the same shape, a similarity or a distance, under the name that records give it.
public struct PairwiseFunction {
    public let name: String
    private let function: (Tensor, Tensor) throws -> Tensor

    /// - Parameter function: from two tensors `[rows, dimension]` to one `[rows]`, on the tape.
    public init(name: String, function: @escaping (Tensor, Tensor) throws -> Tensor) {
        self.name = name
        self.function = function
    }

    /// Applies it. - Throws: ``LossError`` unless there is one number for each row.
    public func callAsFunction(_ first: Tensor, _ second: Tensor) throws -> Tensor {
        let result = try function(first, second)
        guard result.shape == [first.shape[0]] else {
            throw LossError("'\(name)' gave a tensor of shape \(result.shape) for embeddings of shapes \(first.shape) and \(second.shape); "
                            + "one number for each row, shape [\(first.shape[0])], is wanted")
        }
        return result
    }
}

/// The similarities of pairs that losses take as `similarity_fct`.
public enum PairwiseSimilarity {
    public static let cosine = PairwiseFunction(name: "pairwise_cos_sim", function: Similarity.pairwiseCosine)
    public static let dot = PairwiseFunction(name: "pairwise_dot_score", function: Similarity.pairwiseDot)
    public static let euclidean = PairwiseFunction(name: "pairwise_euclidean_sim", function: Similarity.pairwiseEuclidean)
    public static let manhattan = PairwiseFunction(name: "pairwise_manhattan_sim", function: Similarity.pairwiseManhattan)

    public static let angle = PairwiseFunction(name: "pairwise_angle_sim", function: Similarity.pairwiseAngle)

    /// The built-in ones.
    public static let all = [cosine, dot, euclidean, manhattan, angle]
}

/// The distances that ``TripletLoss`` takes as `distance_metric`.
public enum TripletDistanceMetric {
    /// 1 minus the cosine.
    public static let cosine = PairwiseFunction(name: "TripletDistanceMetric.COSINE") { try 1 - Similarity.pairwiseCosine($0, $1) }
    public static let euclidean = PairwiseFunction(name: "TripletDistanceMetric.EUCLIDEAN") { try Similarity.pairwiseEuclidean($0, $1).negated() }
    public static let manhattan = PairwiseFunction(name: "TripletDistanceMetric.MANHATTAN") { try Similarity.pairwiseManhattan($0, $1).negated() }

    /// The built-in ones by the name used in scripts.
    public static let named: [(name: String, function: PairwiseFunction)] = [
        ("COSINE", cosine), ("EUCLIDEAN", euclidean), ("MANHATTAN", manhattan),
    ]
}

/// The distances that ``ContrastiveLoss`` and ``OnlineContrastiveLoss`` take as `distance_metric`. To the differences 1e-6
/// is added before their norm is taken, so that equal embeddings have a gradient.
public enum SiameseDistanceMetric {
    public static let euclidean = PairwiseFunction(name: "SiameseDistanceMetric.EUCLIDEAN") { try ($0 - $1 + 1e-6).norm(dim: -1) }
    public static let manhattan = PairwiseFunction(name: "SiameseDistanceMetric.MANHATTAN") { try ($0 - $1 + 1e-6).norm(p: 1, dim: -1) }
    /// 1 minus the cosine.
    public static let cosineDistance = PairwiseFunction(name: "SiameseDistanceMetric.COSINE_DISTANCE") { try 1 - $0.cosineSimilarity($1) }

    /// The built-in ones by the name used in scripts.
    public static let named: [(name: String, function: PairwiseFunction)] = [
        ("EUCLIDEAN", euclidean), ("MANHATTAN", manhattan), ("COSINE_DISTANCE", cosineDistance),
    ]
}

/// The distances of every two of the embeddings of a batch, which the losses over labelled batches take as `distance_metric`.
public struct BatchDistance {
    /// The name that records give it.
    public let name: String
    private let function: (Tensor) throws -> Tensor

    /// - Parameter function: from embeddings `[rows, dimension]` to distances `[rows, rows]`, on the tape.
    public init(name: String, function: @escaping (Tensor) throws -> Tensor) {
        self.name = name
        self.function = function
    }

    /// Applies it. - Throws: ``LossError`` unless there is a distance for every two rows.
    public func callAsFunction(_ embeddings: Tensor) throws -> Tensor {
        let result = try function(embeddings), rows = embeddings.shape[0]
        guard result.shape == [rows, rows] else {
            throw LossError("distance_metric '\(name)' gave a tensor of shape \(result.shape) for \(rows) embeddings; [\(rows), \(rows)] is wanted")
        }
        return result
    }

    /// 1 minus the cosine.
    public static let cosine = BatchDistance(name: "cosine_distance") { try 1 - Similarity.cosine($0, $0) }

    /// Euclidean, by way of scalar products. Equal embeddings have distance 0 without a gradient.
    public static let euclidean = BatchDistance(name: "euclidean_distance") { embeddings in
        let squares = try squaredDistances(embeddings)
        let isZero = try squares.eq(0)
        return try squares.maskedFill(isZero, 1).sqrt().maskedFill(isZero, 0)
    }

    /// The same without the root.
    public static let squaredEuclidean = BatchDistance(name: "squared_euclidean_distance", function: squaredDistances)

    /// The built-in ones.
    public static let all = [cosine, euclidean, squaredEuclidean]

    /// `|x|^2 - 2 x y + |y|^2`, not below 0.
    private static func squaredDistances(_ embeddings: Tensor) throws -> Tensor {
        let products = try embeddings.matmul(embeddings.t())
        let norms = try products.diagonal()
        return try (norms.unsqueeze(0) - products * 2 + norms.unsqueeze(1)).relu()
    }
}
