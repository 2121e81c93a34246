import Files
import Tensors

extension Trainer {
    /// Writes `checkpoint-STEP`, remembers it if it is the best, and deletes what exceeds `save_total_limit`.
    func saveCheckpoint(_ run: TrainingRun) throws {
        let folder = run.store.path(step: state.globalStep)
        let before = state.bestModelCheckpoint
        if let best = state.bestGlobalStep {
            let path = run.store.path(step: best)
            if best == state.globalStep || Folder.exists(path) { state.bestModelCheckpoint = path }
        }
        do {
            try Checkpoint.write(folder, model: model, learned: learned, optimizer: arguments.saveOnlyModel ? nil : run.optimizer, state: state,
                                 progress: progress(of: run))
        } catch {
            state.bestModelCheckpoint = before
            throw error
        }
        if let limit = arguments.saveTotalLimit { try run.store.rotate(limit: limit, best: state.bestGlobalStep) }
        try emit(.save(folder), run)
    }

    private func progress(of run: TrainingRun) -> RunProgress {
        RunProgress(startedAt: run.startedAt, seconds: run.seconds, position: run.position, generator: run.random ?? Generator.shared.state,
                    peakRates: run.peakRates, losses: run.losses, baseline: run.baseline,
                    isStopped: run.control.shouldTrainingStop && state.globalStep < run.plan.maxSteps,
                    callbacks: callbacks.compactMap { callback in callback.savedState.map { (callback.name, $0) } },
                    data: dataSettings, lossNames: lossNames)
    }

    private var dataSettings: RunProgress.DataSettings {
        RunProgress.DataSettings(datasets: train.map { RunProgress.DatasetSize(name: $0.name, rows: $0.rows.rowCount) },
                                 batchSize: arguments.trainBatchSize, accumulation: arguments.gradientAccumulationSteps,
                                 sampler: arguments.batchSampler.rawValue,
                                 mixing: train.count > 1 ? arguments.multiDatasetBatchSampler.rawValue : "",
                                 seed: arguments.dataSeed ?? arguments.seed, dropsLast: arguments.dataloaderDropLast)
    }

    /// The checkpoint to go on from; nil to start afresh. With ``ResumePoint/latest``, one that is damaged is named in the
    /// log and the one before it is taken.
    func checkpointToResume(_ resume: ResumePoint, _ run: TrainingRun) throws -> Checkpoint? {
        switch resume {
        case .none:
            return nil
        case .folder(let folder):
            do {
                return try Checkpoint(folder, model: model, learned: learned, optimizer: run.optimizer)
            } catch {
                throw TrainingError("cannot resume from \(folder): \(error)")
            }
        case .latest:
            let steps = try run.store.stepsByAge()
            var problem = ""
            for step in steps.reversed() {
                do {
                    return try Checkpoint(run.store.path(step: step), model: model, learned: learned, optimizer: run.optimizer)
                } catch {
                    problem = "\(error)"
                    run.log.line("skipping \(run.store.path(step: step)), which cannot be resumed from: \(problem)")
                }
            }
            if !steps.isEmpty { throw TrainingError("no checkpoint in \(run.store.folder) can be resumed from; the oldest: \(problem)") }
            run.log.line("no checkpoint in \(run.store.folder) yet, starting from the beginning")
            return nil
        }
    }

    /// Puts model, optimizer, random numbers and position where they were.
    func restore(_ checkpoint: Checkpoint, _ run: TrainingRun) throws {
        let progress = checkpoint.progress
        guard progress.data == dataSettings else {
            throw TrainingError("cannot resume from \(checkpoint.folder): it was written with \(Self.text(progress.data)), this run has "
                + "\(Self.text(dataSettings)), so its steps would see other rows; use the same settings or start afresh")
        }
        guard progress.lossNames.isEmpty || progress.lossNames == lossNames else {
            throw TrainingError("cannot resume from \(checkpoint.folder): it was trained by \(progress.lossNames), this run has \(lossNames); use the same "
                + "loss, or start afresh from the model in that folder")
        }
        try checkpoint.weights.restore()
        run.optimizer.memory = checkpoint.memory
        Generator.shared.state = progress.generator
        run.startedAt = progress.startedAt
        run.earlierSeconds = progress.seconds
        run.position = progress.position
        run.peakRates = progress.peakRates
        run.losses = progress.losses
        run.baseline = progress.baseline
        run.control.shouldTrainingStop = progress.isStopped
        var saved = progress.callbacks
        for callback in callbacks where callback.savedState != nil {
            guard let index = saved.firstIndex(where: { $0.name == callback.name }) else { continue }
            try callback.restore(saved.remove(at: index).state)
        }
        let planned = state
        state = checkpoint.state
        state.maxSteps = planned.maxSteps
        state.loggingSteps = planned.loggingSteps
        state.evalSteps = planned.evalSteps
        state.saveSteps = planned.saveSteps
        state.numTrainEpochs = planned.numTrainEpochs
        if let best = state.bestGlobalStep {
            // The output folder may have been moved since.
            let path = run.store.path(step: best)
            state.bestModelCheckpoint = Folder.exists(path) ? path : nil
        }
    }

    private static func text(_ data: RunProgress.DataSettings) -> String {
        let rows = data.datasets.map { ($0.name.map { "\($0) " } ?? "") + "\($0.rows) rows" }.joined(separator: ", ")
        let mixing = data.mixing.isEmpty ? "" : " (\(data.mixing))"
        return "\(rows), batches of \(data.batchSize) x \(data.accumulation), sampler \(data.sampler)\(mixing), seed \(data.seed)"
            + (data.dropsLast ? ", dropping the last batch" : "")
    }
}
