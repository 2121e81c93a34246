import Kernels

/// Every setting of a run. Names and defaults are those of the field's `SentenceTransformerTrainingArguments`, which the
/// arguments for other kinds of model agree with, in Swift's spelling;
/// messages use the names that scripts use (`per_device_train_batch_size`).
public struct TrainingArguments: Sendable {
    // MARK: Where

    /// The folder for checkpoints and evaluation results.
    public var outputDir = "trainer_output"
    /// The name of the run in logs and records; the last part of `outputDir` if nil.
    public var runName: String?

    // MARK: How long

    /// Passes over the training data; may be fractional.
    public var numTrainEpochs = 3.0
    /// The number of optimizer steps, if positive; overrides `numTrainEpochs`.
    public var maxSteps = -1

    // MARK: Batches

    /// Rows per forward pass in training.
    public var trainBatchSize = 8
    /// Rows per forward pass over `eval_dataset`.
    public var evalBatchSize = 8
    /// Batches whose gradients are averaged before each optimizer step.
    public var gradientAccumulationSteps = 1
    /// Whether an incomplete last batch of an epoch is left out.
    public var dataloaderDropLast = false
    /// How rows are grouped into batches.
    public var batchSampler = BatchSamplerKind.batchSampler
    /// In which order the batches of several datasets come.
    public var multiDatasetBatchSampler = MultiDatasetBatchSamplerKind.proportional

    // MARK: Texts

    /// What is put before the texts of input columns; for models that embed single texts.
    public var prompts = ColumnTexts.none
    /// The route, such as `"query"` or `"document"`, that each input column takes through a model with several.
    public var routerMapping = ColumnTexts.none

    // MARK: Optimizer

    /// The optimizer.
    public var optimizer = OptimizerKind.adamW
    /// The peak learning rate.
    public var learningRate = 5e-5
    /// Learning rates of parameters whose name contains a match of the regular expression; later entries win.
    public var learningRateMapping: [LearningRateRule] = []
    /// Decoupled weight decay; biases and normalisation weights are exempt.
    public var weightDecay = 0.0
    /// Decay rate of the first moment.
    public var adamBeta1 = 0.9
    /// Decay rate of the second moment.
    public var adamBeta2 = 0.999
    /// Added to the root of the second moment.
    public var adamEpsilon = 1e-8
    /// Gradients are scaled down to this global norm; 0 turns clipping off.
    public var maxGradNorm = 1.0

    // MARK: Schedule

    /// The shape of the learning rate over the run.
    public var lrSchedulerType = SchedulerType.linear
    /// Settings of the schedule, such as `num_cycles` or `power`.
    public var lrSchedulerKwargs: [String: Double] = [:]
    /// Steps of linear warm-up, as a count or a fraction of the run.
    public var warmupSteps: StepInterval = 0

    // MARK: Evaluation, saving, logging

    /// When the evaluator and the loss on `eval_dataset` are run.
    public var evalStrategy = IntervalStrategy.no
    /// Steps between evaluations; those of logging if nil.
    public var evalSteps: StepInterval?
    /// Steps, or epochs with the epoch strategy, before the first evaluation.
    public var evalDelay = 0.0
    /// Whether an evaluation is logged before the first step.
    public var evalOnStart = false
    /// When checkpoints are written.
    public var saveStrategy = SaveStrategy.steps
    /// Steps between checkpoints.
    public var saveSteps: StepInterval = 500
    /// How many checkpoints are kept; the best one is never deleted. Nil keeps all.
    public var saveTotalLimit: Int?
    /// Whether checkpoints hold the model only, which cannot be resumed from.
    public var saveOnlyModel = false
    /// When the training loss is logged.
    public var loggingStrategy = IntervalStrategy.steps
    /// Steps between log lines.
    public var loggingSteps: StepInterval = 500
    /// Whether the first step is logged too.
    public var loggingFirstStep = false
    /// Whether the best checkpoint's weights are loaded at the end.
    public var loadBestModelAtEnd = false
    /// The metric that decides between checkpoints, with or without `eval_`; the evaluator's primary metric if nil, or the
    /// loss if there is no evaluator.
    public var metricForBestModel: String?
    /// Whether a greater value of that metric is better; told from the evaluator or the name if nil.
    public var greaterIsBetter: Bool?

    // MARK: Everything else

    /// Seed of dropout and, unless `dataSeed` is given, of the order of rows.
    public var seed: UInt64 = 42
    /// Seed of the order of rows.
    public var dataSeed: UInt64?
    /// Whether activations are computed again in the backward pass instead of kept.
    public var gradientCheckpointing = false
    /// Whether the products of the model are computed in bfloat16, with float32 sums. Weights, gradients and all else stay float32.
    public var bf16 = false
    /// What ``bf16`` says.
    public var computePrecision: ComputePrecision { bf16 ? .bfloat16 : .float32 }
    /// Where to take up an interrupted run.
    public var resumeFromCheckpoint = ResumePoint.none
    /// Whether the progress bar is off.
    public var disableProgressBar = false
    /// Asks for a push of the model. No hub token can be configured in this version, and preflight says so.
    public var pushToHub = false
    /// Trackers to report to; none exist in this version.
    public var reportTo: [String] = []
    /// What preflight errors do.
    public var preflight = PreflightMode.error
    /// Arguments of the field that were given but mean nothing here, with the reason.
    public var ignored: [InapplicableArgument] = []

    public init() {}

    /// The argument that says something of single columns, if one is given.
    var givenColumnTexts: String? { !prompts.isEmpty ? "prompts" : (routerMapping.isEmpty ? nil : "router_mapping") }

    /// The name of the run: `runName`, or the last part of `outputDir`.
    public var effectiveRunName: String {
        if let runName, !runName.isEmpty { return runName }
        return outputDir.split(separator: "/").last.map(String.init).flatMap { [".", ".."].contains($0) ? nil : $0 } ?? "run"
    }
}

/// A learning rate for the parameters whose name contains a match of a regular expression.
public struct LearningRateRule: Equatable, Sendable {
    public let pattern: String
    public let learningRate: Double

    public init(pattern: String, learningRate: Double) {
        self.pattern = pattern
        self.learningRate = learningRate
    }
}

/// Where to take up an interrupted run.
public enum ResumePoint: Equatable, Sendable {
    /// Start afresh.
    case none
    /// At the newest complete checkpoint of the output folder, or afresh if there is none.
    case latest
    /// At this checkpoint folder.
    case folder(String)
}
