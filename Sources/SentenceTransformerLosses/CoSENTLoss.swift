import Encoders
import JSON
import Losses
import Tensors

/// Of two pairs of texts, the one with the higher label should be more similar.
///
///     loss = log(1 + sum of exp(scale (s(k, l) - s(i, j)))), over pairs (i, j), (k, l) of the batch with label(i, j) > label(k, l)
///
/// (Huang, Peng, Zou, Liu, Li, Liu, Wu, Su, Yu 2024: CoSENT: Consistent Sentence Embedding via Similarity Ranking,
/// doi 10.1109/TASLP.2024.3402087.)
///
/// Only the order of the labels counts, so any scale of them will do. A batch whose labels are all equal has loss 0.
///
/// Columns: two texts. Labels: one number.
public final class CoSENTLoss: EmbeddingLoss {
    public let name = "CoSENTLoss"
    public let model: any SentenceEmbedder
    /// The inverse temperature.
    public let scale: Double
    public let similarity: PairwiseFunction

    /// - Parameter similarity: `similarity_fct`.
    public init(model: any SentenceEmbedder, scale: Double = 20, similarity: PairwiseFunction = PairwiseSimilarity.cosine) {
        self.model = model
        self.scale = scale
        self.similarity = similarity
    }

    public var requirements: LossRequirements? {
        LossRequirements(columns: [.text, .text], labels: [.number(-Double.infinity...Double.infinity)], comparesRows: true)
    }

    public var configuration: JSONObject { ["scale": .number(scale), "similarity_fct": .string(similarity.name)] }

    public func value(of embeddings: [Tensor], batch: LossBatch, context: [Tensor]) throws -> Tensor {
        try requireColumns(2, embeddings, "two input columns", for: name)
        let labels = try batch.finiteLabels(for: name)
        return try Self.ranking(similarity(embeddings[0], embeddings[1]) * scale, labels: labels)
    }

    /// The loss of scores `[pairs]`, already scaled.
    static func ranking(_ scores: Tensor, labels: [Double]) throws -> Tensor {
        let order = labels.indices.sorted { labels[$0] < labels[$1] }
        let sorted = try scores.indexSelect(dim: 0, indices: order)
        let count = order.count
        // For each place the first with a strictly higher label; equal labels are not compared.
        var higher = [Int](repeating: count, count: count)
        for place in stride(from: count - 2, through: 0, by: -1) {
            higher[place] = labels[order[place]] < labels[order[place + 1]] ? place + 1 : higher[place + 1]
        }
        let compared = (0..<count).filter { higher[$0] < count }
        guard !compared.isEmpty else { return try scores.sum() * 0 }
        // Element k is the log of the sum of exp(-score) over places k and above.
        let suffixes = try sorted.negated().flip([0]).logCumSumExp(dim: 0).flip([0])
        let terms = try sorted.indexSelect(dim: 0, indices: compared) + suffixes.indexSelect(dim: 0, indices: compared.map { higher[$0] })
        return try Tensor.cat([Tensor(zeros: [1]), terms], dim: 0).logSumExp(dim: 0)
    }
}
