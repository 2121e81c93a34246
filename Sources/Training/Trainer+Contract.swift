import Evaluators
import Files
import Tensors
import TextFormat

extension Trainer {
    // MARK: Beginning

    /// Sets a run up: preflight, the log, optimizer and schedule, then either a checkpoint or seed and baseline.
    func begin(_ resume: ResumePoint) throws {
        isResuming = resume != .none
        let folder = environment.logFolder
        let log = try RunLog(path: folder.map { "\($0)/\(arguments.effectiveRunName).log" }, showsBar: environment.showsBar,
                             write: environment.write)
        defer { if run?.log !== log { log.hideBar() } }
        log.line("run \(arguments.effectiveRunName): \(model.kind) with \(dataText)")
        if environment.isSmokeTest {
            log.line("SMOKE_TEST is set: the data is cut to \(train.rowCount) training rows, one step is done at the full learning rate and nothing "
                + "is pushed")
        }
        try runPreflight(log)
        state = TrainerState()
        let run = try makeRun(log)
        if arguments.saveStrategy != .no { try lockFolder(run) }
        // What cannot be removed takes space and does no other harm.
        try? run.store.removeUnfinished()
        if let checkpoint = try checkpointToResume(resume, run) {
            try restore(checkpoint, run)
            let note = state.globalStep >= run.plan.maxSteps ? ", so nothing is left to train; raise num_train_epochs or max_steps to go on"
                : checkpoint.progress.isStopped ? ", where a callback had ended training; it goes on now" : ""
            run.log.line("resuming from \(checkpoint.folder) at step \(state.globalStep) of \(run.plan.maxSteps)" + note)
        } else {
            Generator.shared.manualSeed(arguments.seed)
        }
        run.random = Generator.shared.state
        self.run = run
        run.optimizer.zeroGrad()
    }

    /// Takes the output folder for this process. A run that saves nothing there may go without.
    func lockFolder(_ run: TrainingRun) throws {
        if run.lock == nil { run.lock = try FolderLock(folder: arguments.outputDir, run: arguments.effectiveRunName) }
    }

    /// What precedes the first step: the baseline, and telling the callbacks. A pause leaves the run to be opened again.
    func open(_ run: TrainingRun) throws {
        do {
            if state.globalStep == 0 { try measureBaseline(run) }
            try emit(.trainBegin, run)
        } catch let pause as EvaluationPaused {
            throw pause
        } catch {
            self.run = nil
            throw error
        }
        run.log.line("training \(run.plan.maxSteps) steps of \(run.plan.accumulation * arguments.trainBatchSize) rows, "
            + "\(run.plan.stepsPerEpoch) to an epoch, \(trainedElementCount()) weights")
        run.isOpen = true
    }

    /// `CoSENTLoss, 24 training rows`, or the same of each dataset by name.
    private var dataText: String {
        train.map { dataset in
            (dataset.name.map { "\($0): " } ?? "") + "\(dataset.loss.name), \(dataset.rows.rowCount) training rows"
        }.joined(separator: "; ")
    }

    private func makeRun(_ log: RunLog) throws -> TrainingRun {
        let sampler = try makeSampler()
        let plan = try TrainingPlan(arguments, sampler: sampler, rowCount: train.rowCount)
        let groups = try ParameterGrouping.groups(learned.all, learningRate: arguments.learningRate, weightDecay: arguments.weightDecay,
                                                  rules: arguments.learningRateMapping)
        if groups.isEmpty { throw TrainingError("no parameter of the model is to be trained: all have requires_grad off; switch adapters on with "
            + "enable_adapters or set_adapter, or load them with is_trainable = true") }
        let optimizer: any Optimizer
        switch arguments.optimizer {
        case .adamW:
            optimizer = AdamW(groups: groups, beta1: arguments.adamBeta1, beta2: arguments.adamBeta2, epsilon: arguments.adamEpsilon)
        case .sgd:
            optimizer = SGD(groups: groups)
        }
        let schedule = try LearningRateSchedule(arguments.lrSchedulerType, warmupSteps: plan.warmupSteps, totalSteps: plan.maxSteps,
                                                settings: arguments.lrSchedulerKwargs, peak: arguments.learningRate)
        state.maxSteps = plan.maxSteps
        state.loggingSteps = plan.loggingSteps
        state.evalSteps = plan.evalSteps
        state.saveSteps = plan.saveSteps
        state.trainBatchSize = arguments.trainBatchSize
        state.numTrainEpochs = plan.epochCount
        return TrainingRun(plan: plan, arguments: arguments, schedule: schedule, sampler: sampler, learned: learned, optimizer: optimizer, log: log)
    }

    private func runPreflight(_ log: RunLog) throws {
        let report = try preflight()
        let stops = report.hasErrors && arguments.preflight == .error
        for finding in report.findings {
            let line = finding.line(demoted: arguments.preflight == .warn)
            // The errors that stop the run are told once: by the error that stops it.
            if stops, finding.severity == .error { log.lineInFile(line) } else { log.line(line) }
        }
        if stops { throw report.error }
    }

    /// The key and the direction of the number that the verdict is about; nil with nothing to evaluate.
    var verdictMetric: (key: String, greaterIsBetter: Bool)? {
        if let evaluator {
            let key = evaluator.primaryMetric
            return (key.hasPrefix("eval_") ? key : "eval_" + key, evaluator.greaterIsBetter)
        }
        return eval.isEmpty ? nil : (evalLossKey ?? "eval_loss", false)
    }

    private func measureBaseline(_ run: TrainingRun) throws {
        guard evaluator != nil || !eval.isEmpty else { return }
        let metrics = arguments.evalOnStart ? try loggedEvaluation(run) : try evaluate()
        completeArguments()
        guard let metric = verdictMetric else { return }
        let value = try Self.value(of: metric.key, in: metrics)
        run.baseline = Baseline(key: metric.key, value: value)
        run.log.line("baseline_eval: \(metric.key) = \(value.fixed(4))")
        if value.isNaN { run.log.line(Self.notANumber(metric.key)) }
    }

    private static func notANumber(_ key: String) -> String {
        "warning: \(key) is not a number, as a correlation of scores that are all equal; such a score never counts as best, and a run that "
            + "ends with one is a REGRESSION"
    }

    private static func value(of key: String, in metrics: [Metric]) throws -> Double {
        if let value = metrics.first(where: { $0.key == key })?.value { return value }
        throw TrainingError("the evaluator's primary metric is '\(key)', which it did not write; it wrote "
            + metrics.map { "'\($0.key)'" }.joined(separator: ", "))
    }

    private func trainedElementCount() -> String {
        let count = learned.all.filter(\.tensor.requiresGrad).reduce(0) { $0 + $1.tensor.count }
        return count >= 1_000_000 ? (Double(count) / 1e6).fixed(1) + " million" : "\(count)"
    }

    // MARK: Ending

    /// Loads the best checkpoint, measures the model as it is left, writes record and verdict.
    func finish(_ run: TrainingRun) throws {
        model.isTraining = false
        if state.globalStep < run.plan.maxSteps {
            run.log.line("training ends at step \(state.globalStep) of \(run.plan.maxSteps): \(run.stopReason ?? "all epochs are done")")
        }
        var measuredAt = state.globalStep
        if arguments.loadBestModelAtEnd, let step = try loadBest(run) { measuredAt = step }
        if let name = firstNonFiniteParameter() { throw ruinedWeights(name, "so the run has no result") }
        if arguments.saveTotalLimit == 1 {
            let best = try bestOnDisk(run)?.step
            try run.store.rotate(limit: 1, ofRun: run.startedAt, kept: [best ?? state.globalStep])
        }
        let verdict = try makeVerdict(run, measuredAt: measuredAt)
        try emit(.trainEnd, run)
        let seconds = run.seconds
        run.isFinished = true
        run.lock = nil
        run.result = TrainingResult(globalStep: state.globalStep, isPaused: false, trainingLoss: run.losses.mean, seconds: seconds,
                                    verdict: verdict?.verdict, metrics: verdict?.metrics ?? [], bestModelCheckpoint: state.bestModelCheckpoint)
        run.log.line("trained \(state.globalStep) steps in \(seconds.clock), mean loss \(run.losses.mean.fixed(4))")
        if arguments.pushToHub { run.log.line("not pushed: no hub token is configured") }
        guard let verdict else {
            run.log.line(run.baseline == nil ? "no verdict: the run had neither an evaluator nor an eval_dataset" : "no verdict")
            return
        }
        try record(verdict.verdict, key: verdict.key, seconds: seconds)
        run.log.line(verdict.verdict.line)
    }

    private func makeVerdict(_ run: TrainingRun, measuredAt step: Int) throws -> (key: String, verdict: Verdict, metrics: [Metric])? {
        guard let metric = verdictMetric, let baseline = run.baseline else { return nil }
        guard baseline.key == metric.key else {
            run.log.line("the score before training was measured as \(baseline.key), and this run measures \(metric.key): they cannot be compared")
            return nil
        }
        let known = state.logHistory.last { $0["step"]?.asInteger == step && $0[metric.key] != nil }
        let metrics = try known.map { entry in
            entry.compactMap { member in
                member.key == "step" || member.key == "epoch" ? nil : member.value.asNumber.map { Metric(member.key, $0) }
            }
        } ?? loggedEvaluation(run)
        let score = try Self.value(of: metric.key, in: metrics)
        if score.isNaN, !baseline.value.isNaN { run.log.line(Self.notANumber(metric.key)) }
        let activeDims = Self.activeDims(in: metrics)
        if let activeDims, activeDims.isCollapsed {
            run.log.line("warning: sparsity has collapsed: \(activeDims.query.fixed(1)) active dimensions of a query and "
                + "\(activeDims.corpus.fixed(1)) of a document, where 1 to \(Int(Verdict.ActiveDims.greatest)) are sane; such a run is no WIN")
        }
        let verdict = Verdict(score: score, baseline: baseline.value, greaterIsBetter: metric.greaterIsBetter, activeDims: activeDims)
        return (metric.key, verdict, metrics)
    }

    /// What evaluators of sparse encoders wrote. Those of triplets call queries anchors and documents positives; those that do not
    /// tell the sides apart write one number.
    private static func activeDims(in metrics: [Metric]) -> Verdict.ActiveDims? {
        func value(_ suffix: String) -> Double? { metrics.first { $0.key == "eval_" + suffix || $0.key.hasSuffix("_" + suffix) }?.value }
        let all = value("active_dims")
        guard let query = value("query_active_dims") ?? value("anchor_active_dims") ?? all,
              let corpus = value("corpus_active_dims") ?? value("positive_active_dims") ?? all else { return nil }
        return Verdict.ActiveDims(query: query, corpus: corpus)
    }

    private func record(_ verdict: Verdict, key: String, seconds: Double) throws {
        guard let folder = environment.logFolder else { return }
        let settings = ["learning_rate=\(arguments.learningRate.general())",
                        "batch=\(arguments.trainBatchSize * arguments.gradientAccumulationSteps)",
                        "epochs=\(state.epoch.general())", "schedule=\(arguments.lrSchedulerType.rawValue)",
                        "seed=\(arguments.seed)"]
        let line = ExperimentsRecord(run: arguments.effectiveRunName, model: model.kind, loss: train.lossNames, metric: key, verdict: verdict,
                                     steps: state.globalStep, seconds: seconds, settings: settings, isSmokeTest: environment.isSmokeTest)
        try line.append(to: "\(folder)/experiments.md")
    }
}
