import Encoders
import JSON
import Losses
import Tensors

/// ``MultipleNegativesRankingLoss`` with gradient caching: the same value and gradients, the activations of one mini-batch of
/// texts and a bounded part of the score matrix whatever the batch size, for about a third more time (each text is embedded
/// twice). A large batch is what makes in-batch negatives strong.
/// (Gao et al. 2021: Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup, arXiv 2101.06983.)
///
/// Columns, labels and options as there. With dropout, which elements are dropped depends on the cut into mini-batches.
public final class CachedMultipleNegativesRankingLoss: EmbeddingLoss {
    public let name = "CachedMultipleNegativesRankingLoss"
    public let model: any SentenceEmbedder
    package var contrast: InfoNCE
    private let miniBatches: MiniBatchOptions

    /// - Throws: ``LossError`` for options that contradict each other, or numbers below 1.
    public init(model: any SentenceEmbedder, options: ContrastiveOptions = ContrastiveOptions(),
                miniBatches: MiniBatchOptions = MiniBatchOptions()) throws {
        try miniBatches.check(for: name)
        self.model = model
        self.miniBatches = miniBatches
        contrast = try InfoNCE(loss: name, options: options)
    }

    public var miniBatchSize: Int? { miniBatches.size }
    public var miniBatchTokens: Int? { miniBatches.tokens }
    public var onMiniBatch: ((_ done: Int, _ of: Int) -> Void)? { miniBatches.onProgress }

    /// What a user should know about the options, a sentence each.
    public var notes: [String] { contrast.options.notes }

    public var requirements: LossRequirements? { InfoNCE.requirements.cached }

    public var configuration: JSONObject { miniBatches.added(to: contrast.options.configuration) }

    public func context(of batch: LossBatch) throws -> [Tensor] {
        try contrast.check(columnCount: batch.inputs.count)
        return []
    }

    public func value(of embeddings: [Tensor], batch: LossBatch, context: [Tensor]) throws -> Tensor {
        try contrast.value(of: embeddings)
    }

    public func value(of embeddings: [Tensor], prefixes: [(dimension: Int, weight: Double)], batch: LossBatch, context: [Tensor]) throws -> Tensor? {
        try contrast.value(of: embeddings, prefixes: prefixes)
    }
}
