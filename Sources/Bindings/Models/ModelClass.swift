import Encoders
import Glibc
import LuaHost
import Tensors

/// `sentx.Model` and the classes of models.
func registerModels(_ sentx: LuaModule) throws {
    try sentx.class(modelClass)
    try sentx.class(crossEncoderClass)
    try sentx.class(sentenceTransformerClass)
    try sentx.class(sparseMatrixClass)
    try sentx.class(sparseEncoderClass)
    try registerModules(sentx)
}

/// What every model has.
private let modelClass = LuaClass<any EncoderModel>("Model", doc: "What all models have in common.") { c in
    c.property("kind", doc: "The class name: \"CrossEncoder\", \"SentenceTransformer\" or \"SparseEncoder\".") { model, _ in .string(model.kind) }
    c.method("parameters", doc: Doc(
        "The model's trained tensors, in the order of its file. Set requires_grad to false on those to leave as they are.",
        returns: "table of Tensors", example: "local optimizer = sentx.optim.AdamW(model:parameters(), { lr = 2e-5 })")) { model, call in
        try call.list(model.parameters.map { .object($0.tensor) })
    }
    c.method("named_parameters", doc: Doc("The model's tensors under the names of its file.", returns: "table of { name, tensor }")) { model, call in
        try call.list(model.parameters.map { try call.record([("name", .string($0.name)), ("tensor", .object($0.tensor))]) })
    }
    c.method("train", doc: Doc("Switches dropout on (or off by false).",
        parameters: [.init("mode", "boolean", default: "true", "whether dropout is active")],
                               returns: "the model")) { model, call in
        model.isTraining = try call.bool(1, default: true)
        return .object(model)
    }
    c.method("eval", doc: Doc("Switches dropout off.", returns: "the model")) { model, _ in
        model.isTraining = false
        return .object(model)
    }
    c.property("training", doc: "Whether dropout is active.") { model, _ in .boolean(model.isTraining) }
    c.property("gradient_checkpointing", doc: "Whether layers are computed again in the backward pass instead of kept, to save memory.",
               { model, _ in .boolean(model.usesGradientCheckpointing) }, set: { $0.usesGradientCheckpointing = try $1.bool() })
    registerAdapterMethods(c)
    c.method("save_pretrained", doc: Doc(
        "Writes the model folder. An existing folder is replaced in one step, when the new one is complete; other files in it are kept. "
            + """
                Of a transformer with a LoRA adapter the folder holds the active adapter alone, as PEFT writes it, with the \
                name of the model that it belongs to.
                """,
        parameters: [.init("path", "string", "the folder")])) { model, call in
        let path = try call.string(1)
        try call.options(2).finish()
        try model.save(to: path)
        return .nil
    }
    c.method("push_to_hub", doc: Doc(
        "Uploads the model to the Hub. A failure is reported and never ends the run.",
        parameters: [.init("repo_id", "string", "organisation/name")], returns: "boolean, whether it was uploaded")) { _, call in
        let name = try call.string(1)
        try call.options(2).finish()
        fputs("""
            push_to_hub: \(name) was not uploaded: no hub token is configured. The model is kept on this machine; \
            save_pretrained writes it to a folder.\n
            """, stderr)
        return .boolean(false)
    }
}

/// Tells the user what is noteworthy about a freshly loaded model.
func reportNotes(_ notes: [String]) {
    for note in notes { fputs("note: \(note)\n", stderr) }
}

extension LuaOptions {
    /// `prompts`, a table of names and texts, and `default_prompt_name`.
    func prompts() throws -> Prompts {
        Prompts(try has("prompts") ? promptTexts(slot("prompts", nil)) : [], defaultName: try optionalString("default_prompt_name"))
    }

    /// A number of texts computed together.
    func batchSize() throws -> Int {
        try positiveInteger("batch_size", default: 32)
    }
}

/// A table of names and texts, by name: Lua's own order is arbitrary.
func promptTexts(_ slot: LuaSlot) throws -> [(name: String, text: String)] {
    try slot.table().pairs().map { key, value in
        guard let name = key.asString, let text = value.asString else { throw slot.mismatch("table of names and texts") }
        return (name, text)
    }.sorted { $0.name < $1.name }
}
