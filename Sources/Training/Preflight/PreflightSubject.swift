import JSON
import Losses

/// Everything that preflight looks at: a run, and one of its datasets.
public struct PreflightSubject {
    public var arguments: TrainingArguments
    /// Nil if it cannot be made, which training reports by itself.
    public var plan: TrainingPlan?
    /// The name of the dataset, if it has one.
    public var datasetName: String?
    public var train: LossBatchSource
    public var eval: LossBatchSource?
    /// The keys of all losses that an evaluation writes; nil if they follow from `eval`.
    public var evalLossKeys: [String]?
    public var model: ModelFacts
    public var lossName: String
    public var lossRequirements: LossRequirements?
    public var lossConfiguration: JSONObject
    /// Whether there is an evaluator.
    public var hasEvaluator = false
    /// The keys that the evaluator writes, without `eval_`; nil if only running it tells.
    public var evaluatorKeys: [String]?
    /// The keys that more than one of several evaluators writes.
    public var repeatedEvaluatorKeys: [String] = []
    /// Texts of the evaluator's data.
    public var evaluatorTexts: [String] = []
    /// The loss that another one stands around, else the loss itself.
    public var innerLossName: String
    public var innerLossConfiguration: JSONObject
    /// The share of the steps over which regularizer weights rise; nil without a schedule.
    public var regularizerWarmupRatio: Double?
    public var callbackNames: [String] = []
    /// Checkpoints that the output folder holds already.
    public var existingCheckpoints = 0
    /// Whether the data are cut for a smoke test, so that their size says nothing.
    public var isSmokeTest = false
    /// Whether the run takes up one of them.
    public var resumes = false

    /// Which dataset stands in `train`: `training`, or `eval` where the checks of labels look at that.
    var part = "training"

    /// The keys of the losses that an evaluation writes, with `eval_`.
    var lossKeys: [String] { evalLossKeys ?? (eval == nil ? [] : ["eval_loss"]) }

    public init(arguments: TrainingArguments, plan: TrainingPlan? = nil, train: LossBatchSource, eval: LossBatchSource? = nil,
                model: ModelFacts, lossName: String, lossRequirements: LossRequirements? = nil, lossConfiguration: JSONObject = [:]) {
        self.arguments = arguments
        self.plan = plan
        self.train = train
        self.eval = eval
        self.model = model
        self.lossName = lossName
        self.lossRequirements = lossRequirements
        self.lossConfiguration = lossConfiguration
        innerLossName = lossName
        innerLossConfiguration = lossConfiguration
    }
}
