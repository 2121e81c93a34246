import Encoders
import LuaHost
import Retrieval
import Tensors

/// `sentx.util.paraphrase_mining`, `paraphrase_mining_embeddings` and `community_detection`.
func registerParaphraseMining(_ sentx: LuaModule) throws {
    let util = try sentx.submodule("util", doc: "Similarities of embeddings.")
    let returned = "list of { score, i, j }, best first: the similarity and the places of both texts, which count from 1"
    try util.function("paraphrase_mining", doc: Doc(
        "The pairs of texts that are most alike, found by comparing each text with all others.",
        parameters: [.init("model", "SentenceTransformer", "embeds the texts"), .init("sentences", "table of strings", "the texts")],
        options: miningOptions + [
            .init("batch_size", "integer", default: "32", "texts embedded at a time"),
            .init("truncate_dim", "integer", optional: true, "leading elements of embeddings to compare"),
            .init("prompt_name", "string", optional: true, "which of the model's prompts goes before the texts"),
            .init("prompt", "string", optional: true, "a text to put before the texts"),
            .init("show_progress_bar", "boolean", default: "false", "whether a terminal shows how far it is"),
        ],
        returns: returned,
        example: """
            for _, pair in ipairs(sentx.util.paraphrase_mining(model, texts, { max_pairs = 10 })) do
              print(pair[1], texts[pair[2]], texts[pair[3]])
            end
            """)) { call in
        try call.requireAtMost(3)
        let model = try call.object(1, (any TextEmbedder).self)
        let texts = try call.strings(2)
        let options = try call.options(3)
        let mining = try paraphraseOptions(options)
        let progress = ProgressCounter(isWanted: try options.bool("show_progress_bar", default: false))
        let encoding = EncodeOptions(
            batchSize: try options.positiveInteger("batch_size", default: 32), prompt: try options.optionalString("prompt"),
            promptName: try options.optionalString("prompt_name"), truncateDim: try options.optionalPositiveInteger("truncate_dim")
        ) { try progress.report("Mining", done: $0, of: $1) }
        try options.finish()
        return try pairList(try paraphraseMining(of: texts, model: model, encoding: encoding, options: mining), call)
    }
    try util.function("paraphrase_mining_embeddings", doc: Doc(
        "The same for embeddings.", parameters: [.init("embeddings", "Tensor", "[rows, dimension]")], options: miningOptions,
            returns: returned)) { call in
        try call.requireAtMost(2)
        let embeddings = try call.object(1, Tensor.self).toFloat32()
        let options = try call.options(2)
        let mining = try paraphraseOptions(options)
        try options.finish()
        let progress = ProgressCounter(isWanted: false)
        return try pairList(try paraphraseMining(embeddings, options: mining) { try progress.report("Mining", done: $0, of: $0) }, call)
    }
    try util.function("community_detection", doc: Doc(
        """
        Groups of embeddings around a central one: those whose cosine with it is at least the threshold. The largest group is \
        taken first, and no embedding is in two.
        """,
        parameters: [.init("embeddings", "Tensor", "[rows, dimension]")],
        options: [
            .init("threshold", "number", default: "0.75", "the least cosine with the centre, from -1 to 1"),
            .init("min_community_size", "integer", default: "10", "the least number of members"),
            .init("batch_size", "integer", default: "1024", "embeddings compared with all others at a time"),
            .init("show_progress_bar", "boolean", default: "false", "whether a terminal shows how far it is"),
        ],
        returns: "list of lists of rows, which count from 1; the centre is the first of each",
        example: """
            local groups = sentx.util.community_detection(model:encode(texts), { threshold = 0.8, min_community_size = 3 })
            for _, group in ipairs(groups) do print(#group, texts[group[1]]) end
            """)) { call in
        try call.requireAtMost(2)
        let embeddings = try call.object(1, Tensor.self).toFloat32()
        let given = try call.options(2)
        var options = CommunityOptions()
        options.threshold = try given.finiteNumber("threshold", default: options.threshold)
        if abs(options.threshold) > 1 { throw given.slot("threshold").invalid("a cosine from -1 to 1 is wanted") }
        options.minCommunitySize = try given.positiveInteger("min_community_size", default: options.minCommunitySize)
        options.batchSize = try given.positiveInteger("batch_size", default: options.batchSize)
        let progress = ProgressCounter(isWanted: try given.bool("show_progress_bar", default: false))
        try given.finish()
        let rows = embeddings.shape.first ?? 0
        let found = try communityDetection(embeddings, options: options) { try progress.report("Finding groups", done: $0, of: rows) }
        return try call.list(found.map { try call.list($0.map { .integer($0 + 1) }) })
    }
}

private let miningOptions: [Doc.Parameter] = [
    .init("max_pairs", "integer", default: "500000", "the most pairs to return"),
    .init("top_k", "integer", default: "100", "neighbours of each text that are looked at"),
    .init("score_function", "string or function", default: "\"cosine\"", "as for semantic_search; it must be symmetric"),
    .init("query_chunk_size", "integer", default: "5000", "texts whose neighbours are held in memory at a time"),
    .init("corpus_chunk_size", "integer", optional: true, "accepted and not needed: the search chooses its own blocks"),
]

private func paraphraseOptions(_ given: LuaOptions) throws -> ParaphraseOptions {
    var options = ParaphraseOptions()
    options.maxPairs = try given.positiveInteger("max_pairs", default: options.maxPairs)
    options.topK = try given.positiveInteger("top_k", default: options.topK)
    options.queryChunkSize = try given.positiveInteger("query_chunk_size", default: options.queryChunkSize)
    _ = try given.optionalPositiveInteger("corpus_chunk_size")
    options.function = try given.scoreFunction("score_function")
    return options
}

private func pairList(_ pairs: [ParaphrasePair], _ call: LuaCall) throws -> LuaValue {
    try call.list(pairs.map { try call.list([.number(Double($0.score)), .integer($0.first + 1), .integer($0.second + 1)]) })
}
