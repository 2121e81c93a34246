import Encoders
import Evaluators
import LuaHost

/// `sentx.evaluation`: everything that measures a model.
func registerEvaluators(_ sentx: LuaModule) throws {
    let module = try sentx.submodule("evaluation", doc: Doc("Evaluators: what measures a model, during training and apart from it."))
    try module.class(evaluatorClass)
    try module.class(rerankingEvaluatorClass)
    try module.class(classificationEvaluatorClass)
    try module.class(correlationEvaluatorClass)
    try module.class(informationRetrievalEvaluatorClass)
    try module.class(embeddingSimilarityEvaluatorClass)
    try module.class(binaryClassificationEvaluatorClass)
    try module.class(tripletEvaluatorClass)
    try module.class(embeddingRerankingEvaluatorClass)
    try module.class(paraphraseMiningEvaluatorClass)
    try module.class(translationEvaluatorClass)
    try module.class(mseEvaluatorClass)
    try module.class(labelAccuracyEvaluatorClass)
    try module.class(sparseInformationRetrievalEvaluatorClass)
    try module.class(sparseEmbeddingSimilarityEvaluatorClass)
    try module.class(sparseBinaryClassificationEvaluatorClass)
    try module.class(sparseTripletEvaluatorClass)
    try module.class(sparseRerankingEvaluatorClass)
    try module.class(sparseTranslationEvaluatorClass)
    try module.class(sparseMSEEvaluatorClass)
    try module.class(reciprocalRankFusionEvaluatorClass)
    try module.class(sequentialEvaluatorClass)
}

/// What all evaluators share, and the constructor of those written in Lua.
private let evaluatorClass = LuaClass<any Evaluator>(
    "Evaluator",
    doc: Doc("""
        Measures a model: evaluator(model) returns a table of metrics. sentx.evaluation.Evaluator { ... } makes one out of \
        a Lua function; of the others, those whose name starts with CrossEncoder measure cross-encoders, with Sparse \
        sparse encoders, the rest embeddings.
        """)
) { c in
    c.constructor(doc: Doc(
        "An evaluator written in Lua.",
        options: [
            .init("evaluate", "function(self, model, info)", """
                measures; returns a table of metrics, or one number. self is this table; info has output_path, epoch and steps, \
                each -1 or nil outside training
                """),
            .init("name", "string", default: "\"\"", "put before each key, as in name_key"),
            .init("primary_metric", "string", optional: true, "the key that decides between checkpoints; needed if evaluate returns a table"),
            .init("greater_is_better", "boolean", default: "true", "whether a greater primary metric is better"),
        ],
        example: """
            local length = sentx.evaluation.Evaluator {
              name = "demo", primary_metric = "accuracy",
              evaluate = function(self, model, info) return { accuracy = 0.5, answers = 10 } end,
            }
            """)) { call in
        try LuaEvaluator(table: try call.table(1), state: call.state)
    }
    let evaluateDoc = Doc(
        "Runs the evaluator.",
        parameters: [.init("model", "model", "what is measured; may be left out where the evaluator needs none")],
        options: [
            .init("output_path", "string", optional: true, "folder for the CSV file, to which a row is added"),
            .init("epoch", "number", default: "-1", "written to the CSV file"),
            .init("steps", "integer", default: "-1", "written to the CSV file"),
            .init("verbose", "boolean", default: "false", "whether to print a summary"),
            .init("show_progress_bar", "boolean", optional: true, "whether a terminal shows how far it is; by default as the evaluator was made"),
        ],
        returns: "table of numbers by metric key; the key in evaluator.primary_metric decides between checkpoints")
    c.method("evaluate", doc: evaluateDoc) { try evaluate($0, $1) }
    c.meta(.call, doc: evaluateDoc) { try evaluate($0, $1) }
    c.property("primary_metric", doc: "Key of the metric that decides between checkpoints, name included.") { evaluator, _ in
        .string(evaluator.primaryMetric)
    }
    c.property("name", doc: "The prefix of the keys, \"\" if there is none.") { evaluator, _ in .string(evaluator.name) }
    c.property("greater_is_better", doc: "Whether a greater primary metric is better.") { evaluator, _ in
        .boolean(evaluator.greaterIsBetter)
    }
    c.property("metric_keys", doc: "The keys that it writes, in order; nil if only running it tells.") { evaluator, call in
        guard let keys = evaluator.metricKeys else { return .nil }
        return try call.list(keys.map { .string($0) })
    }
    c.oneLine { "Evaluator(\($0.primaryMetric))" }
    c.meta(.tostring) { evaluator, _ in
        let type = evaluator is LuaEvaluator ? "Evaluator" : "\(Swift.type(of: evaluator))"
        return .string("\(type)(primary_metric = \"\(evaluator.primaryMetric)\")")
    }
}

private func evaluate(_ evaluator: any Evaluator, _ call: LuaCall) throws -> LuaValue {
    try call.requireAtMost(2)
    let free = evaluator as? any ModelFreeEvaluator
    let hasModel = free == nil || call.slot(1).objectIfPresent((any EncoderModel).self) != nil
    let model = hasModel ? try call.object(1, (any EncoderModel).self, "model") : nil
    let options = try call.options(hasModel || call.slot(1).isNil ? 2 : 1)
    var moment = EvaluationMoment()
    moment.outputFolder = try options.optionalString("output_path")
    moment.epoch = try options.finiteNumber("epoch", default: -1)
    moment.steps = try options.integer("steps", default: -1)
    if try options.bool("verbose", default: false) { moment.log = { print($0) } }
    let progress = ProgressCounter(isWanted: try options.bool("show_progress_bar", default: evaluator.showsProgress))
    moment.onBatch = { try progress.report("Evaluating", done: $0, of: $1) }
    try options.finish()
    let metrics = try model.map { try evaluator.evaluate($0, at: moment) } ?? free?.evaluate(at: moment) ?? []
    return try call.record(metrics.map { ($0.key, .number($0.value)) })
}

extension LuaSlot {
    /// An evaluator: an object, a table with `evaluate`, or a function of model and info.
    func evaluator(in state: LuaState) throws -> any Evaluator {
        switch value {
        case .table(let table) where uncalled == nil: return try LuaEvaluator(table: table, state: state)
        case .function(let function) where uncalled == nil: return LuaEvaluator(function: function, state: state)
        default: return try object((any Evaluator).self)
        }
    }
}
