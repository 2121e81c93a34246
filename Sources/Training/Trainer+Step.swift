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
        let before = environment.isSmokeTest ? trainedFingerprint() : []
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
            learningRate = try applyLearningRates(run)
            try run.optimizer.step(gradientScale: GradientNorm.clippingFactor(norm: norm, limit: arguments.maxGradNorm))
        } catch {
            run.optimizer.zeroGrad()
            Generator.shared.state = random
            throw error
        }
        if environment.isSmokeTest { try checkUpdate(run, before, norm, learningRate) }
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

    /// A number for each trained tensor that changes with any of its elements.
    private func trainedFingerprint() -> [Double] {
        learned.all.filter(\.tensor.requiresGrad).map { parameter in
            parameter.tensor.pendingRows?.settleAll()
            // Places count, since an update may move two elements against one another.
            return parameter.tensor.floatArray().enumerated().reduce(0) { $0 + Double($1.element) * Double($1.offset % 8191 + 1) }
        }
    }

    /// Says what the only step of a smoke test did.
    /// - Throws: ``TrainingError`` if it changed nothing although there was a gradient and a learning rate.
    private func checkUpdate(_ run: TrainingRun, _ before: [Double], _ norm: Double, _ learningRate: Double) throws {
        let after = trainedFingerprint()
        let moved = zip(before, after).filter { $0 != $1 }.count
        if moved == 0, norm > 0, learningRate > 0 {
            throw TrainingError("the step of the smoke test moved none of the \(before.count) tensors that are to be trained, although their gradient "
                + "has norm \(norm.general()) and the learning rate is \(learningRate.general()); raise learning_rate, or look at the loss")
        }
        run.log.line("smoke test: a step at learning rate \(learningRate.general()) moved \(moved) of \(before.count) tensors"
            + (moved > 0 ? "" : norm > 0 ? ", since its learning rate is 0" : ", since the loss of these rows has no gradient"))
    }

    /// The loss does not depend on what is to be trained.
    private func nothingToLearn() -> TrainingError {
        TrainingError("no gradient of \(lossNames) reaches the weights that are to be trained; make the loss with the model that the trainer has, "
            + "and take merged adapters apart with unmerge_adapter")
    }

    private func applyLearningRates(_ run: TrainingRun) throws -> Double {
        let factor = run.schedule.factor(at: state.globalStep)
        guard run.peakRates.allSatisfy({ ($0 * factor).isFinite }) else {
            throw TrainingError("the schedule '\(arguments.lrSchedulerType.rawValue)' gives no finite learning rate for step \(state.globalStep + 1); "
                + "look at lr_scheduler_kwargs and learning_rate")
        }
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
}
