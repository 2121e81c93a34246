import Encoders
import JSON
import Losses
import Tensors

/// ``MultipleNegativesRankingLoss`` with gradient caching: the same value and gradients, the memory of one mini-batch of
/// pairs whatever the batch size, for about a third more time (each pair is scored twice).
///
/// Columns, labels and model as there. With dropout, which elements are dropped depends on the cut into mini-batches.
public final class CachedMultipleNegativesRankingLoss: Loss {
    public let name = "CachedMultipleNegativesRankingLoss"
    public let model: any PairScorer
    /// Pairs per pass of the model: the knob for memory, without influence on the gradient.
    public let miniBatchSize: Int
    let contrast: InBatchContrast
    private let onMiniBatch: ((_ done: Int, _ of: Int) -> Void)?

    /// - Parameters:
    ///   - negativeCount: drawn negatives per row; nil takes every passage of the other rows.
    ///   - scale: factor after the activation, an inverse temperature; 0 leaves the scores as they are.
    ///   - activation: nil for none.
    ///   - miniBatchSize: pairs per pass of the model.
    ///   - onMiniBatch: told the progress through the pairs of a batch, in each of the two passes.
    ///   - generator: draws the negatives, and is what the model's dropout uses.
    /// - Throws: ``LossError`` if the model has more than one output, or a number is below 1.
    public init(model: any PairScorer, negativeCount: Int? = 4, scale: Double = 10, activation: LossActivation? = .sigmoid,
                miniBatchSize: Int = 32, onMiniBatch: ((_ done: Int, _ of: Int) -> Void)? = nil,
                generator: Generator = .shared) throws {
        try model.requireOneOutput(for: name)
        guard miniBatchSize > 0 else {
            throw LossError("CachedMultipleNegativesRankingLoss: mini_batch_size must be at least 1, got \(miniBatchSize)")
        }
        self.model = model
        self.miniBatchSize = miniBatchSize
        self.onMiniBatch = onMiniBatch
        contrast = try InBatchContrast(loss: name, negativeCount: negativeCount, scale: scale, activation: activation, generator: generator)
    }

    public var requirements: LossRequirements? {
        var requirements = InBatchContrast.requirements
        requirements.usesGradientCache = true
        return requirements
    }

    public var configuration: JSONObject {
        var configuration = contrast.configuration
        configuration["mini_batch_size"] = .integer(Int64(miniBatchSize))
        return configuration
    }

    public func value(of batch: LossBatch) throws -> Tensor {
        let pairs = try contrast.pairs(batch)
        let rowCount = batch.rowCount
        return try GradientCache.value(
            passes: GradientCache.passes(over: pairs.count, of: miniBatchSize), generator: contrast.generator,
            onMiniBatch: onMiniBatch.map { report in { report($0, pairs.count) } },
            score: { [model] range in try model.logits(Array(pairs[range])) },
            loss: { try contrast.compute(logits: $0, rowCount: rowCount) })
    }
}
