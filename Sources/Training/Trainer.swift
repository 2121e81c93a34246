import Datasets
import Encoders
import Evaluators
import Losses
import Tensors

/// Trains a model on a dataset with a loss, and fulfils the contract of every run: a baseline, a log, checkpoints, a verdict.
///
/// It composes parts that are usable alone: ``BatchSampler``, ``Optimizer``, ``LearningRateSchedule``, ``CheckpointStore``,
/// ``RunLog``, ``Preflight``.
public final class Trainer {
    public let model: any EncoderModel
    public let loss: any Loss
    public let evaluator: (any Evaluator)?
    public let callbacks: [any TrainerCallback]
    /// The arguments in force: those given, with what follows from evaluator and smoke test filled in.
    public internal(set) var arguments: TrainingArguments
    /// The arguments as they were given.
    private let givenArguments: TrainingArguments
    public let environment: RunEnvironment
    /// What the run has done so far.
    public internal(set) var state = TrainerState()
    /// Asked at each step boundary of ``train(resume:)`` and ``resume()``; true pauses there.
    public var shouldPause: () -> Bool = { false }

    let trainSource: LossBatchSource
    let evalSource: LossBatchSource?
    var run: TrainingRun?
    /// Whether the run that is being set up takes up a checkpoint.
    var isResuming = false

    /// - Throws: ``TrainingArgumentError`` for arguments that are out of range or at odds.
    public init(model: any EncoderModel, arguments: TrainingArguments, train: LossBatchSource, eval: LossBatchSource? = nil,
                loss: any Loss, evaluator: (any Evaluator)? = nil, callbacks: [any TrainerCallback] = [],
                environment: RunEnvironment = .ofProcess()) throws {
        self.model = model
        self.loss = loss
        self.evaluator = evaluator
        self.callbacks = callbacks
        self.environment = environment
        evaluator?.prepare(for: model)
        givenArguments = arguments
        var arguments = arguments.completed(with: evaluator)
        var train = train, eval = eval
        if environment.isSmokeTest {
            arguments.maxSteps = 1
            // Nothing of a real run is overwritten.
            arguments.runName = arguments.effectiveRunName + "-smoke"
            arguments.outputDir += "-smoke"
            train = train.prefix(arguments.trainBatchSize * arguments.gradientAccumulationSteps * 2)
            eval = eval?.prefix(arguments.evalBatchSize * 2)
        }
        try arguments.validate()
        self.arguments = arguments
        trainSource = train
        evalSource = eval
    }

    // MARK: Running

    /// Trains from the start, or from a checkpoint, to the end or until ``shouldPause`` says so.
    /// - Parameter resume: where to take up; `arguments.resumeFromCheckpoint` if nil.
    public func train(resume: ResumePoint? = nil) throws -> TrainingResult {
        if let run, !run.isFinished {
            throw TrainingError("training is paused at step \(state.globalStep); call resume() to go on")
        }
        try begin(resume ?? arguments.resumeFromCheckpoint)
        return try runToBoundary()
    }

    /// Goes on with a paused run.
    /// - Throws: ``TrainingError`` if none is paused.
    public func resume() throws -> TrainingResult {
        guard let run, !run.isFinished else {
            throw TrainingError("there is no paused training to resume; train() starts one, with resume_from_checkpoint from a checkpoint")
        }
        run.log.line("resuming at step \(state.globalStep)")
        return try runToBoundary()
    }

    private func runToBoundary() throws -> TrainingResult {
        while try step() != nil {
            if shouldPause(), let run, !run.isFinished, !isComplete(run) {
                run.log.line("paused at step \(state.globalStep) of \(run.plan.maxSteps); resume() goes on")
                return pausedResult(run)
            }
        }
        guard let result = run?.result else { throw TrainingError("training ended without a result") }
        return result
    }

    /// Does one optimizer step and what is due after it; begins the run if it has not begun. After the last step it ends
    /// the run (best checkpoint, verdict) and returns nil.
    @discardableResult
    public func step() throws -> StepResult? {
        if run == nil { try begin(arguments.resumeFromCheckpoint) }
        guard let run, !run.isFinished else { return nil }
        if run.hasUnfinishedDuties { try doWhatIsDue(run) }
        while !isComplete(run) {
            if run.batches == nil { try beginEpoch(run) }
            if run.position.batch >= run.batches?.count ?? 0 {
                try endEpoch(run)
                continue
            }
            let result = try optimizerStep(run)
            if run.position.batch >= run.batches?.count ?? 0 || run.control.shouldEpochStop || run.control.shouldTrainingStop {
                try endEpoch(run)
            }
            return result
        }
        try finish(run)
        return nil
    }

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
        Preflight.standard.report(on: preflightSubject())
    }

    /// Writes the model folder.
    public func saveModel(to folder: String? = nil) throws {
        try model.save(to: folder ?? arguments.outputDir)
    }

    /// Asks the evaluator again which metric decides: one written in Lua knows only after it has run.
    func completeArguments() {
        let completed = givenArguments.completed(with: evaluator)
        arguments.metricForBestModel = completed.metricForBestModel
        arguments.greaterIsBetter = completed.greaterIsBetter
    }

    // MARK: Parts of the loop

    func isComplete(_ run: TrainingRun) -> Bool {
        run.control.shouldTrainingStop || state.globalStep >= run.plan.maxSteps || run.position.epoch >= run.plan.epochCount
    }

    func pausedResult(_ run: TrainingRun) -> TrainingResult {
        TrainingResult(globalStep: state.globalStep, isPaused: true, trainingLoss: run.losses.mean, seconds: run.seconds, verdict: nil,
                       metrics: [], bestModelCheckpoint: state.bestModelCheckpoint)
    }

    /// Tells the callbacks, each of which sees what those before it switched.
    func emit(_ event: TrainerEvent, _ run: TrainingRun) throws {
        for callback in callbacks {
            try callback.respond(to: event, arguments: arguments, state: state, control: &run.control)
        }
    }

    private func beginEpoch(_ run: TrainingRun) throws {
        run.batches = run.sampler.batches(epoch: run.position.epoch)
        run.control.shouldEpochStop = false
        if run.position.batch == 0 { try emit(.epochBegin, run) }
    }

    private func endEpoch(_ run: TrainingRun) throws {
        run.control.beginStep()
        run.cadence.afterEpoch(state, &run.control)
        run.hasUnfinishedDuties = true
        run.position = DataPosition(epoch: run.position.epoch + 1, batch: 0)
        run.batches = nil
        try emit(.epochEnd, run)
        try doWhatIsDue(run)
    }
}

extension TrainingArguments {
    /// Fills in what follows from the evaluator: the metric that decides between checkpoints, and its direction.
    func completed(with evaluator: (any Evaluator)?) -> TrainingArguments {
        var completed = self
        let decides = loadBestModelAtEnd || saveStrategy == .best
        if decides, metricForBestModel == nil { completed.metricForBestModel = evaluator?.primaryMetric ?? "loss" }
        if greaterIsBetter == nil, let key = completed.bestMetricKey {
            if let evaluator, key == "eval_" + evaluator.primaryMetric || key == evaluator.primaryMetric {
                completed.greaterIsBetter = evaluator.greaterIsBetter
            } else {
                completed.greaterIsBetter = !key.hasSuffix("loss")
            }
        }
        return completed
    }
}
