import Files

/// A checkpoint is believed only when it fits together: each file in itself, the files to one another, and the position to the data.
extension Checkpoint {
    /// What `run_state.json` says of steps, and of the groups of parameters.
    func checkRunState(_ optimizer: any Optimizer) throws {
        let step = state.globalStep
        guard step >= 1 else { throw misfit(statePath, "global_step", "is \(step), and a checkpoint is written after 1 step or more") }
        let name = Path.name(of: folder)
        if name.hasPrefix("checkpoint-"), let named = Int(name.dropFirst("checkpoint-".count)), named != step {
            throw misfit(statePath, "global_step", "is \(step), and the folder is of step \(named)")
        }
        guard progress.losses.steps == step else {
            throw misfit(progressPath, "losses.steps", "is \(progress.losses.steps), and 'global_step' of \(Self.stateFileName) is \(step)")
        }
        guard progress.losses.stepsSinceLog <= step else {
            throw misfit(progressPath, "losses.steps_since_log", "is \(progress.losses.stepsSinceLog), more than the \(step) steps done")
        }
        guard progress.peakRates.count == optimizer.groups.count else {
            throw misfit(progressPath, "scheduler.peak_learning_rates", "has \(progress.peakRates.count) learning rates, and this run "
                + "\(optimizer.groups.count) groups of parameters")
        }
    }

    /// What `trainer_state.json` says of the best step and of the history.
    func checkTrainerState() throws {
        let step = state.globalStep
        if let best = state.bestGlobalStep, best > step { throw misfit(statePath, "best_global_step", "is \(best), after 'global_step' \(step)") }
        guard (state.bestMetric == nil) == (state.bestGlobalStep == nil) else {
            throw misfit(statePath, "best_metric", "and 'best_global_step' come together, and one of them is null")
        }
        for entry in state.logHistory {
            guard let logged = entry["step"]?.asInteger, (0...step).contains(logged) else {
                throw misfit(statePath, "log_history", "has an entry whose step is not one of the \(step) steps done")
            }
        }
    }

    /// What `optimizer.safetensors` holds against what `run_state.json` says that it holds.
    func checkOptimizer(_ optimizer: any Optimizer) throws {
        let path = "\(folder)/\(OptimizerFile.fileName)"
        let name = "\(type(of: optimizer))"
        guard progress.optimizer.name == name else {
            throw misfit(progressPath, "optimizer.name", "is '\(progress.optimizer.name)', and this run has \(name)")
        }
        for (parameter, memory) in memory.sorted(by: { $0.key < $1.key }) where memory.step > state.globalStep {
            throw misfit(path, parameter, "has had \(memory.step) updates in \(state.globalStep) steps")
        }
        let found = RunProgress.OptimizerSummary(name: name, memory: memory)
        guard found == progress.optimizer else {
            throw misfit(path, "__metadata__", "counts \(found.updates) updates of \(found.parameters) parameters, and '\(RunProgress.fileName)' says "
                + "\(progress.optimizer.updates) of \(progress.optimizer.parameters)")
        }
    }

    /// Where in the data the run is, by the batches that its sampler gives. To be asked only where the data are the same.
    func checkPosition(_ run: TrainingRun) throws {
        let position = progress.position, step = state.globalStep, accumulation = run.plan.accumulation
        guard position.stepsLeftOut + step <= TrainingPlan.mostSteps else {
            throw misfit(progressPath, "position.steps_left_out", "is \(position.stepsLeftOut), more than a run can have")
        }
        let done = step + position.stepsLeftOut
        guard let before = run.sampler.stepCount(ofEpochs: position.epoch, accumulation: accumulation, atMost: done) else {
            throw misfit(progressPath, "position.epoch", "is \(position.epoch), and \(step) steps do not reach so far")
        }
        let count = run.sampler.batchCount(epoch: position.epoch)
        guard position.batch <= count else {
            throw misfit(progressPath, "position.batch", "is \(position.batch), and epoch \(position.epoch) has \(count) batches")
        }
        guard position.batch == count || position.batch % accumulation == 0 else {
            throw misfit(progressPath, "position.batch", "is \(position.batch), in the middle of a step of \(accumulation) batches")
        }
        let expected = before + (position.batch + accumulation - 1) / accumulation
        guard expected == done else {
            throw misfit(progressPath, "position", "(epoch \(position.epoch), batch \(position.batch)) is reached after \(expected - position.stepsLeftOut) "
                + "steps, and 'global_step' of \(Self.stateFileName) is \(step)")
        }
        let epoch = Double(position.epoch) + Double(position.batch) / Double(max(1, count))
        guard position.stepsLeftOut > 0 ? state.epoch <= epoch + 1e-6 : (state.epoch - epoch).magnitude <= 1e-6 else {
            throw misfit(statePath, "epoch", "is \(state.epoch), and the position in \(RunProgress.fileName) is in epoch \(epoch)")
        }
    }

    private func misfit(_ file: String, _ key: String, _ problem: String) -> TrainingError {
        TrainingError("\(file): '\(key)' \(problem); the checkpoint is damaged or does not belong to this run")
    }
}
