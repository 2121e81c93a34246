import Encoders
import JSON
import Losses
import Tensors
import TextFormat

/// ``ContrastiveLoss`` over the hard pairs of a batch alone.
///
///     loss = sum over hard positives of d^2 + sum over hard negatives of max(margin - d, 0)^2
///
/// A positive pair is hard if it is farther apart than the closest negative of the batch, a negative one if it is closer
/// than the farthest positive, each by more than rounding. Where a batch has no pairs of the other kind, their mean distance is the bound.
///
/// Columns: two texts. Labels: 1 if they belong together, 0 if not.
public final class OnlineContrastiveLoss: EmbeddingLoss {
    public let name = "OnlineContrastiveLoss"
    public let model: any SentenceEmbedder
    public let distance: PairwiseFunction
    public let margin: Double

    /// - Parameters:
    ///   - distance: `distance_metric`; see ``SiameseDistanceMetric``.
    ///   - margin: in units of the distance.
    public init(model: any SentenceEmbedder, distance: PairwiseFunction = SiameseDistanceMetric.cosineDistance, margin: Double = 0.5) {
        self.model = model
        self.distance = distance
        self.margin = margin
    }

    public var requirements: LossRequirements? { LossRequirements(columns: [.text, .text], labels: [.number(0...1)], comparesRows: true) }

    public var configuration: JSONObject { ["distance_metric": .string(distance.name), "margin": .number(margin)] }

    public func value(of embeddings: [Tensor], batch: LossBatch, context: [Tensor]) throws -> Tensor {
        try requireColumns(2, embeddings, "two input columns", for: name)
        let labels = try batch.labels(in: 0...1, for: name)
        if let row = labels.firstIndex(where: { $0 != 0 && $0 != 1 }) {
            throw LossError("\(name): the label in", row: row, "is \(labels[row].shortest), 0 or 1 is wanted; remove such rows with filter, or use "
                            + "CoSENTLoss, which learns from grades")
        }
        let distances = try distance(embeddings[0], embeddings[1])
        let values = distances.detach().floatArray()
        let positives = labels.indices.filter { labels[$0] == 1 }, negatives = labels.indices.filter { labels[$0] == 0 }
        func mean(_ rows: [Int]) -> Float { rows.isEmpty ? 0 : rows.reduce(0) { $0 + values[$1] } / Float(rows.count) }
        let farthest = positives.map { values[$0] }.max() ?? mean(negatives)
        let closest = negatives.map { values[$0] }.min() ?? mean(positives)
        // What is not hard is multiplied by 0.
        let hardPositives = Tensor(labels.indices.map { labels[$0] == 1 && SimilarityTolerance.isAbove(values[$0], closest) ? Float(1) : 0 })
        let hardNegatives = Tensor(labels.indices.map { labels[$0] == 0 && SimilarityTolerance.isBelow(values[$0], farthest) ? Float(1) : 0 })
        return try (hardPositives * distances.square() + hardNegatives * (margin - distances).relu().square()).sum()
    }
}
