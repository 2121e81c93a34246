import JSON
import Losses

/// Everything that preflight looks at.
public struct PreflightSubject {
    public var arguments: TrainingArguments
    /// Nil if it cannot be made, which training reports by itself.
    public var plan: TrainingPlan?
    public var train: LossBatchSource
    public var eval: LossBatchSource?
    public var model: ModelFacts
    public var lossName: String
    public var lossRequirements: LossRequirements?
    public var lossConfiguration: JSONObject
    /// Whether there is an evaluator.
    public var hasEvaluator = false
    /// The keys that the evaluator writes, without `eval_`; nil if only running it tells.
    public var evaluatorKeys: [String]?
    /// Texts of the evaluator's data.
    public var evaluatorTexts: [String] = []
    public var callbackNames: [String] = []
    /// Checkpoints that the output folder holds already.
    public var existingCheckpoints = 0
    /// Whether the run takes up one of them.
    public var resumes = false

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
    }
}
