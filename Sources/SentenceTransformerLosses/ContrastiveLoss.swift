import Encoders
import JSON
import Losses
import Tensors

/// Pairs that belong together should be close, others at least a margin apart.
///
///     loss = mean over rows of (y d^2 + (1 - y) max(margin - d, 0)^2) / 2
///
/// with d the distance of the pair and y its label. (Hadsell, Chopra, LeCun 2006: Dimensionality Reduction by Learning an
/// Invariant Mapping, doi 10.1109/CVPR.2006.100.)
///
/// Columns: two texts. Labels: 1 if they belong together, 0 if not; a number between weighs both terms.
public final class ContrastiveLoss: EmbeddingLoss {
    public let name = "ContrastiveLoss"
    public let model: any SentenceEmbedder
    public let distance: PairwiseFunction
    public let margin: Double
    /// Whether the mean of the rows is taken, not the sum (`size_average`).
    public let averages: Bool

    /// - Parameters:
    ///   - distance: `distance_metric`; see ``SiameseDistanceMetric``.
    ///   - margin: in units of the distance.
    public init(model: any SentenceEmbedder, distance: PairwiseFunction = SiameseDistanceMetric.cosineDistance, margin: Double = 0.5,
                averages: Bool = true) {
        self.model = model
        self.distance = distance
        self.margin = margin
        self.averages = averages
    }

    public var requirements: LossRequirements? { LossRequirements(columns: [.text, .text], labels: [.number(0...1)]) }

    public var configuration: JSONObject {
        ["distance_metric": .string(distance.name), "margin": .number(margin), "size_average": .bool(averages)]
    }

    public func value(of embeddings: [Tensor], batch: LossBatch, context: [Tensor]) throws -> Tensor {
        try requireColumns(2, embeddings, "two input columns", for: name)
        let labels = Tensor(try batch.labels(in: 0...1, for: name).map(Float.init))
        let distances = try distance(embeddings[0], embeddings[1])
        let losses = try (labels * distances.square() + (1 - labels) * (margin - distances).relu().square()) * 0.5
        return try averages ? losses.mean() : losses.sum()
    }
}
