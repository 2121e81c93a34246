import Encoders
import JSON
import Losses
import Tensors

/// ``MultipleNegativesSymmetricRankingLoss`` with gradient caching; see ``CachedMultipleNegativesRankingLoss``, whose
/// directions and partition do the same. The field keeps the class for older scripts.
///
/// Columns: query, positive; further columns are negatives of the first direction. Labels: none.
public final class CachedMultipleNegativesSymmetricRankingLoss: EmbeddingLoss {
    public let name = "CachedMultipleNegativesSymmetricRankingLoss"
    public let model: any SentenceEmbedder
    package var contrast: InfoNCE
    private let miniBatches: MiniBatchOptions

    /// - Parameters:
    ///   - scale: factor of the similarities, the inverse of a temperature.
    ///   - gathersAcrossDevices: see ``ContrastiveOptions/gathersAcrossDevices``.
    /// - Throws: ``LossError`` for a scale of 0 or less, or numbers below 1.
    public init(model: any SentenceEmbedder, scale: Double = 20, similarity: EmbeddingSimilarity = .cosine,
                miniBatches: MiniBatchOptions = MiniBatchOptions(), gathersAcrossDevices: Bool = false) throws {
        try miniBatches.check(for: name)
        self.model = model
        self.miniBatches = miniBatches
        contrast = try InfoNCE(loss: name, options: .symmetric(scale: scale, similarity: similarity, gathersAcrossDevices: gathersAcrossDevices))
    }

    public var miniBatchSize: Int? { miniBatches.size }
    public var miniBatchTokens: Int? { miniBatches.tokens }
    public var onMiniBatch: ((_ done: Int, _ of: Int) -> Void)? { miniBatches.onProgress }

    public var requirements: LossRequirements? { InfoNCE.requirements.cached }

    public var configuration: JSONObject { miniBatches.added(to: contrast.options.configuration) }

    public func context(of batch: LossBatch) throws -> [Tensor] {
        try contrast.check(columnCount: batch.inputs.count)
        return []
    }

    public func value(of embeddings: [Tensor], batch: LossBatch, context: [Tensor]) throws -> Tensor {
        try contrast.value(of: embeddings)
    }
}
