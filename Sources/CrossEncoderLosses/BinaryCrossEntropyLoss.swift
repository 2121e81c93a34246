import Encoders
import JSON
import Losses
import Tensors

/// Binary cross-entropy of one logit per pair: relevant or not, the usual loss of a reranker.
///
///     loss = mean over pairs of  -(w y log sigmoid(x) + (1 - y) log(1 - sigmoid(x)))
///
/// with x the activated logit, y the label and w the weight of positives. Where rows have one positive to n negatives,
/// w = n gives both sides the same weight.
///
/// Columns: two texts. Labels: one number in 0...1, binary or graded. Model: one output.
public final class BinaryCrossEntropyLoss: PointwiseLoss {
    public let name = "BinaryCrossEntropyLoss"
    public let model: any PairScorer
    /// Applied to the logits before the sigmoid that is part of the loss.
    public let activation: LossActivation
    /// The weight of positives, w above; nil is 1.
    public let positiveWeight: Double?
    public let reduction: LossReduction

    /// - Throws: ``LossError`` if the model has more than one output or the weight is not a positive number.
    public init(model: any PairScorer, activation: LossActivation = .identity, positiveWeight: Double? = nil,
                reduction: LossReduction = .mean) throws {
        try model.requireOneOutput(for: name)
        if let positiveWeight, !(positiveWeight > 0 && positiveWeight.isFinite) {
            throw LossError("BinaryCrossEntropyLoss: pos_weight must be a positive number, got \(positiveWeight)")
        }
        self.model = model
        self.activation = activation
        self.positiveWeight = positiveWeight
        self.reduction = reduction
    }

    public var requirements: LossRequirements? {
        LossRequirements(columns: [.text, .text], labels: [.number(0...1)], numLabels: 1...1)
    }

    public var configuration: JSONObject {
        ["activation_fn": .string(activation.name), "pos_weight": positiveWeight.map(JSONValue.number) ?? .null]
    }

    public func compute(logits: Tensor, labels: [Double]) throws -> Tensor {
        let scores = try activation(try logits.pointwise(for: name, labelCount: labels.count))
        return try Functional.binaryCrossEntropyWithLogits(scores, Tensor(labels.map(Float.init)), posWeight: positiveWeight ?? 1,
                                                           reduction: reduction.functional)
    }
}
