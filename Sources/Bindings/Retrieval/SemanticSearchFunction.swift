import Encoders
import LuaHost
import Retrieval
import Tensors

/// `sentx.util.semantic_search`.
func registerSemanticSearch(_ sentx: LuaModule) throws {
    let util = try sentx.submodule("util", doc: "Similarities of embeddings.")
    try util.function("semantic_search", doc: Doc(
        "The corpus embeddings most similar to each query embedding. The search is exact and needs little memory beside the embeddings.",
        parameters: [
            .init("query_embeddings", "Tensor", "[queries, dimension], or [dimension] for one query"),
            .init("corpus_embeddings", "Tensor", "[rows, dimension]"),
        ],
        options: [
            .init("top_k", "integer", default: "10", "how many are found for each query"),
            .init("score_function", "string", default: "\"cosine\"", "\"cosine\", \"dot\", \"euclidean\" or \"manhattan\""),
        ],
        returns: "for each query a list of { corpus_id = row, score = similarity }, best first; rows count from 1",
        example: """
            local hits = sentx.util.semantic_search(model:encode({ "a young dog" }), model:encode(texts), { top_k = 3 })
            print(texts[hits[1][1].corpus_id], hits[1][1].score)
            """)) { call in
        try call.requireAtMost(3)
        let queries = try call.object(1, Tensor.self)
        let corpus = try call.object(2, Tensor.self)
        let options = try call.options(3)
        let topK = try options.integer("top_k", default: 10)
        if topK < 1 { throw options.slot("top_k").invalid("must be at least 1") }
        let name = try options.choice("score_function", SimilarityFunction.allCases.map(\.rawValue), default: "cosine")
        try options.finish()
        let progress = ProgressCounter(isWanted: false)
        let found = try semanticSearch(queries, in: corpus, topK: topK, similarity: SimilarityFunction(rawValue: name) ?? .cosine) { done in
            try progress.report("Searching", done: done, of: queries.shape[0])
        }
        return try call.list(found.map { hits in
            try call.list(hits.map { try call.record([("corpus_id", .integer($0.corpusId + 1)), ("score", .number(Double($0.score)))]) })
        })
    }
}
