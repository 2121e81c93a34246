import Encoders
import JSON
import Losses
import Tensors

/// Mean squared error between the model's margins and a teacher's: how far a positive stands above each negative.
///
///     loss = mean over rows and negatives of ((x_positive - x_negative) - margin)^2
///
/// (Hofstätter, Althammer, Schröder, Sertkan, Hanbury 2020: Improving Efficient Neural Ranking Models with
/// Cross-Architecture Knowledge Distillation, arXiv 2010.02666.)
///
/// Columns: query, positive, and one or more negatives. Labels, with n negatives: a list of n margins (teacher's positive
/// score minus negative score), or a list of n + 1 scores of which the first is the positive's; with one negative also a
/// single number, the margin. Model: one output, with the identity as activation.
public final class MarginMSELoss: Loss {
    public let name = "MarginMSELoss"
    public let model: any PairScorer
    public let activation: LossActivation
    public let reduction: LossReduction

    /// - Throws: ``LossError`` if the model has more than one output.
    public init(model: any PairScorer, activation: LossActivation = .identity, reduction: LossReduction = .mean) throws {
        try model.requireOneOutput(for: name)
        self.model = model
        self.activation = activation
        self.reduction = reduction
    }

    public var requirements: LossRequirements? {
        LossRequirements(columns: [.text, .text, .text], allowsMoreColumns: true,
                         labels: [.number(-Double.infinity...Double.infinity), .numbers(count: nil)], numLabels: 1...1)
    }

    public var configuration: JSONObject { ["activation_fn": .string(activation.name)] }

    public func value(of batch: LossBatch) throws -> Tensor {
        guard batch.inputs.count >= 3 else {
            throw LossError("\(name) expects a query, a positive and at least one negative column, the batch has \(batch.inputs.count) input columns")
        }
        let labels = batch.hasListLabels ? try batch.labelLists(for: name) : try batch.labelNumbers(for: name).map { [$0] }
        let queries = try batch.texts(0, for: name)
        let margins = try self.margins(labels, negativeCount: batch.inputs.count - 2)
        let pairs = try (1..<batch.inputs.count).flatMap { column in
            zip(queries, try batch.texts(column, for: name)).map { TextPair($0, $1) }
        }
        let logits = try model.logits(pairs, inBatchesOf: queries.count).reshape([batch.inputs.count - 1, queries.count])
        return try compute(logits: try logits.transpose(0, 1), margins: margins)
    }

    /// The loss of given logits, without a model.
    ///
    /// - Parameters:
    ///   - logits: raw outputs `[rows, 1 + negatives]`, the positive's first.
    ///   - labels: for each row the margins, or the scores of positive and negatives.
    /// - Returns: a tensor of one element.
    public func compute(logits: Tensor, labels: [[Double]]) throws -> Tensor {
        guard logits.rank == 2, logits.shape[0] == labels.count, logits.shape[1] > 1 else {
            throw LossError("""
                \(name) expects logits [rows, 1 + negatives] and one label for each row, got logits of shape \(logits.shape) \
                and \(labels.count) labels
                """)
        }
        return try compute(logits: logits, margins: margins(labels, negativeCount: logits.shape[1] - 1))
    }

    private func compute(logits: Tensor, margins: Tensor) throws -> Tensor {
        let scores = try activation(logits)
        let positive = try scores.narrow(dim: 1, start: 0, length: 1)
        let negatives = try scores.narrow(dim: 1, start: 1, length: margins.shape[1])
        return try Functional.mse(try positive - negatives, margins, reduction: reduction.functional)
    }

    /// Labels in any of the accepted forms as margins `[rows, negatives]`.
    private func margins(_ labels: [[Double]], negativeCount: Int) throws -> Tensor {
        let margins = try labels.enumerated().flatMap { row, list -> [Float] in
            guard list.count == labels[0].count else {
                throw LossError("\(name):", row: row, "has \(list.count) labels, the first row of the batch has \(labels[0].count)")
            }
            // The difference is taken in float32, the precision in which the scores would be held.
            if list.count == negativeCount + 1 { return list.dropFirst().map { Float(list[0]) - Float($0) } }
            guard list.count == negativeCount else {
                throw LossError("\(name): \(list.count) labels in a row do not fit \(negativeCount) negatives; either the \(negativeCount) "
                                + "margins (positive minus negative score) are wanted or the \(negativeCount + 1) scores, the positive's first")
            }
            return list.map(Float.init)
        }
        return Tensor(margins, shape: [labels.count, negativeCount])
    }
}
