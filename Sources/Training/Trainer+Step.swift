import Kernels
import Losses
import Tensors
import TextFormat

extension Trainer {
    /// One optimizer step: forward and backward over its batches, clipping, update, and what is due after it. If it fails,
    /// gradients and random numbers are as before it, so the run can go on from there.
    func optimizerStep(_ run: TrainingRun) throws -> StepResult {
        let began = Clock.now()
        if let random = run.random { Generator.shared.state = random }
        let random = Generator.shared.state
        let learningRate: Double, loss: Double, norm: Double
        // Between steps the model is as users want it: without dropout.
        defer { model.isTraining = false }
        let range = run.plan.batchRange(ofStep: run.position.batch / run.plan.accumulation, batchCount: run.batches?.count ?? 0)
        do {
            run.control.beginStep()
            try emit(.stepBegin, run)
            loss = try ComputePrecision.with(arguments.computePrecision) { try accumulateGradients(run, range) }
            if run.measuredSteps == 0, !run.optimizer.parameters.contains(where: \.tensor.hasGradient) { throw nothingToLearn() }
            norm = try GradientNorm.of(run.optimizer.parameters)
            guard norm.isFinite else { throw nonFiniteGradient(run) }
            try emit(.preOptimizerStep, run)
            learningRate = applyLearningRates(run)
            try run.optimizer.step(gradientScale: GradientNorm.clippingFactor(norm: norm, limit: arguments.maxGradNorm))
        } catch {
            run.optimizer.zeroGrad()
            Generator.shared.state = random
            throw error
        }
        run.random = Generator.shared.state
        state.globalStep += 1
        run.position.batch = range.upperBound
        state.epoch = Double(run.position.epoch) + Double(range.upperBound) / Double(max(1, run.batches?.count ?? 1))
        run.losses.add(loss)
        defer { run.optimizer.zeroGrad() }
        try emit(.optimizerStep, run)
        run.optimizer.zeroGrad()
        run.measuredSteps += 1
        run.measuredSeconds += Clock.now() - began
        run.cadence.afterStep(state, &run.control)
        run.hasUnfinishedDuties = true
        try emit(.stepEnd, run)
        showProgress(run, loss: loss)
        try doWhatIsDue(run, gradientNorm: norm, learningRate: learningRate)
        return StepResult(step: state.globalStep, epoch: state.epoch, loss: loss, learningRate: learningRate, gradientNorm: norm)
    }

    /// Adds the gradients of the mean loss over the batches in `range`, and gives that mean.
    private func accumulateGradients(_ run: TrainingRun, _ range: Range<Int>) throws -> Double {
        model.isTraining = true
        model.usesGradientCheckpointing = arguments.gradientCheckpointing
        let share = 1 / Double(range.count)
        var mean = 0.0
        for index in range {
            guard let batch = run.batches?[index] else { continue }
            let dataset = train[batch.dataset]
            let value = try dataset.loss(of: batch.rows, "training")
            let number = try Self.number(value, of: dataset.loss)
            run.components.add(dataset.loss.components)
            guard number.isFinite else { throw nonFiniteLoss(number, dataset, batch.rows, step: state.globalStep + 1) }
            guard value.requiresGrad else { throw nothingToLearn() }
            try value.backward(range.count == 1 ? nil : Tensor(repeating: Float(share), shape: value.shape))
            mean += number * share
            if index + 1 < range.upperBound { try emit(.substepEnd, run) }
        }
        return mean
    }

    /// The loss does not depend on what is to be trained.
    private func nothingToLearn() -> TrainingError {
        TrainingError("no gradient of \(lossNames) reaches the weights that are to be trained; make the loss with the model that the trainer has, "
            + "and take merged adapters apart with unmerge_adapter")
    }

    private func applyLearningRates(_ run: TrainingRun) -> Double {
        let factor = run.schedule.factor(at: state.globalStep)
        for index in run.optimizer.groups.indices { run.optimizer.groups[index].learningRate = run.peakRates[index] * factor }
        return run.learningRate(at: state.globalStep)
    }

    private func showProgress(_ run: TrainingRun, loss: Double) {
        if arguments.disableProgressBar { return }
        run.log.progress(ProgressLine(step: state.globalStep, total: run.plan.maxSteps, measuredSteps: run.measuredSteps,
                                      seconds: run.measuredSeconds, loss: loss), isLast: state.globalStep == run.plan.maxSteps)
    }

    /// The value of a loss.
    static func number(_ value: Tensor, of loss: any Loss) throws -> Double {
        guard value.count == 1, value.dtype == .float32 else {
            throw TrainingError("\(loss.name) gave a \(value.dtype) tensor of shape \(value.shape); a loss is one float32 number")
        }
        return Double(value.floatArray()[0])
    }

    // MARK: Numbers that are not finite

    private func nonFiniteLoss(_ value: Double, _ dataset: TrainingDataset, _ rows: [Int], step: Int) -> TrainingError {
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

    private func nonFiniteGradient(_ run: TrainingRun) -> TrainingError {
        let name = run.optimizer.parameters.first { $0.tensor.grad?.floatArray().contains { !$0.isFinite } ?? false }?.name ?? "?"
        return TrainingError("the gradient of '\(name)' is not finite at step \(state.globalStep + 1), so the weights were left as they are; "
            + "lower the learning_rate or look at the data of this step")
    }

    private func firstNonFiniteParameter() -> String? {
        learned.all.first { $0.tensor.dtype == .float32 && $0.tensor.floatArray().contains { !$0.isFinite } }?.name
    }

    /// The first of `rows` whose loss alone is not finite; nil if none is, or if the loss needs several rows.
    private func firstNonFiniteRow(_ dataset: TrainingDataset, _ rows: [Int]) -> Int? {
        GradientTape.noGrad {
            rows.first { row in (try? dataset.value(of: [row], "training")).map { !$0.isFinite } ?? false }
        }
    }
}
