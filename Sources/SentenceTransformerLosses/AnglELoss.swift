import Encoders
import JSON
import Losses
import Tensors

/// ``CoSENTLoss`` with angles in complex space in place of cosines, whose gradients do not vanish near 1 and -1; see
/// `Similarity.pairwiseAngle`.
///
///     loss = log(1 + sum of exp(scale (s(k, l) - s(i, j)))), over pairs (i, j), (k, l) of the batch with label(i, j) > label(k, l)
///
/// (Li, Li 2024: AoE: Angle-optimized Embeddings for Semantic Textual Similarity, arXiv 2309.12871.)
///
/// Columns: two texts with one number as label; or anchor, positive and one or more negatives, which count as pairs with
/// label 1 (or the row's label y from 0 to 1, where there is one) and 0 (or 1 - y).
public final class AnglELoss: EmbeddingLoss {
    public let name = "AnglELoss"
    public let model: any SentenceEmbedder
    /// The inverse temperature.
    public let scale: Double

    public init(model: any SentenceEmbedder, scale: Double = 20) {
        self.model = model
        self.scale = scale
    }

    public var requirements: LossRequirements? {
        LossRequirements(columns: [.text, .text], allowsMoreColumns: true, labels: [.none, .number(-Double.infinity...Double.infinity)],
                         comparesRows: true)
    }

    public var configuration: JSONObject {
        ["scale": .number(scale), "similarity_fct": .string(PairwiseSimilarity.angle.name)]
    }

    public func value(of embeddings: [Tensor], batch: LossBatch, context: [Tensor]) throws -> Tensor {
        guard embeddings.count >= 2 else { throw LossError("\(name) expects two or more input columns, the batch has \(embeddings.count)") }
        let others = embeddings.count - 1
        var labels: [Double]
        if others == 1 {
            guard batch.labels != nil else {
                throw LossError("\(name) needs a label column for pairs, the dataset has none; without labels give it triplets")
            }
            labels = try batch.finiteLabels(for: name)
        } else {
            labels = batch.labels == nil ? Array(repeating: 1, count: embeddings[0].shape[0]) : try batch.labels(in: 0...1, for: name)
            let negatives = labels.map { 1 - $0 }
            for _ in 1..<others { labels += negatives }
        }
        let anchors = others == 1 ? embeddings[0] : try embeddings[0].tile([others, 1])
        let partners = try Tensor.cat(Array(embeddings.dropFirst()), dim: 0)
        return try CoSENTLoss.ranking(PairwiseSimilarity.angle(anchors, partners) * scale, labels: labels)
    }
}
