import Files
import Tensors

extension Trainer {
    /// Writes `checkpoint-STEP`, remembers it if it is the best, and deletes what exceeds `save_total_limit`.
    func saveCheckpoint(_ run: TrainingRun) throws {
        try lockFolder(run)
        let folder = run.store.path(step: state.globalStep)
        let before = state.bestModelCheckpoint
        state.bestModelCheckpoint = try bestOnDisk(run, with: state.globalStep).map { run.store.path(step: $0.step) }
        do {
            try Checkpoint.write(folder, model: model, learned: learned, optimizer: arguments.saveOnlyModel ? nil : run.optimizer, state: state,
                                 progress: progress(of: run))
        } catch {
            state.bestModelCheckpoint = before
            throw error
        }
        if let limit = arguments.saveTotalLimit {
            let kept = [state.globalStep] + (try bestOnDisk(run).map { [$0.step] } ?? [])
            try run.store.rotate(limit: limit, ofRun: run.startedAt, kept: Set(kept))
        }
        try emit(.save(folder), run)
    }

    private func progress(of run: TrainingRun) -> RunProgress {
        var progress = RunProgress()
        progress.startedAt = run.startedAt
        progress.lossNames = lossNames
        progress.seconds = run.seconds
        progress.position = run.position
        progress.generator = run.random ?? Generator.shared.state
        progress.peakRates = run.peakRates
        progress.optimizer = RunProgress.OptimizerSummary(run.optimizer)
        progress.losses = run.losses
        progress.baseline = run.baseline
        progress.isStopped = run.control.shouldTrainingStop && state.globalStep < run.plan.maxSteps
        progress.callbacks = callbacks.compactMap { callback in callback.savedState.map { .init(name: callback.name, state: $0) } }
        // What cannot be resumed from needs no comparison with other data.
        progress.data = arguments.saveOnlyModel ? RunProgress.DataSettings() : dataSettings
        return progress
    }

    private var dataSettings: RunProgress.DataSettings {
        let fingerprints = self.fingerprints ?? train.map(\.rows.fingerprint)
        self.fingerprints = fingerprints
        let datasets = zip(train, fingerprints).map { RunProgress.DatasetSummary(name: $0.name, rows: $0.rows.rowCount, fingerprint: $1) }
        return RunProgress.DataSettings(
                                 datasets: datasets, batchSize: arguments.trainBatchSize, accumulation: arguments.gradientAccumulationSteps,
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
                return try readCheckpoint(folder, run)
            } catch {
                throw TrainingError("cannot resume from \(folder): \(error)")
            }
        case .latest:
            let folders = try run.store.entriesByAge().map { run.store.path(step: $0.step) }
            var problem = ""
            for folder in folders.reversed() {
                do {
                    return try readCheckpoint(folder, run)
                } catch {
                    problem = "\(error)"
                    run.log.line("skipping \(folder), which cannot be resumed from: \(problem)")
                }
            }
            if !folders.isEmpty { throw TrainingError("no checkpoint in \(run.store.folder) can be resumed from; the oldest: \(problem)") }
            run.log.line("no checkpoint in \(run.store.folder) yet, starting from the beginning")
            return nil
        }
    }

    /// Reads a checkpoint and checks that it fits together. Whether its data are those of this run is for ``restore(_:_:)`` to say.
    private func readCheckpoint(_ folder: String, _ run: TrainingRun) throws -> Checkpoint {
        let checkpoint = try Checkpoint(folder, model: model, learned: learned, optimizer: run.optimizer)
        if checkpoint.progress.data == dataSettings { try checkpoint.checkPosition(run) }
        try checkpoint.checkDigest()
        return checkpoint
    }

    /// Puts model, optimizer, random numbers and position where they were.
    func restore(_ checkpoint: Checkpoint, _ run: TrainingRun) throws {
        let progress = checkpoint.progress
        try checkData(checkpoint)
        guard progress.lossNames == lossNames else {
            throw TrainingError("cannot resume from \(checkpoint.folder): it was trained by \(progress.lossNames), this run has \(lossNames); use the same "
                + "loss, or start afresh from the model in that folder")
        }
        try checkpoint.weights.restore()
        if let name = firstNonFiniteParameter() {
            throw TrainingError("cannot resume from \(checkpoint.folder): its weights '\(name)' are not finite; the checkpoint is damaged")
        }
        run.optimizer.memory = checkpoint.memory
        Generator.shared.state = progress.generator
        run.startedAt = progress.startedAt
        run.earlierSeconds = progress.seconds
        run.position = progress.position
        run.peakRates = progress.peakRates
        run.losses = progress.losses
        run.baseline = progress.baseline
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
        // The output folder may have been moved since.
        state.bestModelCheckpoint = try bestOnDisk(run).map { run.store.path(step: $0.step) }
    }

    /// - Throws: ``TrainingError`` if the steps of this run would see other rows than those of the checkpoint's.
    private func checkData(_ checkpoint: Checkpoint) throws {
        let (theirs, ours) = (checkpoint.progress.data, dataSettings)
        if theirs == ours { return }
        if Self.text(theirs) != Self.text(ours) {
            throw TrainingError("cannot resume from \(checkpoint.folder): it was written with \(Self.text(theirs)), this run has "
                + "\(Self.text(ours)), so its steps would see other rows; use the same settings or start afresh")
        }
        let changed = zip(theirs.datasets, ours.datasets).first { $0 != $1 }?.1
        throw TrainingError("cannot resume from \(checkpoint.folder): it was trained on other rows; the training dataset"
            + (changed?.name.map { " '\($0)'" } ?? "") + " has as many now, but their cells or their order differ; "
            + "use the data of that run, or start afresh from the model in that folder")
    }

    private static func text(_ data: RunProgress.DataSettings) -> String {
        let rows = data.datasets.map { ($0.name.map { "\($0) " } ?? "") + "\($0.rows) rows" }.joined(separator: ", ")
        let mixing = data.mixing.isEmpty ? "" : " (\(data.mixing))"
        return "\(rows), batches of \(data.batchSize) x \(data.accumulation), sampler \(data.sampler)\(mixing), seed \(data.seed)"
            + (data.dropsLast ? ", dropping the last batch" : "")
    }
}
