import Evaluators
import LuaHost

let reciprocalRankFusionEvaluatorClass = LuaClass<ReciprocalRankFusionEvaluator>(
    "ReciprocalRankFusionEvaluator",
    doc: Doc("""
        Measures two retrievals of the same queries, and their lists fused by reciprocal ranks: map, mrr@k and ndcg@k (primary) of \
        the fused list, and the same with dense_ and sparse_ before them. It needs no model: evaluator().
        """),
    base: "Evaluator"
) { c in
    c.constructor(doc: Doc(
        "An evaluator of hybrid search.",
        options: [
            .init("dense_samples", "table of tables", """
                one per query, with query_id, query (strings), positive (a string or a list) and documents (what a dense retrieval \
                found, best first)
                """),
            .init("sparse_samples", "table of tables", "the same of a sparse retrieval, with the same query_ids in the same order"),
            .init("at_k", "integer", default: "10", "how many ranks mrr and ndcg look at"),
            .init("rrf_k", "integer", default: "60", "added to each rank: the more, the less the first ranks count"),
            .init("name", "string", default: "\"\"", "put before each key, as in name_key, and into the names of files"),
            .init("batch_size", "integer", default: "32", "accepted and not needed: nothing is embedded"),
            .init("show_progress_bar", "boolean", default: "false", "whether a terminal shows how far it is"),
            .init("write_csv", "boolean", default: "true", "whether a row is added to a CSV file when an output_path is given"),
            .init("write_predictions", "boolean", default: "false", "whether the fused lists are written as JSONL when an output_path is given"),
        ],
        example: """
            local found = { query_id = "q1", query = "a young dog", positive = { "puppy" }, documents = { "kennel", "puppy" } }
            local evaluator = sentx.evaluation.ReciprocalRankFusionEvaluator { dense_samples = { found }, sparse_samples = { found } }
            """)) { call in
        let given = try call.options(1)
        var options = ReciprocalRankFusionEvaluator.Options()
        options.name = try given.string("name", default: "")
        options.atK = try given.positiveInteger("at_k", default: options.atK)
        options.rrfK = try given.optionalCount("rrf_k") ?? options.rrfK
        options.showsProgress = try given.bool("show_progress_bar", default: false)
        options.writesCSV = try given.bool("write_csv", default: true)
        options.writesPredictions = try given.bool("write_predictions", default: false)
        _ = try given.optionalPositiveInteger("batch_size")
        let (dense, sparse) = (given.slot("dense_samples"), given.slot("sparse_samples"))
        try given.finish()
        return try ReciprocalRankFusionEvaluator(dense: try samples(dense, "dense_samples", call),
                                                 sparse: try samples(sparse, "sparse_samples", call), options: options)
    }
}

private func samples(_ slot: LuaSlot, _ option: String, _ call: LuaCall) throws -> [ReciprocalRankFusionEvaluator.Sample] {
    if slot.isNil { throw slot.mismatch("table of samples") }
    return try slot.list().enumerated().map { number, entry in
        let table = try entry.table()
        func field(_ name: String) throws -> LuaSlot {
            LuaSlot(try table.get(name), state: call.state, place: "\(call.name): \(option)[\(number + 1)].\(name)")
        }
        let (id, positive) = (try field("query_id"), try field("positive"))
        if id.isNil { throw id.mismatch("id of the query") }
        return ReciprocalRankFusionEvaluator.Sample(
            queryId: try id.id(id.value), query: try field("query").string(),
            positive: try positive.value.asString.map { [$0] } ?? positive.strings(), documents: try field("documents").strings())
    }
}
