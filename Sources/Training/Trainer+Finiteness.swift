import Losses
import Tensors
import TextFormat

/// Numbers that are not finite: where they come from, and that no file holds them.
extension Trainer {
    func nonFiniteLoss(_ value: Double, _ dataset: TrainingDataset, _ rows: [Int], step: Int) -> TrainingError {
        let number = value.general()
        if let name = firstNonFiniteParameter() {
            if step == 1 {
                return TrainingError("the loss is \(number) at step 1, because the weights '\(name)' were not finite before training; "
                    + "load another model, this one is damaged")
            }
            return TrainingError("the loss is \(number) at step \(step), because the weights '\(name)' are no longer finite; "
                + "start again with a lower learning_rate")
        }
        if let row = firstNonFiniteRow(dataset, rows) {
            return TrainingError("the loss is \(number) at step \(step), and row \(row + 1) of \(dataset.title("training")) alone gives it; "
                + "look at its label and texts, or lower the learning_rate")
        }
        return TrainingError("the loss is \(number) at step \(step) (\(dataset.title("training")), "
                    + "rows \(rows.map { "\($0 + 1)" }.joined(separator: ", "))); "
            + "lower the learning_rate or look at these rows")
    }

    func nonFiniteGradient(_ run: TrainingRun) -> TrainingError {
        let name = run.optimizer.parameters.first { $0.tensor.grad?.floatArray().contains { !$0.isFinite } ?? false }?.name ?? "?"
        return TrainingError("the gradient of '\(name)' is not finite at step \(state.globalStep + 1), so the weights were left as they are; "
            + "lower the learning_rate or look at the data of this step")
    }

    /// The last update ruined the weights, which no loss has shown yet.
    /// - Parameter consequence: continues "the weights are no longer finite after step 5, ".
    func ruinedWeights(_ name: String, _ consequence: String) -> TrainingError {
        TrainingError("the weights '\(name)' are no longer finite after step \(state.globalStep), \(consequence); start again with a lower "
            + "learning_rate" + (state.globalStep > 1 ? ", or resume from an earlier checkpoint with one" : ""))
    }

    /// The name of the first weights that hold a NaN or an infinite number. It takes one pass over all, so it is asked before saving and at
    /// the end, not at each step.
    func firstNonFiniteParameter() -> String? {
        learned.all.first { parameter in
            let tensor = parameter.tensor
            guard tensor.dtype == .float32 else { return false }
            tensor.pendingRows?.settleAll()
            return tensor.isContiguous ? !tensor.isFinite : tensor.floatArray().contains { !$0.isFinite }
        }?.name
    }

    /// The first of `rows` whose loss alone is not finite; nil if none is, or if the loss needs several rows.
    private func firstNonFiniteRow(_ dataset: TrainingDataset, _ rows: [Int]) -> Int? {
        GradientTape.noGrad {
            rows.first { row in (try? dataset.value(of: [row], "training")).map { !$0.isFinite } ?? false }
        }
    }
}
