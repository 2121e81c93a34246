import Encoders
import LuaHost
import Retrieval
import Tensors

/// `encode`, `encode_query` and `encode_document`.
func addEncoding(to c: LuaClass<SentenceTransformer>) {
    for (name, summary, complete) in encodings {
        let hasTask = name == "encode"
        c.method(name, doc: Doc(
            summary, parameters: [.init("texts", "table of strings or string", "one text gives one vector")],
            options: encodeOptions + (hasTask
                ? [.init("task", "string", optional: true, "the route through a Router, such as \"query\" or \"document\"")] : []),
            returns: """
                Tensor [texts, dimension], or [dimension] for one text; QuantizedEmbeddings for another precision; for \
                token_embeddings a table of Tensors [tokens, width], or one of them
                """,
            example: """
                local embeddings = model:\(name)({ \"first\", \"second\" }, { batch_size = 64, normalize_embeddings = true })
                """)) { model, call in
            let slot = call.slot(1)
            var texts: [String] = []
            var isSingle = false
            if case .string(let text) = slot.value { (texts, isSingle) = ([text], true) } else { texts = try slot.strings() }
            let given = try call.options(2)
            let wantsTokens = try given.choice("output_value", ["sentence_embedding", "token_embeddings"],
                default: "sentence_embedding") == "token_embeddings"
            let precision = EmbeddingPrecision(rawValue: try given.choice("precision", EmbeddingPrecision.allCases.map(\.rawValue),
                default: "float32"))
            let options = complete(model, try readOptions(given, hasTask: hasTask))
            if wantsTokens {
                let tokens = try model.encodeTokens(texts, options: options)
                return isSingle ? .object(tokens[0]) : try call.list(tokens.map { .object($0) })
            }
            let embeddings = try model.encode(texts, options: options)
            if let precision, precision != .float32 {
                let quantized = try QuantizedEmbeddings(embeddings, precision: precision)
                reportNotes(quantized.notes)
                return .object(quantized)
            }
            return .object(isSingle ? try embeddings.select(dim: 0, index: 0) : embeddings)
        }
    }
}

/// The three ways to encode, and what each adds to the options.
private let encodings: [(name: String, summary: String, complete: (SentenceTransformer, EncodeOptions) -> EncodeOptions)] = [
    ("encode", "Embeddings of texts, without dropout and off the tape.", { $1 }),
    ("encode_query", "As encode, with the model's prompt and route for queries.", { $0.queryOptions($1) }),
    ("encode_document", "As encode, with the model's prompt and route for documents.", { $0.documentOptions($1) }),
]

private let encodeOptions: [Doc.Parameter] = [
    .init("batch_size", "integer", default: "32", "texts computed together"),
    .init("normalize_embeddings", "boolean", default: "false", "whether vectors are scaled to length 1"),
    .init("prompt_name", "string", optional: true, "the name of one of the model's prompts"),
    .init("prompt", "string", optional: true, "a text put before each text; it wins over prompt_name"),
    .init("truncate_dim", "integer", optional: true, "leading elements to keep; by default the model's setting"),
    .init("output_value", "string", default: "\"sentence_embedding\"", "or \"token_embeddings\", one tensor for each text"),
    .init("precision", "string", default: "\"float32\"",
        "or \"int8\", \"uint8\", \"binary\", \"ubinary\", as sentx.util.quantize_embeddings makes them"),
] + computePrecisionOptions + [
    .init("convert_to_tensor", "boolean", optional: true, "results are tensors whatever it says"),
    .init("convert_to_numpy", "boolean", optional: true, "likewise"),
    .init("show_progress_bar", "boolean", default: "false", "whether a terminal shows how far it is"),
]

private func readOptions(_ given: LuaOptions, hasTask: Bool) throws -> EncodeOptions {
    let progress = ProgressCounter(isWanted: try given.bool("show_progress_bar", default: false))
    _ = try given.optionalBool("convert_to_tensor")
    _ = try given.optionalBool("convert_to_numpy")
    let options = EncodeOptions(
        batchSize: try given.batchSize(), normalizeEmbeddings: try given.bool("normalize_embeddings", default: false),
        prompt: try given.optionalString("prompt"), promptName: try given.optionalString("prompt_name"),
        truncateDim: try given.optionalPositiveInteger("truncate_dim"), task: hasTask ? try given.optionalString("task") : nil,
        computePrecision: try given.computePrecision()) {
        try progress.report("Encoding", done: $0, of: $1)
    }
    try given.finish()
    return options
}
