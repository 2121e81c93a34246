import Encoders
import JSON
import Losses
import Tensors

/// The mean sum of weights of a text: each active element costs what it weighs, however common it is.
///
///     loss = mean over rows of sum over elements of |w|
///
/// The alternative to ``FlopsLoss`` that SPLADE uses for queries (Lassance, Clinchant 2022: An Efficiency Study for SPLADE Models,
/// arXiv 2207.03834). With a threshold, rows with no more active elements than that count as zeros.
///
/// A regularizer of ``SpladeLoss``, not a loss of its own.
public final class L1Loss: SparseRegularizer, Loss {
    public let name = "L1Loss"
    public let threshold: Int?

    /// - Throws: ``LossError`` for a negative threshold.
    public init(threshold: Int? = nil) throws {
        if let threshold, threshold < 0 { throw LossError("L1Loss: threshold is \(threshold); a number of active elements is wanted") }
        self.threshold = threshold
    }

    public var requirements: LossRequirements? { LossRequirements(columns: [.text], allowsMoreColumns: true, labels: [.none], needsSparsityLoss: true) }
    public var configuration: JSONObject { ["threshold": threshold.map { .integer(Int64($0)) } ?? .null] }

    public func penalty(of embeddings: [Tensor]) throws -> Tensor {
        try meanOfRows(embeddings.map { try masked($0).abs().sum() }, count: embeddings.reduce(0) { $0 + $1.shape[0] })
    }

    public func value(of batch: LossBatch) throws -> Tensor { throw LossError.regularizerAlone(name) }
}
