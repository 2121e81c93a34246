import Files
import JSON
import TextFormat

/// Which checkpoint is the best, and loading it. Only those of this run count: a folder may hold those of earlier runs.
extension Trainer {
    /// The best step of this run whose checkpoint is on disk, by the metric that decides; nil without such a metric or checkpoint. Of equal
    /// values the first counts, as in ``TrainerState/bestGlobalStep``.
    /// - Parameter saving: a step whose checkpoint is about to be written.
    func bestOnDisk(_ run: TrainingRun, with saving: Int? = nil) throws -> (step: Int, value: Double)? {
        guard let key = arguments.bestMetricKey, let best = state.bestGlobalStep else { return nil }
        // As a rule the best one is saved, which one look tells.
        if best == saving || run.store.startOfRun(step: best) == run.startedAt { return (best, state.bestMetric ?? .nan) }
        let saved = Set(try run.store.steps(ofRun: run.startedAt) + (saving.map { [$0] } ?? []))
        var found: (step: Int, value: Double)?
        for (step, value) in state.history(of: key) where saved.contains(step) && !value.isNaN {
            if let known = found, arguments.greaterIsBetter == false ? value >= known.value : value <= known.value { continue }
            found = (step, value)
        }
        return found
    }

    /// Loads the weights of the best step, or of the best one that is on disk, and says which.
    /// - Returns: the step that the model is at now; nil if nothing tells which is best.
    func loadBest(_ run: TrainingRun) throws -> Int? {
        guard let key = arguments.bestMetricKey else { return nil }
        guard let best = state.bestGlobalStep else {
            run.log.line("no best model is loaded: no evaluation gave a \(key) that counts")
            return nil
        }
        let saved = try bestOnDisk(run)
        if saved?.step != best {
            run.log.line("the best \(key), \((state.bestMetric ?? .nan).general()), was measured at step \(best), of which there is no checkpoint; "
                + "set save_steps to the value of eval_steps, or save_strategy = \"best\", to keep it")
        }
        guard let saved else {
            run.log.line("no best model is loaded: no step with a \(key) has a checkpoint, so the model stays as step \(state.globalStep) left it")
            state.bestModelCheckpoint = nil
            return nil
        }
        let folder = run.store.path(step: saved.step)
        state.bestModelCheckpoint = folder
        if saved.step != state.globalStep {
            // A checkpoint of save_only_model has nothing of the losses.
            let losses = FileContents.exists(Path.join(folder, LearnedParameters.lossFile)) ? learned.storedLosses : []
            try SavedWeights(folder, for: model.storedParameters + losses).restore()
        }
        if saved.step != state.globalStep || saved.step != best {
            run.log.line("loaded the best model\(saved.step == best ? "" : " that was saved"), \(folder) (\(key) \(saved.value.general()))")
        }
        return saved.step
    }
}
