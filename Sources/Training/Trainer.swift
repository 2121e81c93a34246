import Datasets
import Encoders
import Evaluators
import Losses
import Tensors

/// Trains a model on datasets, each with its loss, and fulfils the contract of every run: a baseline, a log, checkpoints, a verdict.
///
/// It composes parts that are usable alone: ``BatchSampler``, ``Optimizer``, ``LearningRateSchedule``, ``CheckpointStore``,
/// ``RunLog``, ``Preflight``.
public final class Trainer {
    public let model: any EncoderModel
    /// The datasets that are trained on, in order.
    public let train: [TrainingDataset]
    /// The datasets on which the loss is measured.
    public let eval: [TrainingDataset]
    public let evaluator: (any Evaluator)?
    public let callbacks: [any TrainerCallback]
    /// The arguments in force: those given, with what follows from evaluator and smoke test filled in.
    public internal(set) var arguments: TrainingArguments
    /// The arguments as they were given.
    private let givenArguments: TrainingArguments
    public let environment: RunEnvironment
    /// What the run has done so far.
    public internal(set) var state = TrainerState()
    /// Asked at each step boundary of ``train(resume:)`` and ``resume()``, and before each batch of an evaluation; true pauses
    /// there. An evaluation that was cut short is done again when the run goes on.
    public var shouldPause: () -> Bool = { false }

    /// What the run trains: the model's parameters and the losses'.
    let learned: LearnedParameters
    /// Made when it is first asked for, since it looks at every row.
    var sampler: MultiDatasetBatchSampler?
    var run: TrainingRun?
    /// Whether the run that is being set up takes up a checkpoint.
    var isResuming = false
    /// Whether a call that trains, and one that evaluates, is at work; callbacks, losses and evaluators are called from inside them.
    private var isStepping = false
    var isEvaluating = false
    /// The fingerprints of the training datasets, taken when a checkpoint first needs them.
    var fingerprints: [UInt64]?

    /// - Parameters:
    ///   - train: the datasets to train on; several need names, all different.
    ///   - eval: likewise, those to measure the loss on.
    /// - Throws: ``TrainingArgumentError`` for arguments that are out of range or at odds with each other or with the datasets.
    public init(model: any EncoderModel, arguments: TrainingArguments, train: [TrainingDataset], eval: [TrainingDataset] = [],
                evaluator: (any Evaluator)? = nil, callbacks: [any TrainerCallback] = [],
                environment: RunEnvironment = .ofProcess()) throws {
        if train.isEmpty { throw TrainingError("there is no training dataset") }
        try Self.checkNames(train, "train_dataset")
        try Self.checkNames(eval, "eval_dataset")
        if let evaluator { try Self.checkName(of: evaluator) }
        self.model = model
        self.evaluator = evaluator
        self.callbacks = try Self.withSchedules(callbacks, for: train.losses.map(\.loss))
        self.environment = environment
        evaluator?.prepare(for: model)
        givenArguments = arguments
        var arguments = arguments.completed(with: evaluator, evalDatasets: eval)
        var train = train, eval = eval
        if environment.isSmokeTest {
            arguments.maxSteps = 1
            // Nothing of a real run is overwritten.
            arguments.runName = arguments.effectiveRunName + "-smoke"
            arguments.outputDir += "-smoke"
            // The only step has the peak of the learning rate: during a warm-up it would have none, and show nothing.
            arguments.warmupSteps = 0
            train = train.map { $0.prefix(arguments.trainBatchSize * arguments.gradientAccumulationSteps * 2) }
            eval = eval.map { $0.prefix(arguments.evalBatchSize * 2) }
        }
        try arguments.validate()
        if !(model is any SentenceEmbedder), let given = arguments.givenColumnTexts {
            throw TrainingArgumentError(given, "the losses of a \(model.kind) read texts as they are; put prompts into the dataset with map")
        }
        let routing = try ColumnRouting(arguments, datasets: train + eval)
        self.arguments = arguments
        self.train = train.map(routing.routed)
        self.eval = eval.map(routing.routed)
        learned = LearnedParameters(of: model, losses: train.losses)
    }

    /// - Throws: ``TrainingArgumentError`` unless each of several datasets has a name of its own.
    private static func checkNames(_ datasets: [TrainingDataset], _ argument: String) throws {
        for name in datasets.compactMap(\.name) where name.unicodeScalars.contains(where: \.isControl) {
            throw TrainingArgumentError(argument, "the name of a dataset has a line break or another control character")
        }
        if datasets.count < 2 { return }
        var seen: Set<String> = []
        for dataset in datasets {
            guard let name = dataset.name else { throw TrainingArgumentError(argument, "each of several datasets needs a name") }
            if !seen.insert(name).inserted { throw TrainingArgumentError(argument, "the name '\(name)' comes twice") }
        }
    }

    /// - Throws: ``TrainingArgumentError`` if the name of an evaluator, which lines of the log begin with, has a line break or the like.
    private static func checkName(of evaluator: any Evaluator) throws {
        if let several = evaluator as? SequentialEvaluator { return try several.evaluators.forEach(checkName) }
        if evaluator.name.unicodeScalars.contains(where: \.isControl) {
            throw TrainingArgumentError("evaluator", "its name has a line break or another control character")
        }
    }

    /// The callbacks, with a schedule for each loss with weighted penalties that has none, first since others may look at the weights.
    private static func withSchedules(_ callbacks: [any TrainerCallback], for losses: [any Loss]) throws -> [any TrainerCallback] {
        let scheduled = callbacks.compactMap { $0 as? SpladeRegularizerWeightSchedulerCallback }
        let missing = losses.compactMap { $0 as? any RegularizedLoss }.filter { loss in !scheduled.contains { $0.loss === loss } }
        return try missing.map { try SpladeRegularizerWeightSchedulerCallback(loss: $0) } + scheduled
            + callbacks.filter { !($0 is SpladeRegularizerWeightSchedulerCallback) }
    }

    // MARK: Running

    /// Trains from the start, or from a checkpoint, to the end or until ``shouldPause`` says so.
    /// - Parameter resume: where to take up; `arguments.resumeFromCheckpoint` if nil.
    /// - Throws: ``TrainingError`` also where it is called from inside a step of this trainer.
    public func train(resume: ResumePoint? = nil) throws -> TrainingResult {
        try stepping("train()") {
            if let run, !run.isFinished {
                throw TrainingError("training is paused at step \(state.globalStep); call resume() to go on")
            }
            try begin(resume ?? arguments.resumeFromCheckpoint)
            return try runToBoundary()
        }
    }

    /// Goes on with a paused run.
    /// - Throws: ``TrainingError`` if none is paused, or where it is called from inside a step of this trainer.
    public func resume() throws -> TrainingResult {
        try stepping("resume()") {
            guard let run, !run.isFinished else {
                throw TrainingError("there is no paused training to resume; train() starts one, with resume_from_checkpoint from a checkpoint")
            }
            run.log.line("resuming at step \(state.globalStep)")
            return try runToBoundary()
        }
    }

    /// Does one optimizer step and what is due after it; begins the run if it has not begun. After the last step it ends
    /// the run (best checkpoint, verdict) and returns nil.
    /// - Throws: ``TrainingError`` also where it is called from inside a step of this trainer.
    @discardableResult
    public func step() throws -> StepResult? {
        try stepping("step()") { try advance() }
    }

    /// Runs a call that trains. Its parts call callbacks, losses and evaluators, which must not begin another one: the step that they are
    /// in is half done.
    private func stepping<R>(_ call: String, _ body: () throws -> R) throws -> R {
        if isStepping {
            throw TrainingError("\(call) was called from inside a step of the same trainer, by one of its callbacks, its loss or its evaluator; "
                + "call it between steps, after train() or in the loop over steps()")
        }
        isStepping = true
        defer { isStepping = false }
        do {
            if let run, !run.isFinished, run.lock == nil { try lockFolder(run) }
            return try body()
        } catch {
            // A run that failed does not keep others out; it takes the folder again if it goes on.
            if !(error is EvaluationPaused) { run?.lock = nil }
            throw error
        }
    }

    private func runToBoundary() throws -> TrainingResult {
        do {
            while try advance() != nil {
                if shouldPause(), let run, !run.isFinished, !isComplete(run) {
                    run.log.line("paused at step \(state.globalStep) of \(run.plan.maxSteps); resume() goes on")
                    return pausedResult(run)
                }
            }
        } catch is EvaluationPaused {
            guard let run else { throw TrainingError("training ended without a run") }
            run.log.line("paused in the evaluation at step \(state.globalStep) of \(run.plan.maxSteps); resume() begins it again")
            return pausedResult(run)
        }
        guard let result = run?.result else { throw TrainingError("training ended without a result") }
        return result
    }

    private func advance() throws -> StepResult? {
        if run == nil { try begin(arguments.resumeFromCheckpoint) }
        guard let run, !run.isFinished else { return nil }
        if !run.isOpen { try open(run) }
        if run.hasUnfinishedDuties { try doWhatIsDue(run) }
        // Where the duties of the last step were cut short, so was the end of its epoch.
        if state.globalStep > 0, run.isEpochOver { try endEpoch(run) }
        while !isComplete(run) {
            if run.batches == nil { try beginEpoch(run) }
            if run.position.batch >= run.batches?.count ?? 0 {
                try endEpoch(run)
                continue
            }
            let result = try optimizerStep(run)
            if run.isEpochOver { try endEpoch(run) }
            return result
        }
        try finish(run)
        return nil
    }

    /// The names of the losses, each once: `CoSENTLoss, MSELoss`.
    public var lossNames: String { train.lossNames }

    /// How the run ended; nil before its end.
    public var result: TrainingResult? { run?.result }

    /// The learning rate of the next step. Setting it changes the schedule in proportion from there on.
    public var learningRate: Double {
        get { run?.learningRate(at: state.globalStep) ?? arguments.learningRate }
        set {
            if let run { run.setLearningRate(newValue, at: state.globalStep) } else { arguments.learningRate = newValue }
        }
    }

    /// Checks model, data, loss and arguments against each other, without training.
    public func preflight() throws -> PreflightReport {
        preflightReport()
    }

    /// Writes the model folder.
    public func saveModel(to folder: String? = nil) throws {
        try model.save(to: folder ?? arguments.outputDir)
    }

    /// Asks the evaluator again which metric decides: one written in Lua knows only after it has run.
    func completeArguments() {
        let completed = givenArguments.completed(with: evaluator, evalDatasets: eval)
        arguments.metricForBestModel = completed.metricForBestModel
        arguments.greaterIsBetter = completed.greaterIsBetter
    }

    // MARK: Parts of the loop

    func isComplete(_ run: TrainingRun) -> Bool {
        run.control.shouldTrainingStop || state.globalStep >= run.plan.maxSteps || run.position.epoch >= run.plan.epochLimit
    }

    func pausedResult(_ run: TrainingRun) -> TrainingResult {
        TrainingResult(globalStep: state.globalStep, isPaused: true, trainingLoss: run.losses.mean, seconds: run.seconds, verdict: nil,
                       metrics: [], bestModelCheckpoint: state.bestModelCheckpoint)
    }

    /// Tells the callbacks, each of which sees what those before it switched.
    func emit(_ event: TrainerEvent, _ run: TrainingRun) throws {
        for callback in callbacks {
            // A copy of the switches, since a callback may ask the trainer for what looks at them.
            var control = run.control
            try callback.respond(to: event, arguments: arguments, state: state, control: &control)
            if control.shouldTrainingStop, !run.control.shouldTrainingStop, run.stopReason == nil {
                run.stopReason = callback.name + (control.stopReason.map { ": " + $0 } ?? " asked for it")
            }
            run.control = control
        }
    }

    private func beginEpoch(_ run: TrainingRun) throws {
        let batches = run.sampler.batches(epoch: run.position.epoch)
        run.emptyEpochs = batches.isEmpty ? run.emptyEpochs + 1 : 0
        if run.emptyEpochs > TrainingPlan.mostEmptyEpochs {
            throw TrainingError("no batch of \(arguments.trainBatchSize) rows could be filled in \(run.emptyEpochs) epochs in a row; lower "
                + "per_device_train_batch_size or turn dataloader_drop_last off")
        }
        run.batches = batches
        run.control.shouldEpochStop = false
        if run.position.batch == 0 { try emit(.epochBegin, run) }
    }

    private func endEpoch(_ run: TrainingRun) throws {
        run.control.beginStep()
        run.cadence.afterEpoch(state, &run.control)
        run.hasUnfinishedDuties = true
        if run.control.shouldEpochStop { run.leaveOutRestOfEpoch() }
        // Training that ends within an epoch stays there: a run that takes it up again goes on with the rows that are left.
        if run.position.batch >= run.batches?.count ?? 0 {
            run.position.epoch += 1
            run.position.batch = 0
        }
        run.batches = nil
        try emit(.epochEnd, run)
        try doWhatIsDue(run)
    }
}
