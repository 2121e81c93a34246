import Encoders
import Evaluators
import LuaHost
import Retrieval

private typealias Arguments = EmbeddingEvaluatorArguments

let informationRetrievalEvaluatorClass = LuaClass<InformationRetrievalEvaluator>(
    "InformationRetrievalEvaluator",
    doc: Doc("""
        Measures how well the documents of each query are found in a corpus: cosine_ndcg@10 (primary), cosine_mrr@10, cosine_map@100, \
        and accuracy, precision and recall at 1, 3, 5 and 10.
        """),
    base: "Evaluator"
) { c in
    c.constructor(doc: Doc(
        "An evaluator of search. The corpus is embedded and searched in pieces, so memory does not limit its size.",
        options: searchOptions + Arguments.common(batchSize: 32),
        example: """
            local evaluator = sentx.evaluation.InformationRetrievalEvaluator {
              queries = { q1 = "a young dog" }, corpus = { d1 = "puppy", d2 = "kitten" }, relevant_docs = { q1 = { "d1" } }, name = "animals",
            }
            """)) { call in
        try searchEvaluator(call, sparse: false) {
            try InformationRetrievalEvaluator(queries: $0, corpus: $1, relevant: $2, options: $3)
        }
    }
}

let sparseInformationRetrievalEvaluatorClass = LuaClass<SparseInformationRetrievalEvaluator>(
    "SparseInformationRetrievalEvaluator",
    doc: Doc("""
        Measures how well sparse embeddings find the documents of each query: the metrics of InformationRetrievalEvaluator, and \
        query_active_dims, query_sparsity_ratio, corpus_active_dims, corpus_sparsity_ratio and avg_flops.
        """),
    base: "Evaluator"
) { c in
    c.constructor(doc: Doc(
        "An evaluator of search with a sparse encoder. The corpus is embedded and searched in pieces, which stay sparse.",
        options: searchOptions + Arguments.sparse(batchSize: 32),
        example: """
            local evaluator = sentx.evaluation.SparseInformationRetrievalEvaluator {
              queries = { q1 = "a young dog" }, corpus = { d1 = "puppy", d2 = "kitten" }, relevant_docs = { q1 = { "d1" } }, name = "animals",
            }
            """)) { call in
        try searchEvaluator(call, sparse: true) {
            try SparseInformationRetrievalEvaluator(queries: $0, corpus: $1, relevant: $2, options: $3)
        }
    }
}

private let searchOptions: [Doc.Parameter] = [
    .init("queries", "table of strings by id", "ids are strings or whole numbers, so a list will do"),
    .init("corpus", "table of strings by id", "the documents"),
    .init("relevant_docs", "table by query id", """
        for each query the ids of its documents: a list, { "d1" }; or ids as keys with grades, { d1 = 2, d2 = 0 }, of which those above 0 count, \
        or with booleans. Whole numbers under the keys 1 to n are a list; where grades may be meant, they are refused
        """),
    .init("corpus_chunk_size", "integer", default: "50000", "documents embedded and searched at a time"),
    .init("mrr_at_k", "table of integers", default: "{ 10 }", "ranks that the reciprocal rank looks at; an empty list leaves the measure out, here and below"),
    .init("ndcg_at_k", "table of integers", default: "{ 10 }", "the same for nDCG; the greatest one is primary"),
    .init("accuracy_at_k", "table of integers", default: "{ 1, 3, 5, 10 }", "the same for accuracy"),
    .init("precision_recall_at_k", "table of integers", default: "{ 1, 3, 5, 10 }", "the same for precision and recall"),
    .init("map_at_k", "table of integers", default: "{ 100 }", "the same for average precision"),
    .init("score_functions", "table", optional: true, """
        names of \(Arguments.functionNames), or functions by name of [queries, dimension] and [documents, dimension]; by default \
        the model's own
        """),
    .init("main_score_function", "string", optional: true, "the score function of the primary metric; by default the best in the first run"),
    .init("query_prompt", "string", optional: true, "a text to put before queries"),
    .init("query_prompt_name", "string", optional: true, "which of the model's prompts goes before queries; by default \"query\""),
    .init("corpus_prompt", "string", optional: true, "a text to put before documents"),
    .init("corpus_prompt_name", "string", optional: true, "which of the model's prompts goes before documents; by default \"document\""),
    .init("write_predictions", "boolean", default: "false", "whether what was found is written as JSONL when an output_path is given"),
]

private func searchEvaluator<E: InformationRetrievalEvaluator>(
    _ call: LuaCall, sparse: Bool,
    make: ([(id: String, text: String)], [(id: String, text: String)], [String: Set<String>], InformationRetrievalEvaluator.Options) throws -> E
) throws -> E {
    let given = try call.options(1)
    var options = InformationRetrievalEvaluator.Options()
    options.shared = try given.embeddingEvaluatorOptions(batchSize: 32, sparse: sparse)
    options.corpusChunkSize = try given.positiveInteger("corpus_chunk_size", default: options.corpusChunkSize)
    options.cutoffs.mrr = try given.cutoffs("mrr_at_k") ?? options.cutoffs.mrr
    options.cutoffs.ndcg = try given.cutoffs("ndcg_at_k") ?? options.cutoffs.ndcg
    options.cutoffs.accuracy = try given.cutoffs("accuracy_at_k") ?? options.cutoffs.accuracy
    options.cutoffs.precisionRecall = try given.cutoffs("precision_recall_at_k") ?? options.cutoffs.precisionRecall
    options.cutoffs.map = try given.cutoffs("map_at_k") ?? options.cutoffs.map
    options.scoreFunctions = try scoreFunctions(given.slot("score_functions"), call)
    options.mainScoreFunction = try given.optionalString("main_score_function")
    options.queryPrompt = EmbeddingPrompt(text: try given.optionalString("query_prompt"), name: try given.optionalString("query_prompt_name"))
    options.corpusPrompt = EmbeddingPrompt(text: try given.optionalString("corpus_prompt"), name: try given.optionalString("corpus_prompt_name"))
    options.writesPredictions = try given.bool("write_predictions", default: false)
    let (queries, corpus) = (try given.textsById("queries"), try given.textsById("corpus"))
    let judged = given.slot("relevant_docs")
    try given.finish()
    let relevant = try RelevanceJudgements(judged, known: Set(corpus.map(\.id))).documents
    let evaluator = try make(queries, corpus, relevant, options)
    if let error = evaluator.unreachable { throw error }
    return evaluator
}

extension LuaOptions {
    /// The ranks that a measure looks at; an empty list leaves the measure out.
    fileprivate func cutoffs(_ name: String) throws -> [Int]? { has(name) ? try slot(name).places() : nil }
}

/// A list of names, or functions (or names) by name in the order of the names.
private func scoreFunctions(_ slot: LuaSlot, _ call: LuaCall) throws -> [ScoreFunction] {
    if slot.isNil { return [] }
    let table = try slot.table()
    if table.count > 0 { return try slot.list().map { ScoreFunction(try $0.similarityFunction()) } }
    return try table.pairs().map { key, value -> ScoreFunction in
        guard let name = key.asString else { throw slot.mismatch("list of names or table of functions by name") }
        return try slot.field(name, value).scoreFunction(name: name, in: call.state)
    }.sorted { $0.name < $1.name }
}

let embeddingRerankingEvaluatorClass = LuaClass<RerankingEvaluator>(
    "RerankingEvaluator",
    doc: Doc("Measures how well the similarity of embeddings orders the documents of each query: map, mrr@k and ndcg@k (primary)."),
    base: "Evaluator"
) { c in
    c.constructor(doc: Doc(
        "An evaluator of rankings.",
        options: rankings + Arguments.common(batchSize: 64),
        example: """
            local evaluator = sentx.evaluation.RerankingEvaluator {
              samples = { { query = "a young dog", positive = { "puppy" }, negative = { "kitten", "kennel" } } }, name = "animals",
            }
            """)) { call in
        try rerankingEvaluator(call, sparse: false) { try RerankingEvaluator(samples: $0, options: $1) }
    }
}

let sparseRerankingEvaluatorClass = LuaClass<SparseRerankingEvaluator>(
    "SparseRerankingEvaluator",
    doc: Doc("""
        Measures how well sparse embeddings order the documents of each query: the metrics of RerankingEvaluator, and \
        query_active_dims, query_sparsity_ratio, corpus_active_dims and corpus_sparsity_ratio.
        """),
    base: "Evaluator"
) { c in
    c.constructor(doc: Doc(
        "An evaluator of rankings by a sparse encoder.", options: rankings + Arguments.sparse(batchSize: 64),
        example: """
            local evaluator = sentx.evaluation.SparseRerankingEvaluator {
              samples = { { query = "a young dog", positive = { "puppy" }, negative = { "kitten", "kennel" } } }, name = "animals",
            }
            """)) { call in
        try rerankingEvaluator(call, sparse: true) { try SparseRerankingEvaluator(samples: $0, options: $1) }
    }
}

private let rankings: [Doc.Parameter] = [
    .init("samples", "table of tables", "one per query, with query (string), positive and negative (each a string or a list)"),
    .init("at_k", "integer", default: "10", "how many ranks mrr and ndcg look at"),
    .init("similarity_fct", "string or function", default: "\"cosine\"",
          "\(Arguments.functionNames), or a function of [queries, dimension] and [documents, dimension]"),
    .init("use_batched_encoding", "boolean", default: "true", "whether all samples are embedded together; false needs less memory"),
]

private func rerankingEvaluator<E>(
    _ call: LuaCall, sparse: Bool, make: ([RerankingSample], RerankingEvaluator.Options) throws -> E
) throws -> E {
    let given = try call.options(1)
    var options = RerankingEvaluator.Options()
    options.shared = try given.embeddingEvaluatorOptions(batchSize: 64, sparse: sparse)
    options.atK = try given.positiveInteger("at_k", default: options.atK)
    options.function = try given.scoreFunction("similarity_fct")
    options.usesBatchedEncoding = try given.bool("use_batched_encoding", default: true)
    let samples = given.slot("samples")
    try given.finish()
    return try make(try call.rerankingSamples(samples), options)
}

let paraphraseMiningEvaluatorClass = LuaClass<ParaphraseMiningEvaluator>(
    "ParaphraseMiningEvaluator",
    doc: Doc("""
        Measures how well the most similar pairs of a set of texts are the known duplicates: average_precision (primary), and f1, \
        precision and recall at the best threshold.
        """),
    base: "Evaluator"
) { c in
    c.constructor(doc: Doc(
        "An evaluator of duplicates.",
        options: [
            .init("sentences_map", "table of strings by id", "the texts; ids are strings or whole numbers"),
            .init("duplicates_list", "table of pairs", optional: true, "each { id, id }; pairs with an unknown id are left out"),
            .init("duplicates_dict", "table by id", optional: true, "the same as the duplicates of each id, in the forms of relevant_docs"),
            .init("add_transitive_closure", "boolean", default: "false", "whether duplicates of duplicates are duplicates"),
            .init("max_pairs", "integer", default: "500000", "the most pairs to look at"),
            .init("top_k", "integer", default: "100", "neighbours of each text that are looked at"),
            .init("query_chunk_size", "integer", default: "5000", "texts whose neighbours are held in memory at a time"),
            .init("corpus_chunk_size", "integer", optional: true, "accepted and not needed: the search chooses its own blocks"),
        ] + Arguments.common(batchSize: 16),
        example: """
            local evaluator = sentx.evaluation.ParaphraseMiningEvaluator {
              sentences_map = { a = "a young dog", b = "puppy", c = "rain" }, duplicates_list = { { "a", "b" } }, name = "dev",
            }
            """)) { call in
        let given = try call.options(1)
        var options = ParaphraseMiningEvaluator.Options()
        options.shared = try given.embeddingEvaluatorOptions(batchSize: 16)
        options.addsTransitiveClosure = try given.bool("add_transitive_closure", default: false)
        options.mining.maxPairs = try given.positiveInteger("max_pairs", default: options.mining.maxPairs)
        options.mining.topK = try given.positiveInteger("top_k", default: options.mining.topK)
        options.mining.queryChunkSize = try given.positiveInteger("query_chunk_size", default: options.mining.queryChunkSize)
        _ = try given.optionalPositiveInteger("corpus_chunk_size")
        let sentences = try given.textsById("sentences_map")
        var duplicates: [(String, String)] = []
        let list = given.slot("duplicates_list")
        let pairs = list.isNil ? [] : try list.list()
        for pair in pairs {
            let ids = try pair.list().map { try pair.id($0.value) }
            guard ids.count == 2 else { throw pair.invalid("a pair has 2 ids, this one \(ids.count)") }
            duplicates.append((ids[0], ids[1]))
        }
        let table = given.slot("duplicates_dict")
        if !table.isNil {
            let judged = try RelevanceJudgements(table, known: Set(sentences.map(\.id))).documents
            duplicates += judged.sorted { $0.key < $1.key }.flatMap { id, others in others.sorted().map { (id, $0) } }
        }
        try given.finish()
        let evaluator = try ParaphraseMiningEvaluator(sentences: sentences, duplicates: duplicates, options: options)
        if let error = evaluator.unreachable { throw error }
        return evaluator
    }
}
