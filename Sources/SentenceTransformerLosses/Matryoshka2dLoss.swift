import Encoders
import JSON
import Losses
import Tensors

/// Embeddings that may be cut short in layers and in length: ``AdaptiveLayerLoss`` over ``MatryoshkaLoss``, with one random
/// layer and one random dimension a step by default.
/// (Li et al. 2024: 2D Matryoshka Sentence Embeddings, arXiv 2402.14776.)
///
/// Columns and labels: those of the inner loss.
public final class Matryoshka2dLoss: Loss {
    public let name = "Matryoshka2dLoss"
    private let layers: AdaptiveLayerLoss
    private let lengths: MatryoshkaLoss

    /// - Parameters:
    ///   - inner: the loss, over the same model.
    ///   - dimensions: see ``MatryoshkaLoss``, as for weights and dimensions a step.
    ///   - options: of the layers.
    ///   - generator: draws layers and dimensions.
    /// - Throws: ``LossError`` for dimensions or weights that do not fit, or a loss over another model.
    public init(model: any SentenceEmbedder, inner: any EmbeddingLoss, dimensions: [Int], weights: [Double]? = nil, dimensionsPerStep: Int = 1,
                options: LayerOptions = LayerOptions(), generator: Generator = .shared) throws {
        lengths = try MatryoshkaLoss(model: model, inner: inner, dimensions: dimensions, weights: weights, dimensionsPerStep: dimensionsPerStep,
                                     generator: generator)
        layers = try AdaptiveLayerLoss(model: model, inner: lengths, options: options, generator: generator)
    }

    /// What a user should know about the dimensions, a sentence each.
    public var notes: [String] { lengths.notes }

    public var parameters: [NamedParameter] { layers.parameters }
    public var requirements: LossRequirements? { layers.requirements }

    public var configuration: JSONObject {
        var configuration = layers.configuration
        for (key, value) in lengths.configuration { configuration[key] = value }
        return configuration
    }

    public func value(of batch: LossBatch) throws -> Tensor { try layers.value(of: batch) }
}
