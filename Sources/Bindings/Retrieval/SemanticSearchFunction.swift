import Encoders
import LuaHost
import Retrieval
import Tensors

/// `sentx.util.semantic_search`.
func registerSemanticSearch(_ sentx: LuaModule) throws {
    let util = try sentx.submodule("util", doc: "Similarities of embeddings.")
    try util.function("semantic_search", doc: Doc(
        """
        The corpus embeddings most similar to each query embedding. The search is exact and needs little memory beside the \
        embeddings. A corpus of QuantizedEmbeddings is searched for the greatest dot product.
        """,
        parameters: [
            .init("query_embeddings", "Tensor", "[queries, dimension], or [dimension] for one query"),
            .init("corpus_embeddings", "Tensor or QuantizedEmbeddings", "[rows, dimension]"),
        ],
        options: [
            .init("top_k", "integer", default: "10", "how many are found for each query"),
            .init("score_function", "string or function", default: "\"cosine\"",
                  "\"cosine\", \"dot\", \"euclidean\", \"manhattan\", or a function of [queries, dimension] and [rows, dimension]"),
            .init("query_chunk_size", "integer", optional: true, "accepted and not needed: the search chooses its blocks by the size of the caches"),
            .init("corpus_chunk_size", "integer", optional: true, "likewise"),
            .init("rescore", "boolean", default: "true",
                  "for a binary corpus: whether the best by differing bits are scored again by the query's own numbers"),
            .init("rescore_multiplier", "integer", default: "2", "for a binary corpus: how many times top_k candidates are scored again"),
        ],
        returns: "for each query a list of { corpus_id = row, score = similarity }, best first; rows count from 1",
        example: """
            local hits = sentx.util.semantic_search(model:encode({ "a young dog" }), model:encode(texts), { top_k = 3 })
            print(texts[hits[1][1].corpus_id], hits[1][1].score)
            """)) { call in
        try call.requireAtMost(3)
        let queries = try call.object(1, Tensor.self).toFloat32()
        let quantized = call.slot(2).objectIfPresent(QuantizedEmbeddings.self)
        let options = try call.options(3)
        let topK = try options.positiveInteger("top_k", default: 10)
        _ = try options.optionalPositiveInteger("query_chunk_size")
        _ = try options.optionalPositiveInteger("corpus_chunk_size")
        let hasFunction = options.has("score_function")
        let function = try options.scoreFunction("score_function")
        let hasRescoring = options.has("rescore") || options.has("rescore_multiplier")
        var quantizedOptions = QuantizedSearchOptions()
        quantizedOptions.topK = topK
        quantizedOptions.rescore = try options.bool("rescore", default: true)
        quantizedOptions.rescoreMultiplier = try options.positiveInteger("rescore_multiplier", default: 2)
        try options.finish()
        let progress = ProgressCounter(isWanted: false)
        let checkpoint = { (done: Int) throws -> Void in try progress.report("Searching", done: done, of: done) }
        if let quantized {
            if hasFunction { throw call.error("score_function is not for quantized embeddings, which are compared by the dot product; leave it out") }
            return try hitLists(try semanticSearch(queries, in: quantized, options: quantizedOptions, checkpoint: checkpoint), call)
        }
        if hasRescoring { throw call.error("rescore is for a quantized corpus; leave it out, or see sentx.util.quantize_embeddings") }
        let corpus = try call.object(2, Tensor.self).toFloat32()
        return try hitLists(try semanticSearch(queries, in: corpus, topK: topK, function: function, checkpoint: checkpoint), call)
    }
}

func hitLists(_ found: [[SearchHit]], _ call: LuaCall) throws -> LuaValue {
    try call.list(found.map { hits in
        try call.list(hits.map { try call.record([("corpus_id", .integer($0.corpusId + 1)), ("score", .number(Double($0.score)))]) })
    })
}
