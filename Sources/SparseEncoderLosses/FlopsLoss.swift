import Encoders
import JSON
import Losses
import Tensors

/// The expected number of multiplications of a sparse scalar product, which is small when no element is active in many texts.
///
///     loss = sum over elements j of (mean over rows of w_j)^2
///
/// (Paria et al. 2020: Minimizing FLOPs to Learn Efficient Sparse Representations, arXiv 2004.05665.) With a threshold, rows with
/// no more active elements than that count as zeros.
///
/// A regularizer of ``SpladeLoss``, not a loss of its own.
public final class FlopsLoss: SparseRegularizer, Loss {
    public let name = "FlopsLoss"
    public let threshold: Int?

    /// - Throws: ``LossError`` for a negative threshold.
    public init(threshold: Int? = nil) throws {
        if let threshold, threshold < 0 { throw LossError("FlopsLoss: threshold is \(threshold); a number of active elements is wanted") }
        self.threshold = threshold
    }

    public var requirements: LossRequirements? { LossRequirements(columns: [.text], allowsMoreColumns: true, labels: [.none], needsSparsityLoss: true) }
    public var configuration: JSONObject { ["threshold": threshold.map { .integer(Int64($0)) } ?? .null] }

    public func penalty(of embeddings: [Tensor]) throws -> Tensor {
        let mean = try meanOfRows(embeddings.map { try masked($0).sum(dim: 0) }, count: embeddings.reduce(0) { $0 + $1.shape[0] })
        return try mean.multiplying(mean).sum()
    }

    public func value(of batch: LossBatch) throws -> Tensor { throw LossError.regularizerAlone(name) }
}

/// Sums over rows, together and divided by the number of rows.
func meanOfRows(_ sums: [Tensor], count: Int) throws -> Tensor {
    guard let first = sums.first else { throw LossError("a regularizer needs at least one tensor of embeddings") }
    return try sums.dropFirst().reduce(first) { try $0.adding($1) }.dividing(by: Double(max(1, count)))
}

extension LossError {
    static func regularizerAlone(_ name: String) -> LossError {
        LossError("\(name) is a regularizer, which alone makes all embeddings zero; give it to SpladeLoss as document_regularizer or query_regularizer")
    }
}
