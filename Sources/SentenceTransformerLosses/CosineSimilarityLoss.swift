import Encoders
import JSON
import Losses
import Tensors

/// The cosine of two embeddings should be a given number.
///
///     loss = mean over rows of (a(cos(u, v)) - label)^2
///
/// with a the activation, by default none, and by default the mean of squared differences as the distance.
///
/// Columns: two texts. Labels: one number, usually from 0 to 1; from -1 to 1 unless activation or distance are other ones.
public final class CosineSimilarityLoss: EmbeddingLoss {
    public let name = "CosineSimilarityLoss"
    public let model: any SentenceEmbedder
    private let activation: LossActivation
    private let distance: ((_ scores: Tensor, _ labels: Tensor) throws -> Tensor)?

    /// - Parameters:
    ///   - activation: applied to the cosines (`cos_score_transformation`).
    ///   - distance: one element from activated cosines and labels, both `[rows]` (`loss_fct`); nil for the mean squared error.
    public init(model: any SentenceEmbedder, activation: LossActivation = .identity,
                distance: ((_ scores: Tensor, _ labels: Tensor) throws -> Tensor)? = nil) {
        self.model = model
        self.activation = activation
        self.distance = distance
    }

    public var requirements: LossRequirements? { LossRequirements(columns: [.text, .text], labels: [.number(labelRange)]) }

    /// The range of a cosine, unless something else is compared.
    private var labelRange: ClosedRange<Double> {
        distance == nil && activation.name == LossActivation.identity.name ? -1...1 : -Double.infinity...Double.infinity
    }

    public var configuration: JSONObject {
        ["loss_fct": .string(distance == nil ? "torch.nn.modules.loss.MSELoss" : "lua function"),
            "cos_score_transformation": .string(activation.name)]
    }

    public func value(of embeddings: [Tensor], batch: LossBatch, context: [Tensor]) throws -> Tensor {
        try requireColumns(2, embeddings, "two input columns", for: name)
        let labels = Tensor(try batch.labels(in: labelRange, for: name).map(Float.init))
        let scores = try activation(Similarity.pairwiseCosine(embeddings[0], embeddings[1]))
        return try distance?(scores, labels) ?? Functional.mse(scores, labels, reduction: .mean)
    }
}
