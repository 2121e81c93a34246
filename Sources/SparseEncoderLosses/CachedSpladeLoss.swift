import Encoders
import Losses
import SentenceTransformerLosses

/// ``SpladeLoss`` with gradient caching: the same value and gradients with the activations of one mini-batch of texts, for large
/// batches, for about a third more time. (Gao et al. 2021, arXiv 2101.06983.)
///
/// The pooled embeddings of the whole batch, `[texts, vocabulary]`, are still held.
///
/// Columns, labels and options as there.
public final class CachedSpladeLoss: SpladeLoss {
    public override var name: String { "CachedSpladeLoss" }

    /// - Throws: ``LossError`` as ``SpladeLoss``, and for mini-batches below 1.
    public init(model: any SentenceEmbedder, inner: any EmbeddingLoss, options: SpladeOptions,
                miniBatches: MiniBatchOptions = MiniBatchOptions()) throws {
        try miniBatches.check(for: "CachedSpladeLoss")
        try super.init(loss: "CachedSpladeLoss", model: model, inner: inner, options: options, miniBatches: miniBatches)
    }
}
