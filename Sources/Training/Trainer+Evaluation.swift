import Evaluators
import JSON
import Kernels
import Losses
import Tensors
import TextFormat

extension Trainer {
    /// Logs, evaluates and saves as the control says. What an error or Ctrl-C cuts short is done again when the run goes on.
    func doWhatIsDue(_ run: TrainingRun, gradientNorm: Double? = nil, learningRate: Double? = nil) throws {
        run.hasUnfinishedDuties = true
        if run.control.shouldEvaluate || run.control.shouldSave, let name = firstNonFiniteParameter() {
            throw ruinedWeights(name, run.control.shouldSave ? "so checkpoint-\(state.globalStep) is not written" : "so there is nothing to measure")
        }
        if run.control.shouldLog {
            if let loss = run.losses.takeLogged() {
                var logs = [Metric("loss", loss)]
                if let gradientNorm { logs.append(Metric("grad_norm", gradientNorm)) }
                logs.append(Metric("learning_rate", learningRate ?? run.learningRate(at: max(0, state.globalStep - 1))))
                logs += run.components.takeLogged() + callbacks.flatMap { $0.addedLogs() }
                try log(logs, run)
            }
            run.control.shouldLog = false
        }
        if run.control.shouldEvaluate {
            let isBest = try chooseBest(try loggedEvaluation(run))
            if arguments.saveStrategy == .best { run.control.shouldSave = isBest }
            run.control.shouldEvaluate = false
        }
        if run.control.shouldSave {
            // A run that resumes here must not go on with an epoch that a callback has ended.
            if run.control.shouldEpochStop { run.leaveOutRestOfEpoch() }
            try saveCheckpoint(run)
            run.control.shouldSave = false
        }
        run.hasUnfinishedDuties = false
    }

    /// Runs the loss over `eval_dataset` and the evaluator; keys with `eval_`. Dropout is off, and the random numbers of
    /// training are not touched.
    public func evaluate() throws -> [Metric] {
        guard evaluator != nil || !eval.isEmpty else {
            throw TrainingError("there is nothing to evaluate: give the trainer an evaluator or an eval_dataset")
        }
        if isEvaluating { throw TrainingError("evaluate() was called from inside an evaluation of the same trainer, by its loss or its evaluator") }
        isEvaluating = true
        defer { isEvaluating = false }
        let began = Clock.now()
        let random = Generator.shared.state
        let wasTraining = model.isTraining
        model.isTraining = false
        defer {
            model.isTraining = wasTraining
            Generator.shared.state = random
        }
        var metrics: [Metric] = []
        try ComputePrecision.with(arguments.computePrecision) {
            try GradientTape.noGrad {
                metrics += try lossMetrics()
                guard let evaluator else { return }
                let moment = EvaluationMoment(outputFolder: arguments.outputDir + "/eval", epoch: state.epoch, steps: state.globalStep,
                                              onBatch: { [unowned self] _, _ in try pauseIfAsked() })
                for metric in try evaluator.evaluate(model, at: moment) {
                    metrics.append(Metric(metric.key.hasPrefix("eval_") ? metric.key : "eval_" + metric.key, metric.value))
                }
            }
        }
        metrics.append(Metric("eval_runtime", Clock.now() - began))
        return metrics
    }

    /// The mean loss over each dataset, `eval_loss` or `eval_NAME_loss`, with its time. Several datasets also get
    /// `eval_loss`, the mean over the rows of all.
    private func lossMetrics() throws -> [Metric] {
        var metrics: [Metric] = []
        var total = 0.0
        for dataset in eval {
            let began = Clock.now()
            var parts = ComponentAverage()
            let (sum, batches) = try lossSum(over: dataset, &parts)
            total += sum
            let rows = dataset.rows.rowCount, seconds = Clock.now() - began
            let prefix = Self.evalPrefix(dataset)
            metrics.append(Metric(prefix + "loss", sum / Double(max(1, rows))))
            metrics += parts.takeLogged().map { Metric(prefix + $0.key, $0.value) }
            // One without a name has the time of the whole evaluation instead.
            if dataset.name != nil { metrics.append(Metric(prefix + "runtime", seconds)) }
            metrics.append(Metric(prefix + "samples_per_second", Double(rows) / max(seconds, 1e-9)))
            metrics.append(Metric(prefix + "steps_per_second", Double(batches) / max(seconds, 1e-9)))
        }
        if eval.count > 1 { metrics.append(Metric("eval_loss", total / Double(max(1, eval.rowCount)))) }
        return metrics
    }

    /// What the keys of a dataset's metrics begin with: `eval_` or `eval_NAME_`. A single dataset with a name has it too.
    static func evalPrefix(_ dataset: TrainingDataset) -> String { dataset.name.map { "eval_\($0)_" } ?? "eval_" }

    /// The keys of the losses that an evaluation writes.
    var evalLossKeys: [String] { eval.map { Self.evalPrefix($0) + "loss" } + (eval.count > 1 ? ["eval_loss"] : []) }

    /// The keys that a short line shows first: what decides, then the evaluator's own choice.
    private var headlineKeys: [String] {
        let decisive = [verdictMetric?.key, arguments.bestMetricKey].compactMap { $0 }
        return decisive + (evaluator?.headlineMetrics ?? []).map { $0.hasPrefix("eval_") ? $0 : "eval_" + $0 }
    }

    /// The key of the loss that stands for all.
    var evalLossKey: String? { evalLossKeys.last }

    private func lossSum(over dataset: TrainingDataset, _ parts: inout ComponentAverage) throws -> (sum: Double, batches: Int) {
        let batches = SequentialBatchSampler(rowCount: dataset.rows.rowCount, batchSize: arguments.evalBatchSize).batches(epoch: 0)
        var sum = 0.0
        for rows in batches {
            try pauseIfAsked()
            sum += try dataset.value(of: rows, "eval") * Double(rows.count)
            parts.add(dataset.loss.components, weight: Double(rows.count))
        }
        return (sum, batches.count)
    }

    /// - Throws: ``EvaluationPaused``.
    private func pauseIfAsked() throws {
        if shouldPause() { throw EvaluationPaused() }
    }

    func loggedEvaluation(_ run: TrainingRun) throws -> [Metric] {
        let metrics = try evaluate()
        try log(metrics, run)
        try emit(.evaluate(metrics), run)
        return metrics
    }

    /// Remembers whether this evaluation is the best so far.
    private func chooseBest(_ metrics: [Metric]) throws -> Bool {
        guard let key = arguments.bestMetricKey else { return false }
        guard let value = metrics.first(where: { $0.key == key })?.value else {
            throw TrainingError("metric_for_best_model is '\(key)', which the evaluation did not write; it wrote "
                + metrics.map { "'\($0.key)'" }.joined(separator: ", "))
        }
        let isBetter = state.bestMetric.map { arguments.greaterIsBetter == false ? value < $0 : value > $0 } ?? !value.isNaN
        if isBetter {
            state.bestMetric = value
            state.bestGlobalStep = state.globalStep
        }
        return isBetter
    }

    /// Writes values to the log and to the history.
    func log(_ values: [Metric], _ run: TrainingRun) throws {
        var entry = JSONObject()
        for value in values { entry[value.key] = .number(value.value) }
        entry["epoch"] = .number(state.epoch)
        entry["step"] = .integer(Int64(state.globalStep))
        state.logHistory.append(entry)
        let start = "step \(state.globalStep)/\(run.plan.maxSteps) | epoch \(state.epoch.fixed(2)) | "
        let line = MetricLine(metrics: values.filter { !$0.key.hasSuffix("_per_second") }, headlines: headlineKeys)
        run.log.line(start + line.whole, onTerminal: start + line.short)
        try emit(.log(values), run)
    }
}
