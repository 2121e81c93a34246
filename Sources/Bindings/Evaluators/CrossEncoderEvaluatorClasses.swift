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

extension [Doc.Parameter] {
    /// The options of an evaluator of pairs, of which these are the answers.
    fileprivate var asPairOptions: [Doc.Parameter] {
        [Doc.Parameter("sentence_pairs", "table of pairs", "each { first, second }")] + self + commonOptions(batchSize: 32)
    }
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
        settings.atK = try options.positiveInteger("at_k", default: settings.atK)
        settings.alwaysRerankPositives = try options.bool("always_rerank_positives", default: settings.alwaysRerankPositives)
        settings.name = try options.string("name", default: "")
        settings.scoring = try scoringOptions(options, settings.scoring)
        settings.writesCSV = try options.bool("write_csv", default: true)
        let samples = options.slot("samples")
        try options.finish()
        return try CrossEncoderRerankingEvaluator(samples: call.rerankingSamples(samples), options: settings)
    }
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
            .init("labels", "table of integers", "the class of each pair: 0 or 1, or 0 to num_labels - 1"),
        ].asPairOptions,
        example: """
            local evaluator = sentx.evaluation.CrossEncoderClassificationEvaluator {
              sentence_pairs = { { "a young dog", "puppy" }, { "a young dog", "kennel" } }, labels = { 1, 0 }, name = "dev",
            }
            """)) { call in
        let options = try call.options(1)
        let settings = try pairOptions(options)
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
            .init("scores", "table of numbers", "the score wanted for each pair, on any scale"),
        ].asPairOptions,
        example: """
            local evaluator = sentx.evaluation.CrossEncoderCorrelationEvaluator {
              sentence_pairs = { { "a dog runs", "a dog is running" }, { "a dog runs", "rain falls" } }, scores = { 0.95, 0.1 },
            }
            """)) { call in
        let options = try call.options(1)
        let settings = try pairOptions(options)
        let pairs = options.slot("sentence_pairs")
        let scores = options.slot("scores")
        try options.finish()
        return try CrossEncoderCorrelationEvaluator(pairs: textPairs(pairs), scores: scores.numbers(), options: settings)
    }
}

/// What the evaluators of pairs with known answers have in common.
private func pairOptions(_ options: LuaOptions) throws -> PairEvaluatorOptions {
    var settings = PairEvaluatorOptions()
    settings.name = try options.string("name", default: "")
    settings.scoring = try scoringOptions(options, settings.scoring)
    settings.writesCSV = try options.bool("write_csv", default: true)
    return settings
}

private func scoringOptions(_ options: LuaOptions, _ defaults: ScoringOptions) throws -> ScoringOptions {
    var scoring = ScoringOptions(batchSize: try options.positiveInteger("batch_size", default: defaults.batchSize), promptName: try options.optionalString("prompt_name"))
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
