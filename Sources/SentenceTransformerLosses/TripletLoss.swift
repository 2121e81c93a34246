import Encoders
import JSON
import Losses
import Tensors

/// The negative should be further from the anchor than the positive, by a margin.
///
///     loss = mean over rows of max(d(anchor, positive) - d(anchor, negative) + margin, 0)
///
/// (Hermans, Beyer, Leibe 2017: In Defense of the Triplet Loss for Person Re-Identification, arXiv 1703.07737.)
///
/// Columns: anchor, positive, negative. Labels: none.
public final class TripletLoss: EmbeddingLoss {
    public let name = "TripletLoss"
    public let model: any SentenceEmbedder
    public let distance: PairwiseFunction
    public let margin: Double

    /// - Parameters:
    ///   - distance: `distance_metric`; see ``TripletDistanceMetric``.
    ///   - margin: `triplet_margin`, in units of the distance. Cosine distances end at 2, so 5 asks for more than there is.
    public init(model: any SentenceEmbedder, distance: PairwiseFunction = TripletDistanceMetric.euclidean, margin: Double = 5) {
        self.model = model
        self.distance = distance
        self.margin = margin
    }

    public var requirements: LossRequirements? { LossRequirements(columns: [.text, .text, .text], labels: [.none]) }

    public var configuration: JSONObject { ["distance_metric": .string(distance.name), "triplet_margin": .number(margin)] }

    public func value(of embeddings: [Tensor], batch: LossBatch, context: [Tensor]) throws -> Tensor {
        guard embeddings.count == 3 else {
            throw LossError("\(name) expects three input columns, anchor, positive and negative, the batch has \(embeddings.count); "
                            + "choose three with select_columns")
        }
        let positive = try distance(embeddings[0], embeddings[1]), negative = try distance(embeddings[0], embeddings[2])
        return try (positive - negative + margin).relu().mean()
    }
}
