import Encoders
import JSON
import Losses
import Tensors

/// A triplet loss whose negative is the closest positive of another row, out of a large batch.
///
///     loss = mean over rows i of max(0, m+ - cos(a_i, p_i)) + max(0, max over j != i of cos(a_i, p_j) - m-)
///
/// (Wieting and Gimpel 2018: ParaNMT-50M, aclanthology.org/P18-1042.)
///
/// Columns: anchor, positive. Labels: none. Batches should be large, 500 rows or more; the mini-batched form, the default,
/// has the activations of one mini-batch of texts whatever the batch, by gradient caching (Gao et al. 2021, arXiv 2101.06983).
public final class MegaBatchMarginLoss: EmbeddingLoss {
    public let name = "MegaBatchMarginLoss"
    public let model: any SentenceEmbedder
    private let positiveMargin: Double
    private let negativeMargin: Double
    private let usesMiniBatches: Bool
    private let miniBatches: MiniBatchOptions
    /// Scores of one matrix that are held at a time.
    package var scoreLimit = RowChunks.scoreLimit

    /// - Parameters:
    ///   - positiveMargin: what the cosine of anchor and positive should reach.
    ///   - negativeMargin: what the cosine of anchor and negative should not exceed.
    ///   - usesMiniBatches: whether gradients are cached (`use_mini_batched_version`).
    ///   - miniBatches: how, by default 50 texts in one pass.
    /// - Throws: ``LossError`` for numbers below 1.
    public init(model: any SentenceEmbedder, positiveMargin: Double = 0.8, negativeMargin: Double = 0.3, usesMiniBatches: Bool = true,
                miniBatches: MiniBatchOptions = MiniBatchOptions(size: 50)) throws {
        try miniBatches.check(for: name)
        self.model = model
        self.positiveMargin = positiveMargin
        self.negativeMargin = negativeMargin
        self.usesMiniBatches = usesMiniBatches
        self.miniBatches = miniBatches
    }

    public var miniBatchSize: Int? { usesMiniBatches ? miniBatches.size : nil }
    public var miniBatchTokens: Int? { usesMiniBatches ? miniBatches.tokens : nil }
    public var onMiniBatch: ((_ done: Int, _ of: Int) -> Void)? { usesMiniBatches ? miniBatches.onProgress : nil }

    public var requirements: LossRequirements? {
        LossRequirements(columns: [.text, .text], labels: [.none], usesInBatchNegatives: true, usesGradientCache: usesMiniBatches)
    }

    public var configuration: JSONObject {
        miniBatches.added(to: ["positive_margin": .number(positiveMargin), "negative_margin": .number(negativeMargin)])
    }

    public func context(of batch: LossBatch) throws -> [Tensor] {
        try check(columnCount: batch.inputs.count)
        return []
    }

    public func value(of embeddings: [Tensor], batch: LossBatch, context: [Tensor]) throws -> Tensor {
        try check(columnCount: embeddings.count)
        let rows = embeddings[0].shape[0]
        guard rows > 0 else { throw LossError("\(name): the batch has no rows") }
        let inputs = try embeddings.map { try $0.normalize() }
        return try RowChunks.sum(over: rows, of: RowChunks.size(scoresPerRow: rows, limit: scoreLimit), inputs: inputs) { range, inputs in
            let cosines = try inputs[0].narrow(dim: 0, start: range.lowerBound, length: range.count).matmul(inputs[1].t())
            let own = try Tensor.arange(Double(range.lowerBound), Double(range.upperBound)).unsqueeze(1).eq(Tensor.arange(rows))
            let hardest = try cosines.maskedFill(own, -.infinity).max(dim: 1)
            let near = try 0 - cosines.diagonal(offset: range.lowerBound) + positiveMargin
            return try near.relu().adding(hardest.subtracting(negativeMargin).relu()).sum().dividing(by: Double(rows))
        }
    }

    private func check(columnCount: Int) throws {
        guard columnCount == 2 else {
            throw LossError("\(name) expects an anchor and a positive column, the batch has \(columnCount) input columns; negatives are found "
                            + "among the positives of other rows. Choose two columns with select_columns, or take CachedMultipleNegativesRankingLoss")
        }
    }
}
