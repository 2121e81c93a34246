import Losses
import Tensors

extension Tensor {
    /// Logits of one output per pair as `[pairs]`. - Throws: ``LossError`` unless there are as many as labels.
    func pointwise(for loss: String, labelCount: Int) throws -> Tensor {
        guard count == labelCount else {
            throw LossError("\(loss) expects \(count) labels, one for each pair, got \(labelCount)")
        }
        return try reshape([count])
    }
}
