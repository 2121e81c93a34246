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
        "Loads a sentence-embedding model, or a bare model, whose token embeddings are averaged; or puts one together of modules.",
        parameters: [.init("path", "string", "a model folder, or a name in the hub cache or below models/; left out for one of modules")],
        options: [
            .init("modules", "table of Modules", optional: true, "the modules in their order, in place of a path"),
            .init("max_seq_length", "integer", optional: true, "the most tokens of a text; by default the folder's"),
            .init("similarity_fn_name", "string", optional: true, "\(similarityNames); by default the folder's, else \"cosine\""),
            .init("truncate_dim", "integer", optional: true, "leading elements of an embedding to keep"),
            .init("prompts", "table", optional: true, "names and texts put before inputs"),
            .init("default_prompt_name", "string", optional: true, "the prompt that applies where a call names none"),
        ], returns: "SentenceTransformer", example: """
            local transformer = sentx.models.Transformer("models/all-MiniLM-L6-v2")
            local model = sentx.SentenceTransformer {
              modules = { transformer, sentx.models.Pooling(transformer:get_embedding_dimension(), "mean"), sentx.models.Normalize() },
            }
            """)) { call in
        let path = call.value(1).asString
        if path == nil, case .table = call.value(1) {} else if path == nil { throw call.slot(1).mismatch("string, or table with modules") }
        let given = try call.options(path == nil ? 1 : 2)
        var options = SentenceTransformerOptions()
        options.maxSequenceLength = try given.optionalPositiveInteger("max_seq_length")
        options.similarity = try given.optionalChoice("similarity_fn_name", SimilarityFunction.allCases.map(\.rawValue))
            .flatMap { SimilarityFunction(rawValue: $0) }
        options.truncateDim = try given.optionalPositiveInteger("truncate_dim")
        options.prompts = try given.prompts()
        let list = try given.has("modules") ? modules(given.slot("modules", nil)) : nil
        try given.finish()
        guard let path else {
            guard let list else { throw call.error("a path, or the option modules, is wanted") }
            return try SentenceTransformer(modules: list, options: options)
        }
        if list != nil { throw call.error("a path and the option modules were both given; give one of them") }
        let model = try SentenceTransformer(path: path, options: options)
        reportNotes(model.notes)
        return model
    }
    addEncoding(to: c)
    c.method("embeddings", doc: Doc(
        "Embeddings on the tape, with dropout while training: what a loss written in Lua starts from.",
        parameters: [.init("texts", "table of strings", "the texts")],
        options: [
            .init("prompt", "string", optional: true, "a text put before each text"),
            .init("task", "string", optional: true, "the route through a Router, such as \"query\" or \"document\""),
        ], returns: "Tensor [texts, dimension]")) { model, call in
        let given = try call.options(2)
        let input = TextInput(try call.strings(1), prompt: try given.optionalString("prompt"), task: try given.optionalString("task"))
        try given.finish()
        return .object(try model.embeddings(input))
    }
    c.method("similarity", doc: Doc(
        "Compares every row of one tensor with every row of another by the model's similarity function.",
        parameters: [.init("a", "Tensor", "embeddings [rows, dimension], or one vector"), .init("b", "Tensor", "likewise")],
        returns: "Tensor [rows of a, rows of b]")) { model, call in
        try call.requireAtMost(2)
        return .object(try model.similarity(call.object(1, Tensor.self), call.object(2, Tensor.self)))
    }
    c.method("similarity_pairwise", doc: Doc(
        "Compares each row of one tensor with the same row of another by the model's similarity function.",
        parameters: [.init("a", "Tensor", "embeddings [rows, dimension], or one vector"), .init("b", "Tensor", "likewise")],
            returns: "Tensor [rows]")) { model, call in
        try call.requireAtMost(2)
        return .object(try model.similarityPairwise(call.object(1, Tensor.self), call.object(2, Tensor.self)))
    }
    addProperties(to: c)
    c.oneLine {
        """
            SentenceTransformer(\($0.folder.isEmpty ? "of modules" : $0.folder), dimension \($0.embeddingDimension), \
            max_seq_length \($0.maxSequenceLength.map(String.init) ?? "none"))
            """
    }
}

private func addProperties(to c: LuaClass<SentenceTransformer>) {
    c.method("get_sentence_embedding_dimension",
        doc: Doc("The length of an embedding; the older name of get_embedding_dimension.", returns: "integer")) { model, _ in
        .integer(model.embeddingDimension)
    }
    c.method("get_embedding_dimension", doc: Doc("The length of an embedding.", returns: "integer")) { model, _ in
        .integer(model.embeddingDimension)
    }
    c.method("get_max_seq_length", doc: Doc("The most tokens of a text; nil for no limit.", returns: "integer")) { model, _ in
        .optional(model.maxSequenceLength)
    }
    c.method("modules", doc: Doc("The modules in their order; model[i] is module i, #model their number.",
        returns: "table of Modules")) { model, call in
        try call.list(model.modules.map { .object($0) })
    }
    c.meta(.length) { model, _ in .integer(model.modules.count) }
    c.meta(.index) { model, call in
        guard let place = call.value(1).asInteger else { throw call.unknownMember() }
        return model.modules.indices.contains(place - 1) ? .object(model.modules[place - 1]) : .nil
    }
    c.method("set_pooling_include_prompt", doc: Doc(
        "Says whether the first Pooling module pools tokens of the prompt too.",
        parameters: [.init("include_prompt", "boolean", "whether it does")])) { model, call in
        let includes = try call.bool(1)
        (model.modules.first { $0 is Pooling } as? Pooling)?.includesPrompt = includes
        return .nil
    }
    c.property("max_seq_length", doc: "The most tokens of a text, special tokens included; nil for no limit.",
        { model, _ in .optional(model.maxSequenceLength) },
               set: { model, slot in
                   if model.maxSequenceLength == nil { throw slot.invalid("the model reads texts of any length") }
                   let length = try slot.integer()
                   if length < 1 { throw slot.invalid("must be 1 or more") }
                   try model.setMaxSequenceLength(length)
               })
    c.property("similarity_fn_name", doc: Doc("How embeddings are compared: \(similarityNames)."),
        { model, _ in .string(model.similarityFunction.rawValue) },
               set: { $0.similarityFunction = SimilarityFunction(rawValue: try $1.choice(SimilarityFunction.allCases.map(\.rawValue)))! })
    c.property("truncate_dim", doc: "Leading elements of an embedding that encode keeps; nil keeps all.",
        { model, _ in .optional(model.truncateDim) }, set: { model, slot in
        let dim = slot.isNil ? nil : try slot.integer()
        if let dim, dim < 1 { throw slot.invalid("must be 1 or more") }
        model.truncateDim = dim
    })
    c.property("prompts", doc: "Names and texts put before inputs.", { model, call in
        try call.record(model.prompts.texts.map { ($0.name, .string($0.text)) })
    }, set: { model, slot in
        model.prompts = Prompts(try promptTexts(slot), defaultName: model.prompts.defaultName)
    })
    c.property("default_prompt_name", doc: "The prompt that applies where a call names none.",
        { model, _ in .optional(model.prompts.defaultName) }, set: { model, slot in
        let name = slot.isNil ? nil : try slot.string()
        if let name, model.prompts[name] == nil { throw slot.invalid("must be one of the model's prompts") }
        model.prompts.defaultName = name
    })
    c.property("tokenizer", doc: "The model's Tokenizer.") { model, _ in .object(model.tokenizer) }
}

let similarityNames = SimilarityFunction.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
