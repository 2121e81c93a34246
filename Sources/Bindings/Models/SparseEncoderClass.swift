import Encoders
import LuaHost
import Tensors

let sparseEncoderClass = LuaClass<SparseEncoder>(
    "SparseEncoder", doc: Doc(
        "Turns texts into sparse vectors: a weight for every word of the vocabulary, of which few are not zero.", example: """
        local model = sentx.SparseEncoder("models/splade")
        local embeddings = model:encode({ "a cat sleeps", "a dog runs" })
        print(model:similarity(embeddings, embeddings))
        for _, pair in ipairs(model:decode(embeddings, 5)[1]) do print(pair[1], pair[2]) end
        """), base: "Model"
) { c in
    c.constructor(doc: Doc(
        "Loads a sparse encoder, or a transformer, whose masked-language-model head is pooled by SpladePooling; a head that is missing is made.",
        parameters: [.init("path", "string", "a model folder, or a name in the hub cache or below models/; left out for one of modules")],
        options: [
            .init("modules", "table of Modules", optional: true, "the modules in their order, in place of a path"),
            .init("max_seq_length", "integer", optional: true, "the most tokens of a text; by default the folder's"),
            .init("similarity_fn_name", "string", optional: true, "\(similarityNames); by default the folder's, else \"dot\""),
            .init("max_active_dims", "integer", optional: true, "the greatest elements of an embedding to keep; by default all"),
            .init("prompts", "table", optional: true, "names and texts put before inputs"),
            .init("default_prompt_name", "string", optional: true, "the prompt that applies where a call names none"),
        ], returns: "SparseEncoder", example: """
            local transformer = sentx.models.Transformer("models/all-MiniLM-L6-v2", { transformer_task = "fill-mask" })
            local model = sentx.SparseEncoder { modules = { transformer, sentx.models.SpladePooling("max") } }
            """)) { call in
        let path = call.value(1).asString
        if path == nil, case .table = call.value(1) {} else if path == nil { throw call.slot(1).mismatch("string, or table with modules") }
        let given = try call.options(path == nil ? 1 : 2)
        var options = SparseEncoderOptions()
        options.maxSequenceLength = try given.optionalPositiveInteger("max_seq_length")
        options.similarity = try given.optionalChoice("similarity_fn_name", SimilarityFunction.allCases.map(\.rawValue))
            .flatMap { SimilarityFunction(rawValue: $0) }
        options.maxActiveDims = try given.optionalPositiveInteger("max_active_dims")
        options.prompts = try given.prompts()
        let list = try given.has("modules") ? modules(given.slot("modules", nil)) : nil
        try given.finish()
        let model: SparseEncoder
        switch (path, list) {
        case (nil, nil): throw call.error("a path, or the option modules, is wanted")
        case (nil, let list?): model = try SparseEncoder(modules: list, options: options)
        case (let path?, nil): model = try SparseEncoder(path: path, options: options)
        default: throw call.error("a path and the option modules were both given; give one of them")
        }
        reportNotes(model.notes)
        return model
    }
    addEncoding(to: c)
    addCalibration(to: c)
    addComparison(to: c)
    addProperties(to: c)
    c.oneLine {
        "SparseEncoder(\($0.folder.isEmpty ? "of modules" : $0.folder), dimension \($0.embeddingDimension))"
    }
}

private func addEncoding(to c: LuaClass<SparseEncoder>) {
    let ways: [(name: String, summary: String, complete: (SparseEncoder, EncodeOptions) -> EncodeOptions)] = [
        ("encode", "Sparse embeddings of texts, without dropout and off the tape.", { $1 }),
        ("encode_query", "As encode, with the model's prompt and route for queries.", { $0.queryOptions($1) }),
        ("encode_document", "As encode, with the model's prompt and route for documents.", { $0.documentOptions($1) }),
    ]
    for (name, summary, complete) in ways {
        let hasTask = name == "encode"
        c.method(name, doc: Doc(
            summary, parameters: [.init("texts", "table of strings or string", "one text gives one row")],
            options: [
                .init("batch_size", "integer", default: "32", "texts computed together"),
                .init("max_active_dims", "integer", optional: true,
                    "the greatest elements of an embedding to keep; by default the model's setting"),
                .init("prompt_name", "string", optional: true, "the name of one of the model's prompts"),
                .init("prompt", "string", optional: true, "a text put before each text; it wins over prompt_name"),
            ] + computePrecisionOptions + [
                .init("convert_to_sparse_tensor", "boolean", default: "true", "false gives a Tensor with its zeros"),
                .init("show_progress_bar", "boolean", default: "false", "whether a terminal shows how far it is"),
            ] + (hasTask ? [.init("task", "string", optional: true, "the route through a Router, such as \"query\" or \"document\"")] : []),
            returns: "SparseMatrix, a row for each text")) { model, call in
            let slot = call.slot(1)
            var texts: [String] = []
            var isSingle = false
            if case .string(let text) = slot.value { (texts, isSingle) = ([text], true) } else { texts = try slot.strings() }
            let given = try call.options(2)
            let progress = ProgressCounter(isWanted: try given.bool("show_progress_bar", default: false))
            let isSparse = try given.bool("convert_to_sparse_tensor", default: true)
            let options = EncodeOptions(
                batchSize: try given.batchSize(), prompt: try given.optionalString("prompt"), promptName: try given.optionalString("prompt_name"),
                maxActiveDims: try given.optionalPositiveInteger("max_active_dims"), task: hasTask ? try given.optionalString("task") : nil,
                computePrecision: try given.computePrecision()) {
                try progress.report("Encoding", done: $0, of: $1)
            }
            try given.finish()
            let matrix: SparseMatrix = try model.encode(texts, options: complete(model, options))
            if isSparse { return .object(LuaSparseMatrix(matrix, isVector: isSingle)) }
            return .object(isSingle ? try matrix.dense().select(dim: 0, index: 0) : try matrix.dense())
        }
    }
    c.method("embeddings", doc: Doc(
        "Embeddings with their zeros on the tape, with dropout while training: what a loss written in Lua starts from.",
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
}

private func addCalibration(to c: LuaClass<SparseEncoder>) {
    c.method("calibrate_head", doc: Doc(
        "Moves the bias of every word so that it is active only in texts where its score stands out. Use it once, behind masked-language-model "
            + "training and before SpladeLoss: otherwise thousands of words are active in every text.",
        parameters: [.init("texts", "table of strings", "a few hundred texts of the kind to be encoded")],
        options: [
            .init("deviations", "number", default: "2.5", "how many standard deviations above its mean a word's score must be; more is sparser"),
            .init("batch_size", "integer", default: "32", "texts computed together"),
        ], returns: "the model", example: "model:calibrate_head(texts, { deviations = 2.5 })")) { model, call in
        let texts = try call.strings(1)
        let given = try call.options(2)
        let deviations = try given.finiteNumber("deviations", default: 2.5), size = try given.batchSize()
        try given.finish()
        try model.calibrateHead(texts, deviations: deviations, batchSize: size)
        return .object(model)
    }
}

private func addComparison(to c: LuaClass<SparseEncoder>) {
    let pair: [Doc.Parameter] = [.init("a", "SparseMatrix or Tensor", "embeddings"), .init("b", "SparseMatrix or Tensor", "likewise")]
    c.method("similarity", doc: Doc("Compares every row of one matrix with every row of another by the model's similarity function.",
        parameters: pair, returns: "Tensor [rows of a, rows of b]")) { model, call in
        try call.requireAtMost(2)
        return .object(try model.similarity(call.slot(1).sparseMatrix().matrix, call.slot(2).sparseMatrix().matrix))
    }
    c.method("similarity_pairwise", doc: Doc("Compares each row of one matrix with the same row of another by the model's similarity function.",
        parameters: pair, returns: "Tensor [rows]")) { model, call in
        try call.requireAtMost(2)
        return .object(try model.similarityPairwise(call.slot(1).sparseMatrix().matrix, call.slot(2).sparseMatrix().matrix))
    }
    c.method("decode", doc: Doc(
        "The tokens of embeddings with their weights, the heaviest first.",
        parameters: [.init("embeddings", "SparseMatrix or Tensor", "embeddings"),
                     .init("top_k", "integer", optional: true, "the most tokens of an embedding; by default all")],
        returns: "a list of { token, weight } for each row; for the embedding of one text that list itself")) { model, call in
        let embeddings = try call.slot(1).sparseMatrix()
        try call.requireAtMost(2)
        let count = call.has(2) ? try call.slot(2).integer(from: 1) : nil
        let rows = try model.decode(embeddings.matrix, topK: count).map { row in
            try call.list(row.map { try call.list([.string($0.token), .number(Double($0.weight))]) })
        }
        return embeddings.isVector ? rows[0] : try call.list(rows)
    }
    c.method("sparsity", doc: Doc("How many elements of embeddings are not zero, and the share of zeros, on average.",
        parameters: [.init("embeddings", "SparseMatrix or Tensor", "embeddings")],
        returns: "table with active_dims and sparsity_ratio")) { _, call in
        let sparsity = try call.slot(1).sparseMatrix().matrix.sparsity
        return try call.record([("active_dims", .number(sparsity.activeDims)), ("sparsity_ratio", .number(sparsity.sparsityRatio))])
    }
    c.method("intersection", doc: Doc("The products of one embedding with others, where they are above zero: what they share.",
        parameters: [.init("embedding", "SparseMatrix or Tensor", "one row"), .init("others", "SparseMatrix or Tensor", "one or several rows")],
        returns: "SparseMatrix, a row for each of the others")) { _, call in
        let others = try call.slot(2).sparseMatrix()
        let shared = try SparseEncoder.intersection(call.slot(1).sparseMatrix().matrix, others.matrix)
        return .object(LuaSparseMatrix(shared, isVector: others.isVector))
    }
}

private func addProperties(to c: LuaClass<SparseEncoder>) {
    c.method("get_embedding_dimension", doc: Doc("The length of an embedding, zeros included.", returns: "integer")) { model, _ in
        .integer(model.embeddingDimension)
    }
    c.method("modules", doc: Doc("The modules in their order.", returns: "table of Modules")) { model, call in
        try call.list(model.modules.map { .object($0) })
    }
    c.property("max_seq_length", doc: "The most tokens of a text, special tokens included; nil for no limit.",
        { model, _ in .optional(model.maxSequenceLength) },
               set: { model, slot in
                   let length = try slot.integer()
                   if length < 1 { throw slot.invalid("must be 1 or more") }
                   try model.setMaxSequenceLength(length)
               })
    c.property("max_active_dims", doc: "The greatest elements of an embedding that encode keeps; nil keeps all.",
        { model, _ in .optional(model.maxActiveDims) }, set: { model, slot in
        let count = slot.isNil ? nil : try slot.integer()
        if let count, count < 1 { throw slot.invalid("must be 1 or more") }
        model.maxActiveDims = count
    })
    c.property("similarity_fn_name", doc: Doc("How embeddings are compared: \(similarityNames)."),
        { model, _ in .string(model.similarityFunction.rawValue) },
               set: { $0.similarityFunction = SimilarityFunction(rawValue: try $1.choice(SimilarityFunction.allCases.map(\.rawValue)))! })
    c.property("tokenizer", doc: "The model's Tokenizer.") { model, _ in .object(model.tokenizer) }
}
