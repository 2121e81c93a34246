import LuaHost
import Training

/// Training arguments as a Lua object. There is a class for each kind of model; what is read back from a trainer has none.
class LuaTrainingArguments {
    let arguments: TrainingArguments
    class var kind: TrainerKind? { nil }

    required init(_ arguments: TrainingArguments) { self.arguments = arguments }

    var name: String { Self.kind?.argumentsName ?? "TrainingArguments" }
}

final class LuaCrossEncoderArguments: LuaTrainingArguments {
    override class var kind: TrainerKind? { .crossEncoder }
}

final class LuaSentenceTransformerArguments: LuaTrainingArguments {
    override class var kind: TrainerKind? { .sentenceTransformer }
}

final class LuaSparseEncoderArguments: LuaTrainingArguments {
    override class var kind: TrainerKind? { .sparseEncoder }
}

final class LuaMaskedLanguageModelArguments: LuaTrainingArguments {
    override class var kind: TrainerKind? { .maskedLanguageModel }
}

let crossEncoderArgumentsClass = makeArgumentsClass(LuaCrossEncoderArguments.self, .crossEncoder)
let sentenceTransformerArgumentsClass = makeArgumentsClass(LuaSentenceTransformerArguments.self, .sentenceTransformer)
let sparseEncoderArgumentsClass = makeArgumentsClass(LuaSparseEncoderArguments.self, .sparseEncoder)
let maskedLanguageModelArgumentsClass = makeArgumentsClass(LuaMaskedLanguageModelArguments.self, .maskedLanguageModel)

private func makeArgumentsClass<T: LuaTrainingArguments>(_ type: T.Type, _ kind: TrainerKind) -> LuaClass<T> {
    LuaClass<T>(kind.argumentsName, doc: "The settings of a training run. They are fixed once made; each can be read as a field.",
                base: "TrainingArguments") { c in
        c.constructor(doc: Doc(
            "Settings of a run; those left out keep their defaults.",
            options: TrainingArgumentField.all.map(\.parameter),
            example: """
                local args = sentx.\(kind.argumentsName) {
                  output_dir = "models/demo", num_train_epochs = 1, per_device_train_batch_size = 32, learning_rate = 2e-5,
                  warmup_steps = 0.1, eval_strategy = "steps", eval_steps = 0.1, save_steps = 0.1, load_best_model_at_end = true,
                }
                """)) { call in
            try call.requireAtMost(1)
            return T(try readTrainingArguments(try call.options(1), kind.argumentsName))
        }
    }
}

let trainingArgumentsClass = LuaClass<LuaTrainingArguments>("TrainingArguments", doc: "The settings of a training run of any model.") { c in
    for field in TrainingArgumentField.all {
        c.property(field.name, doc: Doc(field.summary)) { try field.value($0.arguments, $1.state) }
    }
    c.meta(.tostring) { object, call in
        let standard = TrainingArguments()
        let changed = try TrainingArgumentField.all.compactMap { field -> String? in
            let (value, usual) = (try field.value(object.arguments, call.state), try field.value(standard, call.state))
            let text = try call.state.tostring(value)
            if case .table = value { return nil }
            if value == usual || field.name == "warmup_ratio" { return nil }
            return "\(field.name) = " + (value.asString == nil ? text : "\"\(text)\"")
        }
        return .string("\(object.name) { \(changed.joined(separator: ", ")) }")
    }
    c.oneLine { "\($0.name)(\($0.arguments.effectiveRunName))" }
}

/// Reads and checks arguments from a table of options.
func readTrainingArguments(_ options: LuaOptions, _ name: String) throws -> TrainingArguments {
    var arguments = TrainingArguments()
    for field in TrainingArgumentField.all { try field.read(options, &arguments) }
    for argument in InapplicableArgument.accepted where options.has(argument.name) { arguments.ignored.append(argument) }
    try options.finish()
    do {
        try arguments.validate()
    } catch {
        throw LuaError("\(name): \(error)")
    }
    return arguments
}
