import Encoders
import LuaHost
import Tensors

let sentenceTransformerClass = LuaClass<SentenceTransformer>(
    "SentenceTransformer", doc: Doc("Turns texts into vectors whose similarity is that of their meaning.", example: """
        local model = sentx.SentenceTransformer("sentence-transformers/all-MiniLM-L6-v2")
        local embeddings = model:encode({ "a cat sleeps", "a dog runs" })
        print(model:similarity(embeddings, embeddings))
        """), base: "Model"
) { c in
    c.constructor(doc: Doc(
        "Loads a sentence-embedding model, or a bare model, whose token embeddings are averaged.",
        parameters: [.init("path", "string", "a model folder, or a name in the hub cache or below models/")],
        options: [
            .init("max_seq_length", "integer", optional: true, "the most tokens of a text; by default the folder's"),
            .init("similarity_fn_name", "string", optional: true, "\(similarityNames); by default the folder's, else \"cosine\""),
            .init("truncate_dim", "integer", optional: true, "leading elements of an embedding to keep"),
            .init("prompts", "table", optional: true, "names and texts put before inputs"),
            .init("default_prompt_name", "string", optional: true, "the prompt that applies where a call names none"),
        ], returns: "SentenceTransformer")) { call in
        let path = try call.string(1)
        let given = try call.options(2)
        var options = SentenceTransformerOptions()
        options.maxSequenceLength = try given.optionalInteger("max_seq_length")
        options.similarity = try given.optionalChoice("similarity_fn_name", SimilarityFunction.allCases.map(\.rawValue))
            .flatMap { SimilarityFunction(rawValue: $0) }
        options.truncateDim = try given.optionalInteger("truncate_dim")
        options.prompts = try given.prompts()
        try given.finish()
        let model = try SentenceTransformer(path: path, options: options)
        reportNotes(model.notes)
        return model
    }
    for (name, summary, encode) in encodings {
        c.method(name, doc: Doc(
            summary, parameters: [.init("texts", "table of strings or string", "one text gives one vector")], options: encodeOptions,
            returns: "Tensor [texts, dimension], or [dimension] for one text",
            example: "local embeddings = model:\(name)({ \"first\", \"second\" }, { batch_size = 64, normalize_embeddings = true })")) { model, call in
            let slot = call.slot(1)
            var texts: [String] = []
            var isSingle = false
            if case .string(let text) = slot.value { (texts, isSingle) = ([text], true) } else { texts = try slot.strings() }
            let embeddings = try encode(model, texts, readOptions(call.options(2)))
            return .object(isSingle ? try embeddings.select(dim: 0, index: 0) : embeddings)
        }
    }
    c.method("embeddings", doc: Doc(
        "Embeddings on the tape, with dropout while training: what a loss written in Lua starts from.",
        parameters: [.init("texts", "table of strings", "the texts")],
        options: [.init("prompt", "string", optional: true, "put before each text"),
                  .init("task", "string", optional: true, "the route through a model with several, \"query\" or \"document\"")],
        returns: "Tensor [texts, dimension]")) { model, call in
        let options = try call.options(2)
        let input = TextInput(try call.strings(1), prompt: try options.optionalString("prompt"), task: try options.optionalString("task"))
        try options.finish()
        return .object(try model.embeddings(input))
    }
    c.method("similarity", doc: Doc(
        "Compares every row of one tensor with every row of another by the model's similarity function.",
        parameters: [.init("a", "Tensor", "embeddings [rows, dimension], or one vector"), .init("b", "Tensor", "likewise")],
        returns: "Tensor [rows of a, rows of b]")) { model, call in
        .object(try model.similarity(call.object(1, Tensor.self), call.object(2, Tensor.self)))
    }
    c.method("get_sentence_embedding_dimension", doc: Doc("The length of an embedding.", returns: "integer")) { model, _ in .integer(model.embeddingDimension) }
    c.method("get_embedding_dimension", doc: Doc("The length of an embedding.", returns: "integer")) { model, _ in .integer(model.embeddingDimension) }
    c.property("max_seq_length", doc: "The most tokens of a text, special tokens included.", { model, _ in .optional(model.maxSequenceLength) },
               set: { $0.maxSequenceLength = try $1.integer() })
    c.property("similarity_fn_name", doc: Doc("How embeddings are compared: \(similarityNames)."), { model, _ in .string(model.similarityFunction.rawValue) },
               set: { $0.similarityFunction = SimilarityFunction(rawValue: try $1.choice(SimilarityFunction.allCases.map(\.rawValue)))! })
    c.property("tokenizer", doc: "The model's Tokenizer.") { model, _ in .object(model.tokenizer) }
    c.oneLine { "SentenceTransformer(\($0.folder), dimension \($0.embeddingDimension), max_seq_length \($0.maxSequenceLength.map(String.init) ?? "none"))" }
}

private let similarityNames = SimilarityFunction.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")

/// The three ways to encode.
private let encodings: [(name: String, summary: String, encode: (SentenceTransformer, [String], EncodeOptions) throws -> Tensor)] = [
    ("encode", "Embeddings of texts, without dropout and off the tape.", { try $0.encode($1, options: $2) }),
    ("encode_query", "As encode, with the model's prompt for queries.", { try $0.encodeQuery($1, options: $2) }),
    ("encode_document", "As encode, with the model's prompt for documents.", { try $0.encodeDocument($1, options: $2) }),
]

private let encodeOptions: [Doc.Parameter] = [
    .init("batch_size", "integer", default: "32", "texts computed together"),
    .init("normalize_embeddings", "boolean", default: "false", "whether vectors are scaled to length 1"),
    .init("prompt_name", "string", optional: true, "the name of one of the model's prompts"),
    .init("prompt", "string", optional: true, "a text put before each text"),
    .init("truncate_dim", "integer", optional: true, "leading elements to keep; by default the model's setting"),
    .init("show_progress_bar", "boolean", default: "false", "whether a terminal shows how far it is"),
]

private func readOptions(_ given: LuaOptions) throws -> EncodeOptions {
    let progress = ProgressCounter(isWanted: try given.bool("show_progress_bar", default: false))
    let options = EncodeOptions(
        batchSize: try given.batchSize(), normalizeEmbeddings: try given.bool("normalize_embeddings", default: false),
        prompt: try given.optionalString("prompt"), promptName: try given.optionalString("prompt_name"),
        truncateDim: try given.optionalInteger("truncate_dim")) { try progress.report("Encoding", done: $0, of: $1) }
    try given.finish()
    return options
}
