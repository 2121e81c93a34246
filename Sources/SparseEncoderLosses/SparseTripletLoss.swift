import Encoders
import Losses
import SentenceTransformerLosses

/// The negative should be further from the anchor than the positive, by a margin: `TripletLoss` for sparse embeddings.
///
///     loss = mean over rows of max(d(anchor, positive) - d(anchor, negative) + margin, 0)
///
/// Columns: anchor, positive, negative. Labels: none.
public final class SparseTripletLoss: SparseLoss {
    public let name = "SparseTripletLoss"
    public let arithmetic: any EmbeddingLoss

    /// - Parameters:
    ///   - distance: `distance_metric`.
    ///   - margin: `triplet_margin`, in units of the distance.
    public init(model: any SentenceEmbedder, distance: PairwiseFunction = TripletDistanceMetric.euclidean, margin: Double = 5) {
        arithmetic = TripletLoss(model: model, distance: distance, margin: margin)
    }
}
