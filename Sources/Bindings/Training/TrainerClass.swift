import LuaHost
import Training

/// Everything of `sentx` that trains.
func registerTraining(_ sentx: LuaModule) throws {
    try sentx.class(trainingArgumentsClass)
    try sentx.class(crossEncoderArgumentsClass)
    try sentx.class(sentenceTransformerArgumentsClass)
    try sentx.class(sparseEncoderArgumentsClass)
    try sentx.class(maskedLanguageModelArgumentsClass)
    try sentx.class(trainerStateClass)
    try sentx.class(trainerControlClass)
    try sentx.class(earlyStoppingClass)
    try sentx.class(spladeSchedulerClass)
    try sentx.class(trainerClass)
    try sentx.class(crossEncoderTrainerClass)
    try sentx.class(sentenceTransformerTrainerClass)
    try sentx.class(sparseEncoderTrainerClass)
    try sentx.class(maskedLanguageModelTrainerClass)
    try OptimizerBindings.register(sentx)
}

/// A trainer as Lua holds it. There is a class for each kind of model, whose constructors differ.
class LuaTrainer {
    let trainer: Trainer
    class var kind: TrainerKind { .crossEncoder }

    required init(_ trainer: Trainer) { self.trainer = trainer }

    var name: String { Self.kind.trainerName }
}

final class LuaCrossEncoderTrainer: LuaTrainer {}

final class LuaSentenceTransformerTrainer: LuaTrainer {
    override class var kind: TrainerKind { .sentenceTransformer }
}

final class LuaSparseEncoderTrainer: LuaTrainer {
    override class var kind: TrainerKind { .sparseEncoder }
}

final class LuaMaskedLanguageModelTrainer: LuaTrainer {
    override class var kind: TrainerKind { .maskedLanguageModel }
}

private let crossEncoderTrainerClass = makeTrainerClass(LuaCrossEncoderTrainer.self, LuaCrossEncoderArguments.self, example: """
    local trainer = sentx.CrossEncoderTrainer {
      model = model, args = args, train_dataset = dataset, loss = sentx.losses.BinaryCrossEntropyLoss(model), evaluator = evaluator,
    }
    """)

private let sentenceTransformerTrainerClass = makeTrainerClass(LuaSentenceTransformerTrainer.self, LuaSentenceTransformerArguments.self, example: """
    local trainer = sentx.SentenceTransformerTrainer {
      model = model, args = args, train_dataset = { nli = pairs_, sts = ratings },
      loss = { nli = sentx.losses.MultipleNegativesRankingLoss(model), sts = sentx.losses.CoSENTLoss(model) }, evaluator = evaluator,
    }
    """)

private let sparseEncoderTrainerClass = makeTrainerClass(LuaSparseEncoderTrainer.self, LuaSparseEncoderArguments.self, example: """
    local trainer = sentx.SparseEncoderTrainer { model = model, args = args, train_dataset = dataset, loss = loss, evaluator = evaluator }
    """)

private let maskedLanguageModelTrainerClass = makeTrainerClass(
    LuaMaskedLanguageModelTrainer.self, LuaMaskedLanguageModelArguments.self, example: """
    local trainer = sentx.MaskedLanguageModelTrainer { model = model, args = args, train_dataset = texts, eval_dataset = held_out }
    """)

private func makeTrainerClass<T: LuaTrainer>(_ type: T.Type, _ arguments: LuaTrainingArguments.Type, example: String) -> LuaClass<T> {
    let kind = type.kind
    return LuaClass<T>(kind.trainerName, doc: Doc("""
        Trains \(kind.summary): checks the run, measures the model before, trains, keeps checkpoints and logs, and ends with a verdict.
        """), base: "Trainer") { c in
        c.constructor(doc: Doc("A trainer.", options: trainerOptions(kind), example: example)) { call in
            T(try makeTrainer(call, kind, arguments))
        }
    }
}

private func trainerOptions(_ kind: TrainerKind) -> [Doc.Parameter] {
    [
        .init("model", kind.model, "what is trained"),
        .init("args", "\(kind.argumentsName) or table", optional: true, "settings of the run"),
        .init("train_dataset", "Dataset or table",
            "its input columns by order, and its label column; a table from names to datasets trains on several"),
        .init("eval_dataset", "Dataset or table", optional: true, "data for eval_loss; a table from names to datasets gives eval_NAME_loss for each"),
        .init("loss", "Loss, table or function", optional: true, """
            a loss over the model; a table with forward or a function is one written in Lua; a table from the names of datasets to losses \
            gives each its own; \(kind.defaultLossText)
            """),
        .init("evaluator", "Evaluator, table or function", optional: true,
            "measures the model before, during and after training; a list runs several"),
        .init("callbacks", "table", optional: true,
            "callbacks: objects, or tables with functions such as on_step_end(self, args, state, control, info)"),
    ]
}

private let trainerClass = LuaClass<LuaTrainer>("Trainer", doc: "What all trainers have in common.") { c in
    c.method("train", doc: Doc(
        "Trains to the end, or until Ctrl-C pauses at the boundary of a step; resume() goes on from there.",
        options: [.init("resume_from_checkpoint", "boolean or string", optional: true,
            "true goes on from the newest checkpoint of output_dir, a string from that folder")],
        returns: "table with global_step, training_loss, train_runtime, metrics, verdict, score, baseline, delta, best_model_checkpoint",
        example: "local result = trainer:train()")) { object, call in
        try call.requireAtMost(1)
        let options = try call.options(1)
        let point = try ResumePoint(lua: options.slot("resume_from_checkpoint"))
        try options.finish()
        return try record(pausable(object.trainer) { try $0.train(resume: point) }, call)
    }
    c.method("resume", doc: Doc("Goes on with a paused training.", returns: "what train() returns")) { object, call in
        try call.requireAtMost(0)
        return try record(pausable(object.trainer) { try $0.resume() }, call)
    }
    c.method("step", doc: Doc("Does one optimizer step and what is due after it; begins the run if need be.", returns: stepDoc)) { object, call in
        try call.requireAtMost(0)
        return try polling(object.trainer) { try $0.step() }.map { try record($0, call) } ?? .nil
    }
    c.method("steps", doc: Doc(
        "Steps to loop over: for step in trainer:steps() do ... end. After the last one the run is ended as train() does it.",
        returns: "iterator; each turn gives \(stepDoc)",
        example: """
            for step in trainer:steps() do
              if step.loss > 5 then trainer.learning_rate = trainer.learning_rate / 2 end
            end
            """)) { object, call in
        try call.requireAtMost(0)
        return .function(try call.state.function("steps") { call in
            [try polling(object.trainer) { try $0.step() }.map { try record($0, call) } ?? .nil]
        })
    }
    c.method("evaluate", doc: Doc("Runs the loss over eval_dataset and the evaluator.",
        returns: "table of numbers by key, each beginning with eval_")) { object, call in
        try call.requireAtMost(0)
        return try call.record(try polling(object.trainer) { try $0.evaluate() }.map { ($0.key, .number($0.value)) })
    }
    c.method("preflight", doc: Doc(
        "Checks model, data, loss, evaluator and arguments against each other. train() does this by itself.",
        returns: "list of findings with code, severity (error, warning or note), fact and fix")) { object, call in
        try call.requireAtMost(0)
        return try call.list(try object.trainer.preflight().findings.map { finding in
            try call.record([("code", .string(finding.code)), ("severity", .string(finding.severity.rawValue)),
                             ("fact", .string(finding.fact)), ("fix", .string(finding.fix))])
        })
    }
    c.method("save_model", doc: Doc("Writes the model folder.",
        parameters: [.init("path", "string", default: "output_dir", "the folder")])) { object, call in
        try call.requireAtMost(1)
        try object.trainer.saveModel(to: call.optionalString(1))
        return .nil
    }
    c.property("state", doc: "What the run has done so far.") { object, _ in .object(LuaTrainerState(object.trainer.state)) }
    c.property("args", doc: "The arguments in force.") { object, _ in .object(LuaTrainingArguments(object.trainer.arguments)) }
    c.property("model", doc: "The model.") { object, _ in .object(object.trainer.model) }
    c.property("learning_rate", doc: """
        The learning rate of the next step. Setting it changes the schedule in proportion from there on.
        """) { object, _ in .number(object.trainer.learningRate) } set: { object, slot in
        let rate = try slot.number()
        guard rate.isFinite, rate >= 0 else { throw slot.invalid("must be 0 or more") }
        object.trainer.learningRate = rate
    }
    c.property("result", doc: "What train() returned; nil before the end.") { object, call in
        try object.trainer.result.map { try record($0, call) } ?? .nil
    }
    c.oneLine { "\($0.name)(step \($0.trainer.state.globalStep))" }
    c.meta(.tostring) { object, _ in
        let trainer = object.trainer
        return .string("\(object.name)(\(trainer.arguments.effectiveRunName), \(trainer.lossNames), step \(trainer.state.globalStep))")
    }
}

private let stepDoc = "a table with step, epoch, loss, learning_rate, grad_norm; nil after the last step"

/// Runs training so that Ctrl-C pauses it at the next boundary of a step and then ends the call.
private func pausable(_ trainer: Trainer, _ run: (Trainer) throws -> TrainingResult) throws -> TrainingResult {
    let result = try polling(trainer, run)
    // A script must not take a paused model for a trained one.
    if result.isPaused { throw Interrupted() }
    return result
}

/// Runs something in which Ctrl-C ends an evaluation, and then the call.
private func polling<R>(_ trainer: Trainer, _ run: (Trainer) throws -> R) throws -> R {
    // An evaluation may be asked for by a callback, inside a call that goes on after it.
    let outer = trainer.shouldPause
    trainer.shouldPause = { Interrupt.isRequested && Interrupt.take() }
    defer { trainer.shouldPause = outer }
    do {
        return try run(trainer)
    } catch is EvaluationPaused {
        throw Interrupted()
    }
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
