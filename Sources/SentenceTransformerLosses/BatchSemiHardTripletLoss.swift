import Encoders
import Losses
import Tensors

/// Each positive pair of a batch against a negative that is a little farther than the positive.
///
///     loss = mean over positive pairs of max(d(anchor, positive) - d(anchor, negative) + margin, 0)
///
/// The negative is the nearest among those farther from the anchor than the positive (by more than rounding); where none is farther, the farthest.
/// (Schroff, Kalenichenko, Philbin 2015: FaceNet, arXiv 1503.03832; Hermans, Beyer, Leibe 2017: In Defense of the Triplet
/// Loss for Person Re-Identification, arXiv 1703.07737.)
///
/// A class that occurs once in the batch gives negatives for others and no pairs of its own; a batch without positive pairs
/// has loss 0 and no gradient. In a batch of one class the nearest text, the anchor itself, stands for the negative.
///
/// Columns: one text. Labels: the number of its class. Batches need several texts of several classes.
public final class BatchSemiHardTripletLoss: BatchTripletLoss {
    public let name = "BatchSemiHardTripletLoss"
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
        let positives = try labelled.distances(at: pairs.map { ($0.anchor, $0.positive) })
        let negatives = try labelled.distances(at: Self.negatives(of: pairs, in: labelled))
        return try (positives - negatives + margin).relu().mean()
    }

    /// The place of the negative of each pair.
    private static func negatives(of pairs: [(anchor: Int, positive: Int)], in labelled: LabelledBatch) -> [(row: Int, column: Int)] {
        let count = labelled.count, distances = labelled.distances.detach().floatArray()
        var sorted: [Int: [Int]] = [:]
        return pairs.map { anchor, positive in
            let row = distances[anchor * count ..< (anchor + 1) * count]
            func distance(_ column: Int) -> Float { row[row.startIndex + column] }
            let negatives = sorted[anchor]
                ?? (0..<count).filter { labelled.classes[$0] != labelled.classes[anchor] }.sorted { distance($0) < distance($1) }
            sorted[anchor] = negatives
            let farther = negatives.first { SimilarityTolerance.isAbove(distance($0), distance(positive)) } ?? negatives.last
            return (anchor, farther ?? (0..<count).min { distance($0) < distance($1) } ?? anchor)
        }
    }
}
