import Encoders
import Losses

extension PairScorer {
    /// - Throws: ``LossError`` unless the model has exactly one output.
    func requireOneOutput(for loss: String) throws {
        guard numLabels == 1 else {
            throw LossError("\(loss) expects a model with 1 output label, this one has \(numLabels); create it with num_labels = 1")
        }
    }
}
