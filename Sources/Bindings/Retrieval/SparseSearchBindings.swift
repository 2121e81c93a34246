import Encoders
import LuaHost
import Retrieval
import Tensors

/// `sentx.InvertedIndex`, `sentx.BM25` and what goes with them.
func registerSparseSearch(_ sentx: LuaModule) throws {
    try sentx.class(invertedIndexClass)
    try sentx.class(bm25Class)
    let util = try sentx.submodule("util", doc: "Similarities of embeddings.")
    try util.function("reciprocal_rank_fusion", doc: Doc(
        "One ranking out of several for each query: a document scores the sum of 1 / (k + rank) over the rankings. What joins BM25 with a model.",
        parameters: [.init("rankings", "table of tables", "what several searches found for the same queries: one list of hits for each query")],
        options: [.init("k", "number", default: "60", "more gives lower ranks more say"), topKOption],
        returns: "for each query a list of { corpus_id = row, score = number }, best first",
        example: "local hits = sentx.util.reciprocal_rank_fusion({ bm25:search(texts), index:search(model:encode_query(texts)) }, { top_k = 5 })")) { call in
        let rankings = try call.slot(1).list().map { try $0.list().map(hits) }
        let given = try call.options(2)
        let k = try given.number("k", default: 60), topK = try given.positiveInteger("top_k", default: 10)
        if !(k > -1 && k.isFinite) { throw given.slot("k").invalid("must be a number above -1") }
        try given.finish()
        let count = rankings.first?.count ?? 0
        guard rankings.allSatisfy({ $0.count == count }) else {
            throw call.error("the rankings are of \(rankings.map { "\($0.count)" }.joined(separator: ", ")) queries; all must be of the same")
        }
        return try hitLists((0..<count).map { query in reciprocalRankFusion(rankings.map { $0[query] }, k: k, topK: topK) }, call)
    }
    try util.function("write_bulk_documents", doc: Doc(
        """
        Writes sparse embeddings as JSON lines that the bulk loading of Elasticsearch and OpenSearch takes, for fields of the types rank_features \
        and sparse_vector. Dots in tokens become underscores, and only weights above zero are written, as these fields want.
        """,
        parameters: [.init("path", "string", "the file to write"), .init("model", "SparseEncoder", "whose tokens name the weights"),
                     .init("embeddings", "SparseMatrix or Tensor", "the documents' embeddings")],
        options: [.init("index", "string", optional: true, "the index that an action line before each document names; without it only documents"),
                  .init("field", "string", default: "\"tokens\"", "the field of the weights"),
                  .init("ids", "table of strings", optional: true, "one for each document; by default numbers from 1"),
                  .init("texts", "table of strings", optional: true, "written as the field text")],
        returns: "nothing",
        example: "sentx.util.write_bulk_documents(\"docs.jsonl\", model, model:encode_document(texts), { index = \"docs\", texts = texts })")) { call in
        let path = try call.slot(1).string(), model = try call.object(2, SparseEncoder.self)
        let embeddings = try call.slot(3).sparseMatrix().matrix
        let given = try call.options(4)
        var documents = BulkDocuments()
        documents.indexName = try given.optionalString("index")
        documents.field = try given.optionalString("field") ?? documents.field
        documents.ids = given.has("ids") ? try given.slot("ids").strings() : nil
        documents.texts = given.has("texts") ? try given.slot("texts").strings() : nil
        try given.finish()
        try documents.write(embeddings, of: model, to: path)
        return .nil
    }
}

private let topKOption = Doc.Parameter("top_k", "integer", default: "10", "how many are found for each query")

private let hitsText = "for each query a list of { corpus_id = row, score = number }, best first; rows count from 1"

/// A list of hits as a search gives it.
private func hits(_ slot: LuaSlot) throws -> [SearchHit] {
    try slot.list().map { hit in
        let table = try hit.table()
        let id = try hit.field("corpus_id", table.get("corpus_id")).integer(from: 1)
        return SearchHit(corpusId: id - 1, score: 0)
    }
}

private let invertedIndexClass = LuaClass<InvertedIndex>("InvertedIndex", doc: Doc(
    "Exact search over sparse embeddings by the dot product. Documents that share nothing with a query are not found.",
    example: "local index = sentx.InvertedIndex(model:encode_document(texts))\nlocal hits = index:search(model:encode_query { \"a cat\" }, { top_k = 3 })")
) { c in
    c.constructor(doc: Doc("An index of embeddings, or one from a file, which is mapped rather than read.",
        parameters: [.init("embeddings", "SparseMatrix, Tensor or string", "[documents, dimension], or the file of a saved index")])) { call in
        try call.requireAtMost(1)
        if case .string(let path) = call.value(1) { return try InvertedIndex(path: path) }
        return try InvertedIndex(try call.slot(1).sparseMatrix().matrix)
    }
    c.method("search", doc: Doc("The documents of the greatest dot product, the lower row of equals first.",
        parameters: [.init("query_embeddings", "SparseMatrix or Tensor", "[queries, dimension]")], options: [topKOption], returns: hitsText)) { index, call in
        let queries = try call.slot(1).sparseMatrix().matrix
        let given = try call.options(2)
        let topK = try given.positiveInteger("top_k", default: 10)
        try given.finish()
        let progress = ProgressCounter(isWanted: false)
        return try hitLists(try index.search(queries, topK: topK) { try progress.report("Searching", done: $0, of: queries.rowCount) }, call)
    }
    c.method("save", doc: Doc("Saves the index in one file.", parameters: [.init("path", "string", "the file")], returns: "nothing")) { index, call in
        try index.save(to: try call.slot(1).string())
        return .nil
    }
    c.property("dimension", doc: "Elements of an embedding, zeros included.") { index, _ in .integer(index.dimension) }
    c.meta(.length) { index, _ in .integer(index.documentCount) }
    c.oneLine { "InvertedIndex(\($0.documentCount) documents of \($0.dimension) columns, \($0.postingCount) values)" }
}

private let bm25Class = LuaClass<BM25Index>("BM25", doc: Doc(
    "Search by words, the usual companion and rival of a model. Words are runs of letters and digits, in small letters.",
    example: "local bm25 = sentx.BM25(texts)\nlocal hits = bm25:search({ \"a young cat\" }, { top_k = 3 })")
) { c in
    c.constructor(doc: Doc("An index of texts, or one from a file.",
        parameters: [.init("texts", "table of strings or string", "the documents, or the file of a saved index")],
        options: [.init("k1", "number", default: "1.2", "how much more a repeated word counts"),
                  .init("b", "number", default: "0.75", "how much long documents are held back, from 0 to 1")])) { call in
        if case .string(let path) = call.value(1) {
            try call.requireAtMost(1)
            return try BM25Index(path: path)
        }
        let texts = try call.strings(1)
        let given = try call.options(2)
        let k1 = try given.nonNegativeNumber("k1", default: 1.2), b = try given.nonNegativeNumber("b", default: 0.75)
        try given.finish()
        return try BM25Index(texts, k1: k1, b: b)
    }
    c.method("search", doc: Doc("The documents of the greatest score, the lower row of equals first.",
        parameters: [.init("queries", "table of strings or string", "texts; one text gives one list of hits in a list")],
        options: [topKOption], returns: hitsText)) { index, call in
        var queries: [String] = []
        if case .string(let text) = call.value(1) { queries = [text] } else { queries = try call.strings(1) }
        let given = try call.options(2)
        let topK = try given.positiveInteger("top_k", default: 10)
        try given.finish()
        let progress = ProgressCounter(isWanted: false)
        return try hitLists(try index.search(queries, topK: topK) { try progress.report("Searching", done: $0, of: queries.count) }, call)
    }
    c.method("save", doc: Doc("Saves the index in one file.", parameters: [.init("path", "string", "the file")], returns: "nothing")) { index, call in
        try index.save(to: try call.slot(1).string())
        return .nil
    }
    c.meta(.length) { index, _ in .integer(index.documentCount) }
    c.oneLine { "BM25(\($0.documentCount) documents, \($0.wordCount) words)" }
}
