import Evaluators
import LuaHost
import TextFormat
import Training

/// A callback written in Lua: a table with any of `on_train_begin(self, args, state, control, info)` and its like.
final class LuaCallback: TrainerCallback {
    /// The table's field `name`, else `LuaCallback`.
    let name: String
    private let state: LuaState
    private let table: LuaTable
    private let handlers: [String: LuaFunction]

    /// - Throws: ``LuaError`` for a field that begins with `on_` and is no event, or is no function.
    init(_ table: LuaTable, state: LuaState) throws {
        self.state = state
        self.table = table
        var handlers: [String: LuaFunction] = [:]
        for (key, value) in try table.pairs() {
            guard let key = key.asString, key.hasPrefix("on_") else { continue }
            guard TrainerEvent.names.contains(key) else {
                let near = nearestName(to: key, in: TrainerEvent.names).map { " (did you mean '\($0)'?)" } ?? ""
                throw LuaError("callback: there is no event '\(key)'\(near)")
            }
            guard case .function(let function) = value else {
                throw LuaError("callback: '\(key)' must be a function, got \(try state.tostring(value))")
            }
            handlers[key] = function
        }
        // Methods may also stand in a metatable.
        for key in TrainerEvent.names where handlers[key] == nil {
            if case .function(let function) = try table.get(key) { handlers[key] = function }
        }
        if handlers.isEmpty { throw LuaError("callback: a table with functions such as on_step_end is wanted, this one has none") }
        self.handlers = handlers
        name = try table.get("name").asString ?? "LuaCallback"
    }

    func respond(to event: TrainerEvent, arguments: TrainingArguments, state: TrainerState, control: inout TrainerControl) throws {
        guard let handler = handlers[event.name] else { return }
        let box = LuaTrainerControl(control)
        try handler.call([.table(table), .object(LuaTrainingArguments(arguments)), .object(LuaTrainerState(state)), .object(box),
                          .table(try info(of: event))])
        control = box.control
    }

    /// What belongs to some events only: `metrics`, `logs`, `checkpoint`.
    private func info(of event: TrainerEvent) throws -> LuaTable {
        switch event {
        case .evaluate(let metrics): return try state.record([("metrics", try luaTable(metrics))])
        case .log(let values): return try state.record([("logs", try luaTable(values))])
        case .save(let folder): return try state.record([("checkpoint", .string(folder))])
        default: return try state.record([])
        }
    }

    private func luaTable(_ metrics: [Metric]) throws -> LuaValue {
        .table(try state.record(metrics.map { ($0.key, .number($0.value)) }))
    }
}

/// The state at one moment, as Lua sees it.
final class LuaTrainerState {
    let state: TrainerState

    init(_ state: TrainerState) { self.state = state }
}

let trainerStateClass = LuaClass<LuaTrainerState>("TrainerState", doc: "What a run has done, as it was at one moment.") { c in
    c.property("epoch", doc: "Epochs done, with the fraction of the current one.") { object, _ in .number(object.state.epoch) }
    c.property("global_step", doc: "Optimizer steps done.") { object, _ in .integer(object.state.globalStep) }
    c.property("max_steps", doc: "Optimizer steps of the run.") { object, _ in .integer(object.state.maxSteps) }
    c.property("num_train_epochs", doc: "Epochs of the run, the last perhaps in part.") { object, _ in .integer(object.state.numTrainEpochs) }
    c.property("best_metric", doc: "Best value of metric_for_best_model so far; nil before the first.") { object, _ in
        .optional(object.state.bestMetric)
    }
    c.property("best_global_step", doc: "The step it was measured at.") { object, _ in .optional(object.state.bestGlobalStep) }
    c.property("best_model_checkpoint", doc: "The checkpoint of that step, if there is one.") { object, _ in
        .optional(object.state.bestModelCheckpoint)
    }
    c.property("log_history", doc: "Everything logged, oldest first; each entry has step and epoch.") { object, call in
        try call.list(try object.state.logHistory.map { entry in
            try call.record(entry.map { ($0.key, $0.value.asInteger.map { .integer($0) } ?? .optional($0.value.asNumber)) })
        })
    }
    c.meta(.tostring) { object, _ in
        .string("TrainerState(step \(object.state.globalStep) of \(object.state.maxSteps), epoch \(object.state.epoch))")
    }
    c.oneLine { "TrainerState(step \($0.state.globalStep) of \($0.state.maxSteps))" }
}

/// The switches of a run, which a callback sets.
final class LuaTrainerControl {
    var control: TrainerControl

    init(_ control: TrainerControl) { self.control = control }
}

let trainerControlClass = LuaClass<LuaTrainerControl>("TrainerControl", doc: "What the trainer is about to do; callbacks set these.") { c in
    let switches: [(String, WritableKeyPath<TrainerControl, Bool>, String)] = [
        ("should_training_stop", \.shouldTrainingStop, "Ends training after this step."),
        ("should_epoch_stop", \.shouldEpochStop, "Ends the epoch after this step."),
        ("should_save", \.shouldSave, "Writes a checkpoint after this step."),
        ("should_evaluate", \.shouldEvaluate, "Evaluates after this step."),
        ("should_log", \.shouldLog, "Logs after this step."),
    ]
    for (name, path, doc) in switches {
        c.property(name, doc: Doc(doc)) { object, _ in .boolean(object.control[keyPath: path]) } set: { object, slot in
            object.control[keyPath: path] = try slot.bool()
        }
    }
}

let earlyStoppingClass = LuaClass<EarlyStoppingCallback>(
    "EarlyStoppingCallback",
    doc: "Stops training once metric_for_best_model has not improved for a number of evaluations."
) { c in
    c.constructor(doc: Doc(
        "Early stopping.",
        options: [.init("early_stopping_patience", "integer", default: "1", "evaluations in a row without improvement after which training stops"),
                  .init("early_stopping_threshold", "number", default: "0", "an improvement must be greater than this")],
        example: "local callback = sentx.EarlyStoppingCallback { early_stopping_patience = 3 }")) { call in
        let options = try call.options(1)
        let patience = try options.integer("early_stopping_patience", default: 1)
        let threshold = try options.number("early_stopping_threshold", default: 0)
        try options.finish()
        do {
            return try EarlyStoppingCallback(patience: patience, threshold: threshold)
        } catch {
            throw call.error("\(error)")
        }
    }
    c.property("early_stopping_patience", doc: "Evaluations in a row without improvement after which training stops.") { callback, _ in
        .integer(callback.patience)
    }
    c.property("early_stopping_threshold", doc: "An improvement must be greater than this.") { callback, _ in .number(callback.threshold) }
    c.oneLine { "EarlyStoppingCallback(patience \($0.patience))" }
}

extension LuaSlot {
    /// A callback: an object, or a table with event functions.
    func callback(in state: LuaState) throws -> any TrainerCallback {
        if case .table(let table) = value, uncalled == nil { return try LuaCallback(table, state: state) }
        return try object((any TrainerCallback).self)
    }
}
