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

extension TrainerState {
    /// The members of `trainer_state.json`.
    public var json: JSONObject {
        [
            "best_global_step": bestGlobalStep.map { .integer(Int64($0)) } ?? .null,
            "best_metric": bestMetric.map { .number($0) } ?? .null,
            "best_model_checkpoint": bestModelCheckpoint.map { .string($0) } ?? .null,
            "epoch": .number(epoch),
            "eval_steps": .integer(Int64(evalSteps)),
            "global_step": .integer(Int64(globalStep)),
            "is_hyper_param_search": .bool(false),
            "is_local_process_zero": .bool(true),
            "is_world_process_zero": .bool(true),
            "log_history": .array(logHistory.map { .object($0) }),
            "logging_steps": .integer(Int64(loggingSteps)),
            "max_steps": .integer(Int64(maxSteps)),
            "num_input_tokens_seen": .integer(0),
            "num_train_epochs": .integer(Int64(numTrainEpochs)),
            "save_steps": .integer(Int64(saveSteps)),
            "stateful_callbacks": .object([:]),
            "total_flos": .number(0),
            "train_batch_size": .integer(Int64(trainBatchSize)),
            "trial_name": .null,
            "trial_params": .null,
        ]
    }

    /// Reads `trainer_state.json`.
    /// - Throws: ``TrainingError`` naming the member that is missing or of the wrong type.
    public init(json: JSONValue, file: String) throws {
        func required<Value>(_ key: String, _ read: (JSONValue) -> Value?) throws -> Value {
            guard let value = json[key].flatMap(read) else { throw TrainingError("\(file): '\(key)' is missing or not of the right type") }
            return value
        }
        epoch = try required("epoch") { $0.asNumber }
        globalStep = try required("global_step") { $0.asInteger }
        maxSteps = try required("max_steps") { $0.asInteger }
        logHistory = try required("log_history") { $0.asArray?.compactMap(\.asObject) }
        loggingSteps = json["logging_steps"]?.asInteger ?? 0
        evalSteps = json["eval_steps"]?.asInteger ?? 0
        saveSteps = json["save_steps"]?.asInteger ?? 0
        trainBatchSize = json["train_batch_size"]?.asInteger ?? 0
        numTrainEpochs = json["num_train_epochs"]?.asInteger ?? 0
        bestMetric = json["best_metric"]?.asNumber
        bestGlobalStep = json["best_global_step"]?.asInteger
        bestModelCheckpoint = json["best_model_checkpoint"]?.asString
    }
}
