import Encoders
import JSON
import Losses
import Tensors

/// Each query has to find its own passage among those of other rows: cross-entropy with the positive as the class.
///
///     loss = mean over rows of -log( exp(s x_0) / sum over candidates c of exp(s x_c) )
///
/// with x the activated logits, x_0 the positive's, and s the scale. A row's candidates are its positive, a number of
/// passages drawn from other rows of the batch (their positives and negatives alike), and its own negatives. Every
/// candidate is a pass of the model, so the number of drawn ones decides what a step costs.
/// (Henderson et al. 2017: Efficient Natural Language Response Suggestion for Smart Reply, arXiv 1705.00652.)
///
/// Columns: query, positive, any number of negatives. Labels: none. Model: one output. Rows of a batch should not share
/// texts, else a right answer serves as a negative; batch_sampler = "no_duplicates" sees to that.
public final class MultipleNegativesRankingLoss: Loss {
    public let name = "MultipleNegativesRankingLoss"
    public let model: any PairScorer
    let contrast: InBatchContrast

    /// - Parameters:
    ///   - negativeCount: drawn negatives per row; nil takes every passage of the other rows.
    ///   - scale: factor after the activation, an inverse temperature; 0 leaves the scores as they are.
    ///   - activation: nil for none.
    ///   - generator: draws the negatives.
    /// - Throws: ``LossError`` if the model has more than one output or the number of negatives is below 1.
    public init(model: any PairScorer, negativeCount: Int? = 4, scale: Double = 10, activation: LossActivation? = .sigmoid,
                generator: Generator = .shared) throws {
        try model.requireOneOutput(for: name)
        self.model = model
        contrast = try InBatchContrast(loss: name, negativeCount: negativeCount, scale: scale, activation: activation, generator: generator)
    }

    public var requirements: LossRequirements? { InBatchContrast.requirements }

    public var configuration: JSONObject { contrast.configuration }

    public func value(of batch: LossBatch) throws -> Tensor {
        let pairs = try contrast.pairs(batch)
        return try compute(logits: try model.logits(pairs, inBatchesOf: batch.rowCount), rowCount: batch.rowCount)
    }

    /// The loss of given logits, without a model.
    ///
    /// - Parameters:
    ///   - logits: raw outputs, candidate by candidate, each for all rows: the positives first. `[candidates * rows]` or
    ///     `[candidates * rows, 1]`.
    ///   - rowCount: number of rows.
    /// - Returns: a tensor of one element.
    public func compute(logits: Tensor, rowCount: Int) throws -> Tensor {
        try contrast.compute(logits: logits, rowCount: rowCount)
    }
}
