import Encoders
import JSON
import Losses
import Tensors

/// Each query has to find its document, and each document its query: ``MultipleNegativesRankingLoss`` with the directions
/// `query_to_doc` and `doc_to_query`, a softmax each, averaged. The field keeps the class for older scripts.
///
/// Columns: query, positive; further columns are negatives of the first direction. Labels: none.
public final class MultipleNegativesSymmetricRankingLoss: EmbeddingLoss {
    public let name = "MultipleNegativesSymmetricRankingLoss"
    public let model: any SentenceEmbedder
    package var contrast: InfoNCE

    /// - Parameters:
    ///   - scale: factor of the similarities, the inverse of a temperature.
    ///   - gathersAcrossDevices: see ``ContrastiveOptions/gathersAcrossDevices``.
    /// - Throws: ``LossError`` for a scale of 0 or less.
    public init(model: any SentenceEmbedder, scale: Double = 20, similarity: EmbeddingSimilarity = .cosine,
                gathersAcrossDevices: Bool = false) throws {
        self.model = model
        contrast = try InfoNCE(loss: name, options: .symmetric(scale: scale, similarity: similarity, gathersAcrossDevices: gathersAcrossDevices))
    }

    public var requirements: LossRequirements? { InfoNCE.requirements }

    public var configuration: JSONObject { contrast.options.configuration }

    public func context(of batch: LossBatch) throws -> [Tensor] {
        try contrast.check(columnCount: batch.inputs.count)
        return []
    }

    public func value(of embeddings: [Tensor], batch: LossBatch, context: [Tensor]) throws -> Tensor {
        try contrast.value(of: embeddings)
    }
}
