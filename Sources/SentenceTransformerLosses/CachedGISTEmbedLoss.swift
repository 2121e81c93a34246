import Encoders
import JSON
import Losses
import Tensors

/// ``GISTEmbedLoss`` with gradient caching: the same value and gradients with the activations of one mini-batch of texts, for
/// large batches; see ``CachedMultipleNegativesRankingLoss``. The guide works in mini-batches too, and only once.
/// (Gao et al. 2021, arXiv 2101.06983; Solatorio 2024, arXiv 2402.16829.)
///
/// Columns, labels, guide and options as there.
public final class CachedGISTEmbedLoss: EmbeddingLoss {
    public let name = "CachedGISTEmbedLoss"
    public var model: any SentenceEmbedder { contrast.model }
    package var contrast: GuidedContrast
    private let miniBatches: MiniBatchOptions

    /// - Throws: ``LossError`` for options that make no sense.
    public init(model: any SentenceEmbedder, guide: any SentenceEmbedder, options: GuideOptions = GuideOptions(),
                miniBatches: MiniBatchOptions = MiniBatchOptions()) throws {
        try miniBatches.check(for: name)
        self.miniBatches = miniBatches
        contrast = try GuidedContrast(loss: name, model: model, guide: guide, options: options)
    }

    public var miniBatchSize: Int? { miniBatches.size }
    public var miniBatchTokens: Int? { miniBatches.tokens }
    public var onMiniBatch: ((_ done: Int, _ of: Int) -> Void)? { miniBatches.onProgress }

    public var requirements: LossRequirements? { contrast.requirements.cached }

    public var configuration: JSONObject { miniBatches.added(to: contrast.configuration) }

    public func context(of batch: LossBatch) throws -> [Tensor] { try contrast.context(of: batch, inPassesOf: miniBatches.size) }

    public func value(of embeddings: [Tensor], batch: LossBatch, context: [Tensor]) throws -> Tensor {
        try contrast.value(of: embeddings, guides: context)
    }
}
