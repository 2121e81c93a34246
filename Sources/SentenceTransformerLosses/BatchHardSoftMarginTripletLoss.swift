import Encoders
import JSON
import Losses
import Tensors

/// ``BatchHardTripletLoss`` with a smooth margin, which needs no tuning and never stops pulling.
///
///     loss = mean over rows of log(1 + exp(farthest positive - nearest negative))
///
/// (Hermans, Beyer, Leibe 2017: In Defense of the Triplet Loss for Person Re-Identification, arXiv 1703.07737.)
///
/// A class that occurs once in the batch has a farthest positive of 0: its text is only pushed away from others. In a
/// batch of one class the largest distance of each row stands for its nearest negative.
///
/// Columns: one text. Labels: the number of its class. Batches need several texts of several classes.
public final class BatchHardSoftMarginTripletLoss: EmbeddingLoss {
    public let name = "BatchHardSoftMarginTripletLoss"
    public let model: any SentenceEmbedder
    public let distance: BatchDistance

    /// - Parameter distance: `distance_metric`.
    public init(model: any SentenceEmbedder, distance: BatchDistance = .euclidean) {
        self.model = model
        self.distance = distance
    }

    public var requirements: LossRequirements? { .labelledTexts }

    public var configuration: JSONObject { ["distance_metric": .string(distance.name)] }

    public func value(of embeddings: [Tensor], batch: LossBatch, context: [Tensor]) throws -> Tensor {
        let (positive, negative) = try LabelledBatch(embeddings, batch, distance: distance, loss: name).hardest()
        return try (positive - negative).softplus().mean()
    }
}
