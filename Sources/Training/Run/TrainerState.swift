import Evaluators
import JSON

/// What a run has done so far; `trainer_state.json` of a checkpoint, in the field's format.
public struct TrainerState: Equatable, Sendable {
    /// Epochs done; the fraction is the part of the current one.
    public var epoch = 0.0
    /// Optimizer steps done.
    public var globalStep = 0
    /// Optimizer steps of the run.
    public var maxSteps = 0
    public var loggingSteps = 0
    public var evalSteps = 0
    public var saveSteps = 0
    public var trainBatchSize = 0
    public var numTrainEpochs = 0
    /// Everything logged, oldest first; each entry has `epoch` and `step`.
    public var logHistory: [JSONObject] = []
    /// The best value of the metric that decides between checkpoints.
    public var bestMetric: Double?
    /// The step at which it was measured.
    public var bestGlobalStep: Int?
    /// The folder saved at that step, if it was.
    public var bestModelCheckpoint: String?

    public init() {}

    /// The entries of ``logHistory`` that hold `key`, as steps and values.
    public func history(of key: String) -> [(step: Int, value: Double)] {
        logHistory.compactMap { entry in
            guard let value = entry[key]?.asNumber, let step = entry["step"]?.asInteger else { return nil }
            return (step, value)
        }
    }
}

extension TrainerState: SavedState {
    static let fields: [SavedField<TrainerState>] = [
        .optional("best_global_step", \.bestGlobalStep, wanted: "a step of the run", write: { .integer(Int64($0)) },
                  read: { $0.asInteger.flatMap { (0...TrainingPlan.mostSteps).contains($0) ? $0 : nil } }),
        .optional("best_metric", \.bestMetric, wanted: "a number", write: { .number($0) }, read: \.asNumber),
        .optional("best_model_checkpoint", \.bestModelCheckpoint, wanted: "a path", write: { .string($0) }, read: \.asString),
        .number("epoch", \.epoch, 0...Double(TrainingPlan.mostSteps)),
        .count("eval_steps", \.evalSteps, isRequired: false),
        .count("global_step", \.globalStep),
        .constant("is_hyper_param_search", .bool(false)),
        .constant("is_local_process_zero", .bool(true)),
        .constant("is_world_process_zero", .bool(true)),
        .list("log_history", \.logHistory, wanted: "a list of objects", write: { .object($0) }, read: \.asObject),
        .count("logging_steps", \.loggingSteps, isRequired: false),
        .count("max_steps", \.maxSteps),
        .constant("num_input_tokens_seen", .integer(0)),
        .count("num_train_epochs", \.numTrainEpochs, isRequired: false),
        .count("save_steps", \.saveSteps, isRequired: false),
        .constant("stateful_callbacks", .object([:])),
        .constant("total_flos", .number(0)),
        .count("train_batch_size", \.trainBatchSize, isRequired: false),
        .constant("trial_name", .null),
        .constant("trial_params", .null),
    ]

    /// The members of `trainer_state.json`.
    public var json: JSONObject { members }

    /// Reads `trainer_state.json`.
    /// - Throws: ``TrainingError`` naming the member that is missing or not what is wanted.
    public init(json: JSONValue, file: String) throws { try self.init(members: json, file: file) }
}
