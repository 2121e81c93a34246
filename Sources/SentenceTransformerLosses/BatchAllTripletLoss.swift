import Encoders
import Losses
import Tensors

/// Every triplet that a batch holds: two texts of one class and one of another.
///
///     loss = mean of max(d(anchor, positive) - d(anchor, negative) + margin, 0), over the triplets where it is above 0
///
/// (Hermans, Beyer, Leibe 2017: In Defense of the Triplet Loss for Person Re-Identification, arXiv 1703.07737.)
///
/// A class that occurs once in the batch gives negatives for others and no triplets of its own. A batch without a triplet
/// above 0 has loss 0 and no gradient.
///
/// Columns: one text. Labels: the number of its class. Batches need several texts of several classes.
public final class BatchAllTripletLoss: BatchTripletLoss {
    public let name = "BatchAllTripletLoss"
    public let model: any SentenceEmbedder
    public let distance: BatchDistance
    public let margin: Double

    /// - Parameters:
    ///   - distance: `distance_metric`.
    ///   - margin: in units of the distance.
    public init(model: any SentenceEmbedder, distance: BatchDistance = .euclidean, margin: Double = 5) {
        self.model = model
        self.distance = distance
        self.margin = margin
    }

    public func value(of embeddings: [Tensor], batch: LossBatch, context: [Tensor]) throws -> Tensor {
        let labelled = try LabelledBatch(embeddings, batch, distance: distance, loss: name)
        let pairs = labelled.positivePairs
        guard !pairs.isEmpty else { return try labelled.distances.sum() * 0 }
        // A row for each positive pair rather than a cube of all triplets.
        let anchors = pairs.map(\.anchor)
        let positives = try labelled.distances(at: pairs.map { ($0.anchor, $0.positive) }).unsqueeze(1)
        let negatives = try labelled.distances.indexSelect(dim: 0, indices: anchors)
        let losses = try ((positives - negatives + margin) * labelled.negativeMask(of: anchors)).relu()
        let count = try losses.gt(1e-16).sum().item()
        return try losses.sum() / max(count, 1)
    }
}
