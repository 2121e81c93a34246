import Encoders
import Losses
import Tensors

/// A loss of one logit for each pair against one number: two text columns and a label.
public protocol PointwiseLoss: Loss {
    var model: any PairScorer { get }

    /// The loss of given logits, without a model.
    ///
    /// - Parameters:
    ///   - logits: raw outputs, `[pairs]` or `[pairs, 1]`.
    ///   - labels: one for each pair.
    /// - Returns: a tensor of one element.
    func compute(logits: Tensor, labels: [Double]) throws -> Tensor
}

extension PointwiseLoss {
    public func value(of batch: LossBatch) throws -> Tensor {
        let pairs = try batch.pairs(for: name)
        let labels = try batch.labelNumbers(for: name)
        return try compute(logits: try model.logits(pairs), labels: labels)
    }
}
