import Encoders
import JSON
import Losses
import Tensors

/// Mean squared error between the logit of a pair and a target score, to learn the scores of a stronger model.
///
///     loss = mean over pairs of (x - y)^2
///
/// Columns: two texts. Labels: one number, usually the teacher's raw logit. Model: one output; give it the identity as
/// activation, since its predictions are meant to be the teacher's raw scores.
public final class MSELoss: PointwiseLoss {
    public let name = "MSELoss"
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
        LossRequirements(columns: [.text, .text], labels: [.number(-Double.infinity...Double.infinity)], numLabels: 1...1)
    }

    public var configuration: JSONObject { ["activation_fn": .string(activation.name)] }

    public func compute(logits: Tensor, labels: [Double]) throws -> Tensor {
        let scores = try activation(try logits.pointwise(for: name, labelCount: labels.count))
        return try Functional.mse(scores, Tensor(labels.map(Float.init)), reduction: reduction.functional)
    }
}
