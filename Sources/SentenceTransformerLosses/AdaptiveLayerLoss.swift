import Encoders
import JSON
import Losses
import Tensors

/// Another loss on the embeddings that each layer gives, so that users may leave layers out.
///
///     loss = w_last L(e_last) + sum over layers i taken of  w_prior w_i / n L(e_i) + w_kl T KL(softmax(e_last / T) || softmax(e_i / T))
///
/// with e_i the embeddings when pooling and what follows it are applied to layer i, n the number of layers taken, w_i by the
/// weighting, and KL averaged over texts; nothing flows back to e_last from it. Each step takes n layers before the last,
/// drawn at random. The model runs once. A loss that caches gradients keeps doing so, which the field does not know.
/// (Li et al. 2024: 2D Matryoshka Sentence Embeddings, arXiv 2402.14776.)
///
/// Columns and labels: those of the inner loss.
public final class AdaptiveLayerLoss: Loss {
    public let name = "AdaptiveLayerLoss"
    public let inner: any EmbeddingLoss
    private let options: LayerOptions
    private let generator: Generator

    /// - Parameters:
    ///   - inner: the loss, over the same model.
    ///   - generator: draws the layers.
    /// - Throws: ``LossError`` for a loss over another model.
    public init(model: any SentenceEmbedder, inner: any EmbeddingLoss, options: LayerOptions = LayerOptions(),
                generator: Generator = .shared) throws {
        try inner.requireModel(model, of: name)
        self.inner = inner
        self.options = options
        self.generator = generator
    }

    public var parameters: [NamedParameter] { inner.parameters }
    public var requirements: LossRequirements? { inner.requirements }
    public var configuration: JSONObject { options.configuration(inner: inner.name) }

    public func value(of batch: LossBatch) throws -> Tensor {
        let context = try inner.context(of: batch)
        let layers = LayeredEmbeddings(loss: name, model: inner.model, options: options, generator: generator)
        return try inner.value(of: batch, embed: layers.embed) { columns in
            try layers.value(of: columns) { try inner.value(of: $0, batch: batch, context: context) }
        }
    }
}
