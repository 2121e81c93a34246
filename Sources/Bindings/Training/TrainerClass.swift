import Datasets
import Encoders
import Evaluators
import CrossEncoderLosses
import Losses
import LuaHost
import Training

/// Everything of `sentx` that trains.
func registerTraining(_ sentx: LuaModule) throws {
    try sentx.class(trainingArgumentsClass)
    try sentx.class(trainerStateClass)
    try sentx.class(trainerControlClass)
    try sentx.class(earlyStoppingClass)
    try sentx.class(trainerClass)
    try OptimizerBindings.register(sentx)
}

private let trainerClass = LuaClass<Trainer>(
    "CrossEncoderTrainer",
    doc: "Trains a cross-encoder: checks the run, measures the model before, trains, keeps checkpoints and logs, and ends with a verdict."
) { c in
    c.constructor(doc: Doc(
        "A trainer.",
        options: [
            .init("model", "CrossEncoder", "what is trained"),
            .init("args", "CrossEncoderTrainingArguments or table", optional: true, "settings of the run"),
            .init("train_dataset", "Dataset", "its input columns by order, and its label column"),
            .init("eval_dataset", "Dataset", optional: true, "data for eval_loss"),
            .init("loss", "Loss, table or function", optional: true, "a loss over the model; a table with forward or a function is one written in Lua; by default binary cross entropy, or cross entropy for several outputs"),
            .init("evaluator", "Evaluator, table or function", optional: true, "measures the model before, during and after training; a list runs several"),
            .init("callbacks", "table", optional: true, "callbacks: objects, or tables with functions such as on_step_end(self, args, state, control, info)"),
        ],
        example: """
            local trainer = sentx.CrossEncoderTrainer {
              model = model, args = args, train_dataset = dataset, loss = sentx.losses.BinaryCrossEntropyLoss(model), evaluator = evaluator,
            }
            """), makeTrainer)
    c.method("train", doc: Doc(
        "Trains to the end, or until Ctrl-C pauses at the boundary of a step; resume() goes on from there.",
        options: [.init("resume_from_checkpoint", "boolean or string", optional: true, "true goes on from the newest checkpoint of output_dir, a string from that folder")],
        returns: "table with global_step, training_loss, train_runtime, metrics, verdict, score, baseline, delta, best_model_checkpoint",
        example: "local result = trainer:train()")) { trainer, call in
        try call.requireAtMost(1)
        let options = try call.options(1)
        let point = try ResumePoint(lua: options.slot("resume_from_checkpoint"))
        try options.finish()
        return try record(pausable(trainer) { try trainer.train(resume: point) }, call)
    }
    c.method("resume", doc: Doc("Goes on with a paused training.", returns: "what train() returns")) { trainer, call in
        try call.requireAtMost(0)
        return try record(pausable(trainer) { try trainer.resume() }, call)
    }
    c.method("step", doc: Doc("Does one optimizer step and what is due after it; begins the run if need be.", returns: stepDoc)) { trainer, call in
        try call.requireAtMost(0)
        return try trainer.step().map { try record($0, call) } ?? .nil
    }
    c.method("steps", doc: Doc(
        "Steps to loop over: for step in trainer:steps() do ... end. After the last one the run is ended as train() does it.",
        returns: "iterator; each turn gives \(stepDoc)",
        example: """
            for step in trainer:steps() do
              if step.loss > 5 then trainer.learning_rate = trainer.learning_rate / 2 end
            end
            """)) { trainer, call in
        try call.requireAtMost(0)
        return .function(try call.state.function("steps") { call in [try trainer.step().map { try record($0, call) } ?? .nil] })
    }
    c.method("evaluate", doc: Doc("Runs the loss over eval_dataset and the evaluator.", returns: "table of numbers by key, each beginning with eval_")) { trainer, call in
        try call.requireAtMost(0)
        return try call.record(try trainer.evaluate().map { ($0.key, .number($0.value)) })
    }
    c.method("preflight", doc: Doc(
        "Checks model, data, loss, evaluator and arguments against each other. train() does this by itself.",
        returns: "list of findings with code, severity (error, warning or note), fact and fix")) { trainer, call in
        try call.requireAtMost(0)
        return try call.list(try trainer.preflight().findings.map { finding in
            try call.record([("code", .string(finding.code)), ("severity", .string(finding.severity.rawValue)),
                             ("fact", .string(finding.fact)), ("fix", .string(finding.fix))])
        })
    }
    c.method("save_model", doc: Doc("Writes the model folder.", parameters: [.init("path", "string", default: "output_dir", "the folder")])) { trainer, call in
        try call.requireAtMost(1)
        try trainer.saveModel(to: call.optionalString(1))
        return .nil
    }
    c.property("state", doc: "What the run has done so far.") { trainer, _ in .object(LuaTrainerState(trainer.state)) }
    c.property("args", doc: "The arguments in force.") { trainer, _ in .object(LuaTrainingArguments(trainer.arguments)) }
    c.property("model", doc: "The model.") { trainer, _ in .object(trainer.model) }
    c.property("learning_rate", doc: """
        The learning rate of the next step. Setting it changes the schedule in proportion from there on.
        """) { trainer, _ in .number(trainer.learningRate) } set: { trainer, slot in
        let rate = try slot.number()
        guard rate.isFinite, rate >= 0 else { throw slot.invalid("must be 0 or more") }
        trainer.learningRate = rate
    }
    c.property("result", doc: "What train() returned; nil before the end.") { trainer, call in
        try trainer.result.map { try record($0, call) } ?? .nil
    }
    c.oneLine { "CrossEncoderTrainer(step \($0.state.globalStep))" }
    c.meta(.tostring) { trainer, _ in
        .string("CrossEncoderTrainer(\(trainer.arguments.effectiveRunName), \(trainer.loss.name), step \(trainer.state.globalStep))")
    }
}

private let stepDoc = "a table with step, epoch, loss, learning_rate, grad_norm; nil after the last step"

private func makeTrainer(_ call: LuaCall) throws -> Trainer {
    let options = try call.options(1)
    let model = try options.object("model", (any EncoderModel).self)
    let args = options.slot("args")
    let arguments = try args.objectIfPresent(LuaTrainingArguments.self)?.arguments ?? trainingArguments(args.options())
    let train = try options.object("train_dataset", Dataset.self)
    let eval = try options.optionalObject("eval_dataset", Dataset.self)
    let loss = try loss(options.slot("loss"), for: model, call.state)
    let evaluator = try evaluator(options.slot("evaluator"), call.state)
    let callbacks = options.slot("callbacks")
    let list = callbacks.isNil ? [] : try callbacks.list()
    try options.finish()
    return try Trainer(model: model, arguments: arguments, trainDataset: train, evalDataset: eval, loss: loss, evaluator: evaluator,
                       callbacks: try list.map { try $0.callback(in: call.state) })
}

/// The loss that was given; without one, that which fits a model of one output or of several.
private func loss(_ slot: LuaSlot, for model: any EncoderModel, _ state: LuaState) throws -> any Loss {
    if slot.isNil, let model = model as? CrossEncoder {
        return model.numLabels == 1 ? try BinaryCrossEntropyLoss(model: model) : try CrossEntropyLoss(model: model)
    }
    return try slot.loss(in: state)
}

/// One evaluator, or several from a list.
private func evaluator(_ slot: LuaSlot, _ state: LuaState) throws -> (any Evaluator)? {
    if slot.isNil { return nil }
    if case .table(let table) = slot.value, table.count > 0 {
        return try SequentialEvaluator(slot.list().map { try $0.evaluator(in: state) })
    }
    return try slot.evaluator(in: state)
}

/// Runs training so that Ctrl-C pauses it at the next boundary of a step and then ends the call.
private func pausable(_ trainer: Trainer, _ run: () throws -> TrainingResult) throws -> TrainingResult {
    trainer.shouldPause = { Interrupt.isRequested && Interrupt.take() }
    defer { trainer.shouldPause = { false } }
    let result = try run()
    // A script must not take a paused model for a trained one.
    if result.isPaused { throw Interrupted() }
    return result
}

private func record(_ step: StepResult, _ call: LuaCall) throws -> LuaValue {
    try call.record([("step", .integer(step.step)), ("epoch", .number(step.epoch)), ("loss", .number(step.loss)),
                     ("learning_rate", .number(step.learningRate)), ("grad_norm", .number(step.gradientNorm))])
}

private func record(_ result: TrainingResult, _ call: LuaCall) throws -> LuaValue {
    try call.record([
        ("global_step", .integer(result.globalStep)), ("training_loss", .number(result.trainingLoss)), ("train_runtime", .number(result.seconds)),
        ("verdict", .optional(result.verdict?.outcome.rawValue)), ("score", .optional(result.verdict?.score)),
        ("baseline", .optional(result.verdict?.baseline)), ("delta", .optional(result.verdict?.delta)),
        ("metrics", try call.record(result.metrics.map { ($0.key, .number($0.value)) })),
        ("best_model_checkpoint", .optional(result.bestModelCheckpoint)),
    ])
}
