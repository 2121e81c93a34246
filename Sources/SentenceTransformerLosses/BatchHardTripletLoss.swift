import Encoders
import Losses
import Tensors

/// Each text of a batch against its hardest partners: the farthest of its class and the nearest of another.
///
///     loss = mean over rows of max(farthest positive - nearest negative + margin, 0)
///
/// (Hermans, Beyer, Leibe 2017: In Defense of the Triplet Loss for Person Re-Identification, arXiv 1703.07737.)
///
/// A class that occurs once in the batch has a farthest positive of 0: its text is only pushed away from others. In a
/// batch of one class the loss is the margin, without a gradient.
///
/// Columns: one text. Labels: the number of its class. Batches need several texts of several classes.
public final class BatchHardTripletLoss: BatchTripletLoss {
    public let name = "BatchHardTripletLoss"
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
        let (positive, negative) = try LabelledBatch(embeddings, batch, distance: distance, loss: name).hardest()
        return try (positive - negative + margin).relu().mean()
    }
}
