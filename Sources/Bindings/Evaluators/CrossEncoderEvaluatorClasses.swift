import Encoders
import Evaluators
import LuaHost

/// Options that all cross-encoder evaluators take.
private func commonOptions(batchSize: Int) -> [Doc.Parameter] {
    [
        .init("name", "string", default: "\"\"", "put before each key, as in name_key, and into the name of the CSV file"),
        .init("batch_size", "integer", default: "\(batchSize)", "pairs computed at a time"),
        .init("prompt_name", "string", optional: true, "which of the model's prompts to use"),
        .init("show_progress_bar", "boolean", default: "true", "whether a terminal shows how far it is"),
        .init("write_csv", "boolean", default: "true", "whether a row is added to a CSV file when an output_path is given"),
    ]
}

let rerankingEvaluatorClass = LuaClass<CrossEncoderRerankingEvaluator>(
    "CrossEncoderRerankingEvaluator",
    doc: Doc("Measures how well a reranker orders the documents of each query: map, mrr@k and ndcg@k (primary)."),
    base: "Evaluator"
) { c in
    c.constructor(doc: Doc(
        "An evaluator of rankings.",
        options: [
            .init("samples", "table of tables", """
                one per query, with query (string), positive (string or list) and either negative (list) or documents (list, \
                as a first retrieval ranked them, positives included)
                """),
            .init("at_k", "integer", default: "10", "how many ranks mrr and ndcg look at"),
            .init("always_rerank_positives", "boolean", default: "true",
                  "whether positives missing from documents are put among them; false counts them as lost"),
        ] + commonOptions(batchSize: 64),
        example: """
            local evaluator = sentx.evaluation.CrossEncoderRerankingEvaluator {
              samples = { { query = "a young dog", positive = { "puppy" }, negative = { "kitten", "kennel" } } },
              name = "animals",
            }
            """)) { call in
        let options = try call.options(1)
        var settings = CrossEncoderRerankingEvaluator.Options()
        settings.atK = try options.integer("at_k", default: settings.atK)
        settings.alwaysRerankPositives = try options.bool("always_rerank_positives", default: settings.alwaysRerankPositives)
        settings.name = try options.string("name", default: "")
        settings.scoring = try scoringOptions(options, settings.scoring)
        settings.writesCSV = try options.bool("write_csv", default: true)
        let samples = options.slot("samples")
        try options.finish()
        let list = samples.isNil ? [] : try samples.list()
        if samples.isNil { throw samples.mismatch("table of samples") }
        return try CrossEncoderRerankingEvaluator(samples: list.enumerated().map { try rerankingSample($1, number: $0 + 1, call) },
                                                  options: settings)
    }
}

/// One entry of `samples`. Fields beside those that are used may be there.
private func rerankingSample(_ slot: LuaSlot, number: Int, _ call: LuaCall) throws -> RerankingSample {
    let table = try slot.table()
    func field(_ name: String) throws -> LuaSlot {
        LuaSlot(try table.get(name), state: call.state, place: "\(call.name): samples[\(number)].\(name)")
    }
    let positive = try field("positive")
    let positives = positive.value.asString.map { [$0] }
    let (negative, documents) = (try field("negative"), try field("documents"))
    guard negative.isNil != documents.isNil else {
        throw call.error("samples[\(number)] needs either negative or documents, it has \(negative.isNil ? "neither" : "both")")
    }
    let query = try field("query").string()
    return negative.isNil
        ? RerankingSample(query: query, positive: try positives ?? positive.strings(), documents: try documents.strings())
        : RerankingSample(query: query, positive: try positives ?? positive.strings(), negative: try negative.strings())
}

let classificationEvaluatorClass = LuaClass<CrossEncoderClassificationEvaluator>(
    "CrossEncoderClassificationEvaluator",
    doc: Doc("""
        Measures a cross-encoder that classifies pairs. With num_labels = 1: accuracy, f1 and their best thresholds, precision, \
        recall, average_precision (primary). With more: f1_macro (primary), f1_micro, f1_weighted.
        """),
    base: "Evaluator"
) { c in
    c.constructor(doc: Doc(
        "An evaluator of classifications.",
        options: [
            .init("sentence_pairs", "table of pairs", "each { first, second }"),
            .init("labels", "table of integers", "the class of each pair: 0 or 1, or 0 to num_labels - 1"),
        ] + commonOptions(batchSize: 32),
        example: """
            local evaluator = sentx.evaluation.CrossEncoderClassificationEvaluator {
              sentence_pairs = { { "a young dog", "puppy" }, { "a young dog", "kennel" } }, labels = { 1, 0 }, name = "dev",
            }
            """)) { call in
        let options = try call.options(1)
        var settings = CrossEncoderClassificationEvaluator.Options()
        settings.name = try options.string("name", default: "")
        settings.scoring = try scoringOptions(options, settings.scoring)
        settings.writesCSV = try options.bool("write_csv", default: true)
        let pairs = options.slot("sentence_pairs")
        let labels = options.slot("labels")
        try options.finish()
        return try CrossEncoderClassificationEvaluator(pairs: textPairs(pairs), labels: labels.integers(), options: settings)
    }
}

let correlationEvaluatorClass = LuaClass<CrossEncoderCorrelationEvaluator>(
    "CrossEncoderCorrelationEvaluator",
    doc: Doc("Measures how a cross-encoder's scores follow given ones: pearson and spearman (primary)."),
    base: "Evaluator"
) { c in
    c.constructor(doc: Doc(
        "An evaluator of graded scores.",
        options: [
            .init("sentence_pairs", "table of pairs", "each { first, second }"),
            .init("scores", "table of numbers", "the score wanted for each pair, on any scale"),
        ] + commonOptions(batchSize: 32),
        example: """
            local evaluator = sentx.evaluation.CrossEncoderCorrelationEvaluator {
              sentence_pairs = { { "a dog runs", "a dog is running" }, { "a dog runs", "rain falls" } }, scores = { 0.95, 0.1 },
            }
            """)) { call in
        let options = try call.options(1)
        var settings = CrossEncoderCorrelationEvaluator.Options()
        settings.name = try options.string("name", default: "")
        settings.scoring = try scoringOptions(options, settings.scoring)
        settings.writesCSV = try options.bool("write_csv", default: true)
        let pairs = options.slot("sentence_pairs")
        let scores = options.slot("scores")
        try options.finish()
        return try CrossEncoderCorrelationEvaluator(pairs: textPairs(pairs), scores: scores.numbers(), options: settings)
    }
}

let sequentialEvaluatorClass = LuaClass<SequentialEvaluator>(
    "SequentialEvaluator",
    doc: Doc("Runs several evaluators. Its metrics are those of all, and sequential_score (primary)."),
    base: "Evaluator"
) { c in
    c.constructor(doc: Doc(
        "Several evaluators as one.",
        parameters: [.init("evaluators", "table of evaluators", "run in this order; tables and functions become evaluators")],
        options: [
            .init("main_score_function", "function(scores)", optional: true,
                  "makes sequential_score out of the list of primary metrics; the last one by default"),
        ],
        example: "local both = sentx.evaluation.SequentialEvaluator({ first, second }, { main_score_function = function(s) return s[1] end })"
    )) { call in
        let evaluators = try call.slot(1).list().map { try $0.evaluator(in: call.state) }
        let options = try call.options(2)
        let function = try options.optionalFunction("main_score_function")
        try options.finish()
        guard let function else { return try SequentialEvaluator(evaluators) }
        let state = call.state
        return try SequentialEvaluator(evaluators) { scores in
            let list = try state.list(scores.map { .number($0) })
            return try LuaSlot(try function.callForOne([.table(list)]), state: state, place: "result of main_score_function").number()
        }
    }
}

private func scoringOptions(_ options: LuaOptions, _ defaults: ScoringOptions) throws -> ScoringOptions {
    let batchSize = try options.integer("batch_size", default: defaults.batchSize)
    if batchSize < 1 { throw options.slot("batch_size").invalid("must be at least 1") }
    var scoring = ScoringOptions(batchSize: batchSize, promptName: try options.optionalString("prompt_name"))
    scoring.showsProgress = try options.bool("show_progress_bar", default: true)
    return scoring
}

/// A list of `{ first, second }`.
private func textPairs(_ slot: LuaSlot) throws -> [TextPair] {
    if slot.isNil { throw slot.mismatch("table of pairs") }
    return try slot.list().map { entry in
        let texts = try entry.strings()
        guard texts.count == 2 else { throw entry.invalid("a pair has 2 texts, this one \(texts.count)") }
        return TextPair(texts[0], texts[1])
    }
}
