import Encoders
import LuaHost
import Tensors

let crossEncoderClass = LuaClass<CrossEncoder>(
    "CrossEncoder", doc: Doc("Reads two texts together and scores them: a reranker or a classifier of pairs.", example: """
        local model = sentx.CrossEncoder("sentence-transformers/all-MiniLM-L6-v2", { num_labels = 1, max_length = 128 })
        print(model:predict({ { "a query", "a document" }, { "a query", "another" } }))
        """), base: "Model"
) { c in
    c.constructor(doc: Doc(
        "Loads a cross-encoder, or a bare model, which gets a fresh classification head.",
        parameters: [.init("path", "string", "a model folder, or a name in the hub cache or below models/")],
        options: [
            .init("num_labels", "integer", optional: true, "outputs; by default the folder's, 1 for a fresh head"),
            .init("max_length", "integer", optional: true, "the most tokens of a pair; by default the model's"),
            .init("activation_fn", "string", optional: true,
                "\(activationNames), applied by predict; by default the folder's, else sigmoid for one label"),
            .init("prompts", "table", optional: true, "names and texts put before the first text"),
            .init("default_prompt_name", "string", optional: true, "the prompt that applies where a call names none"),
            .init("seed", "integer", optional: true, "of a fresh head; by default the shared generator goes on"),
        ], returns: "CrossEncoder")) { call in
        let path = try call.string(1)
        let given = try call.options(2)
        var options = CrossEncoderOptions()
        options.numLabels = try given.optionalDimension("num_labels")
        options.maxLength = try given.optionalPositiveInteger("max_length")
        options.activation = try given.activation()
        options.prompts = try given.prompts()
        options.seed = try given.optionalInteger("seed").map { UInt64(bitPattern: Int64($0)) }
        try given.finish()
        let model = try CrossEncoder(path: path, options: options)
        reportNotes(model.notes)
        return model
    }
    c.method("predict", doc: Doc(
        "Scores of pairs, without dropout and off the tape.",
        parameters: [.init("pairs", "table", "pairs { first, second }, or one such pair")],
        options: scoringOptions + [.init("apply_softmax", "boolean", default: "false", "whether several scores become probabilities")],
        returns: "Tensor [pairs], or [pairs, num_labels] for several labels; without the first dimension for one pair",
        example: "local scores = model:predict({ { \"query\", \"document\" } }, { batch_size = 64 })")) { model, call in
        let (pairs, isSingle) = try textPairs(call.slot(1))
        let given = try call.options(2)
        var options = try predictOptions(given)
        options.applySoftmax = try given.bool("apply_softmax", default: false)
        try given.finish()
        let scores = try model.predict(pairs, options: options)
        return .object(isSingle ? try scores.select(dim: 0, index: 0) : scores)
    }
    c.method("logits", doc: Doc(
        "The outputs before any activation, on the tape, with dropout while training: what a loss written in Lua starts from.",
        parameters: [.init("pairs", "table", "pairs { first, second }")], returns: "Tensor [pairs, num_labels]")) { model, call in
        try call.requireAtMost(1)
        return .object(try model.logits(textPairs(call.slot(1)).pairs))
    }
    c.method("rank", doc: Doc(
        "The documents in order of their score for a query, best first.",
        parameters: [.init("query", "string", "the first text of each pair"), .init("documents", "table of strings", "the second texts")],
        options: scoringOptions + [
            .init("top_k", "integer", optional: true, "documents to return, at least 1; all by default"),
            .init("return_documents", "boolean", default: "false", "whether to return their texts"),
        ],
        returns: "table of { corpus_id, score, text }; corpus_id counts from 1",
        example: "for _, hit in ipairs(model:rank(query, documents, { top_k = 3 })) do print(hit.corpus_id, hit.score) end")) { model, call in
        let query = try call.string(1), documents = try call.strings(2)
        let given = try call.options(3)
        var options = RankOptions(predict: try predictOptions(given))
        options.topK = try given.optionalPositiveInteger("top_k")
        options.returnDocuments = try given.bool("return_documents", default: false)
        try given.finish()
        return try call.list(model.rank(query: query, documents: documents, options: options).map { hit in
            var fields: [(String, LuaValue)] = [("corpus_id", .integer(hit.corpusId + 1)), ("score", .number(Double(hit.score)))]
            if let text = hit.text { fields.append(("text", .string(text))) }
            return try call.record(fields)
        })
    }
    c.property("num_labels", doc: "Outputs for a pair.") { model, _ in .integer(model.numLabels) }
    c.property("max_length", doc: "The most tokens of a pair, special tokens included.", { model, _ in .optional(model.maxLength) },
               set: { try $0.setMaxLength($1.integer()) })
    c.property("activation_fn", doc: Doc("What predict applies to the outputs: \(activationNames)."),
        { model, _ in .string(model.activation.luaName) },
               set: { $0.activation = try ScoreActivation(slot: $1) })
    c.property("tokenizer", doc: "The model's Tokenizer.") { model, _ in .object(model.tokenizer) }
    c.property("is_head_new", doc: "Whether the classification head was made fresh.") { model, _ in .boolean(model.isHeadNew) }
    c.oneLine { "CrossEncoder(\($0.folder), num_labels \($0.numLabels), max_length \($0.maxLength ?? 0))" }
}

private let activationNames = ScoreActivation.allCases.map { "\"\($0.luaName)\"" }.joined(separator: ", ")

/// Options that predict and rank share.
private let scoringOptions: [Doc.Parameter] = [
    .init("batch_size", "integer", default: "32", "pairs computed together"),
    .init("activation_fn", "string", optional: true, "in place of the model's own"),
    .init("prompt_name", "string", optional: true, "the name of one of the model's prompts"),
    .init("prompt", "string", optional: true, "a text put before each first text"),
] + computePrecisionOptions + [
    .init("show_progress_bar", "boolean", default: "false", "whether a terminal shows how far it is"),
]

private func predictOptions(_ given: LuaOptions) throws -> PredictOptions {
    let progress = ProgressCounter(isWanted: try given.bool("show_progress_bar", default: false))
    return PredictOptions(
        batchSize: try given.batchSize(), activation: try given.activation(), prompt: try given.optionalString("prompt"),
        promptName: try given.optionalString("prompt_name"), computePrecision: try given.computePrecision()) { try progress.report("Predicting", done: $0, of: $1) }
}

/// A list of pairs, or one pair.
private func textPairs(_ slot: LuaSlot) throws -> (pairs: [TextPair], isSingle: Bool) {
    let entries = try slot.list()
    if let first = entries.first, case .string = first.value { return ([try textPair(slot)], true) }
    return (try entries.map(textPair), false)
}

private func textPair(_ slot: LuaSlot) throws -> TextPair {
    let texts = try slot.list()
    guard texts.count == 2 else { throw slot.invalid("a pair of two texts is wanted, this has \(texts.count)") }
    return TextPair(try texts[0].string(), try texts[1].string())
}

extension LuaOptions {
    /// `activation_fn`, nil if it is not given.
    fileprivate func activation() throws -> ScoreActivation? {
        let slot = slot("activation_fn", nil)
        return slot.isNil ? nil : try ScoreActivation(slot: slot)
    }
}

extension ScoreActivation {
    /// The name of the function in Lua.
    fileprivate var luaName: String { rawValue.lowercased() }

    fileprivate init(slot: LuaSlot) throws {
        let name = try slot.string()
        if let known = ScoreActivation(path: name) {
            self = known
        } else {
            _ = try slot.choice(ScoreActivation.allCases.map(\.luaName))
            throw slot.mismatch("an activation function")
        }
    }
}
