import Datasets
import Encoders
import LuaHost
import Retrieval
import Tensors

/// `sentx.mine_hard_negatives`.
func registerMining(_ sentx: LuaModule) throws {
    try sentx.function("mine_hard_negatives", doc: Doc(
        """
        Adds hard negatives to (query, answer) pairs: texts of the corpus that the model puts close to a query without being \
        an answer to it. Rows with the same query name several answers of it.
        """,
        parameters: [.init("dataset", "Dataset", "pairs, one a row"), .init("model", "SentenceTransformer", "finds the candidates")],
        options: [
            .init("anchor_column_name", "string", optional: true, "the queries; the first column by default"),
            .init("positive_column_name", "string", optional: true, "the answers; the second column by default"),
            .init("corpus", "table of strings", optional: true, "further candidates; without it only the answers of other queries are"),
            .init("cross_encoder", "CrossEncoder", optional: true, "scores again before a margin or a limit on scores is applied"),
            .init("range_min", "integer", default: "0", "skips that many of the best candidates"),
            .init("range_max", "integer", optional: true, "looks at candidates up to this rank; by default as many as may be needed"),
            .init("max_score", "number", optional: true, "drops candidates that score more"),
            .init("min_score", "number", optional: true, "drops candidates that score less"),
            .init("absolute_margin", "number", optional: true, "how much less than the answer a negative has to score"),
            .init("relative_margin", "number", optional: true, "the same as a share of the answer's score"),
            .init("num_negatives", "integer", default: "3", "negatives per query"),
            .init("sampling_strategy", "string", default: "\"top\"", "\"top\" takes the best scoring candidates, \"random\" any"),
            .init("query_prompt_name", "string", optional: true, "which of the model's prompts goes before queries"),
            .init("query_prompt", "string", optional: true, "a text to put before queries"),
            .init("corpus_prompt_name", "string", optional: true, "which of the model's prompts goes before candidates"),
            .init("corpus_prompt", "string", optional: true, "a text to put before candidates"),
            .init("include_positives", "boolean", default: "false", "whether answers stay in the ranking; for evaluation data"),
            .init("output_format", "string", default: "\"triplet\"", """
                \"triplet\", \"n-tuple\", \"labeled-pair\" or \"labeled-list\"; \"n-tuple-scores\" is \"n-tuple\" with output_scores
                """),
            .init("output_scores", "boolean", default: "false", "adds scores, in place of labels where the format has them"),
            .init("batch_size", "integer", default: "32", "texts computed at a time"),
            .init("verbose", "boolean", default: "true", "whether to print statistics"),
            .init("cache_folder", "string", optional: true, "where embeddings are kept for the next run"),
            .init("seed", "integer", optional: true, "for random sampling; by default sentx.manual_seed decides"),
        ],
        returns: "Dataset in the output format",
        example: """
            local mined = sentx.mine_hard_negatives(pairs_, retriever, {
              num_negatives = 5, range_min = 10, relative_margin = 0.05, output_format = "labeled-pair",
            })
            """)) { call in
        try call.requireAtMost(3)
        let dataset = try call.object(1, Dataset.self)
        let model = try call.object(2, (any TextEmbedder).self)
        let arguments = try call.options(3)
        try refuseForeignOptions(call, arguments)
        let anchor = try arguments.optionalString("anchor_column_name")
        let positive = try arguments.optionalString("positive_column_name")
        let corpus = try arguments.optionalStrings("corpus")
        let crossEncoder = try arguments.optionalObject("cross_encoder", (any PairRescorer).self)
        var options = try miningOptions(arguments)
        try arguments.finish()
        let progress = ProgressCounter(isWanted: options.log != nil)
        options.progress = { try progress.report($0.stage.rawValue, done: $0.done, of: $0.total) }
        return .object(try mineHardNegatives(in: dataset, anchorColumn: anchor, positiveColumn: positive, corpus: corpus,
                                             model: model, crossEncoder: crossEncoder, options: options))
    }
}

private func miningOptions(_ arguments: LuaOptions) throws -> MiningOptions {
    var options = MiningOptions()
    options.rangeMin = try arguments.optionalCount("range_min") ?? options.rangeMin
    options.rangeMax = try arguments.optionalPositiveInteger("range_max")
    options.maxScore = try arguments.optionalFiniteNumber("max_score")
    options.minScore = try arguments.optionalFiniteNumber("min_score")
    options.absoluteMargin = try arguments.optionalFiniteNumber("absolute_margin")
    options.relativeMargin = try arguments.optionalFiniteNumber("relative_margin")
    options.numNegatives = try arguments.positiveInteger("num_negatives", default: options.numNegatives)
    let strategies = MiningOptions.SamplingStrategy.allCases.map(\.rawValue)
    options.samplingStrategy = .init(rawValue: try arguments.choice("sampling_strategy", strategies, default: "top")) ?? .top
    options.queryPrompt = EmbeddingPrompt(text: try arguments.optionalString("query_prompt"), name: try arguments.optionalString("query_prompt_name"))
    options.corpusPrompt = EmbeddingPrompt(text: try arguments.optionalString("corpus_prompt"),
        name: try arguments.optionalString("corpus_prompt_name"))
    options.includePositives = try arguments.bool("include_positives", default: false)
    let formats = MiningOptions.OutputFormat.allCases.map(\.rawValue)
    let tupleWithScores = "n-tuple-scores"
    let format = try arguments.choice("output_format", formats + [tupleWithScores], default: "triplet")
    options.outputFormat = format == tupleWithScores ? .nTuple : .init(rawValue: format) ?? .triplet
    options.outputScores = try arguments.bool("output_scores", default: false) || format == tupleWithScores
    options.batchSize = try arguments.positiveInteger("batch_size", default: options.batchSize)
    if try arguments.bool("verbose", default: true) { options.log = { print($0) } }
    options.cacheFolder = try arguments.optionalString("cache_folder")
    if let seed = try arguments.optionalInteger("seed") { options.generator = Generator(seed: UInt64(bitPattern: Int64(seed))) }
    return options
}

/// Options of other libraries that have no meaning here get an answer of their own.
private func refuseForeignOptions(_ call: LuaCall, _ arguments: LuaOptions) throws {
    let answers = [
        "use_faiss": "search is exact, in blocks that fit into memory, and needs no index; leave it out",
        "faiss_batch_size": "search is exact, in blocks that fit into memory, and needs no index; leave it out",
        "use_multi_process": "all processors are used anyway; leave it out",
        "as_triplets": "use output_format = \"triplet\" or \"n-tuple\"",
        "margin": "use absolute_margin or relative_margin",
    ]
    for name in arguments.names {
        if let answer = answers[name] { throw call.error("unknown option '\(name)': \(answer)") }
    }
}
