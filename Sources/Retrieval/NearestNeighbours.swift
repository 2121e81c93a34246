import Encoders
import Tensors

/// For each query, the corpus rows most similar to it, best first.
public struct NearestNeighbours {
    /// Neighbours kept per query; no more than the corpus has rows.
    public let k: Int
    /// Number of queries.
    public let queryCount: Int
    /// Corpus rows, `[queries, k]`; -1 where similarities were not numbers.
    public let indices: [Int32]
    /// Their similarities, `[queries, k]`.
    public let scores: [Float]

    init(k: Int, queryCount: Int, indices: [Int32], scores: [Float]) {
        self.k = k
        self.queryCount = queryCount
        self.indices = indices
        self.scores = scores
    }

    /// Exact search, see ``TopKSearch``. Memory beyond the embeddings and the result is a few MB for each thread.
    ///
    /// - Parameters:
    ///   - queries: `[queries, dimension]`
    ///   - corpus: `[rows, dimension]`
    ///   - checkpoint: called with the number of corpus rows done, between blocks; may throw to stop.
    /// - Throws: ``TensorError`` for shapes that do not fit or embeddings that are not finite.
    public init(
        of queries: Tensor, in corpus: Tensor, k wanted: Int, function: ScoreFunction, checkpoint: (Int) throws -> Void = { _ in }
    ) throws {
        try SimilarityFunction.check(queries, corpus)
        let search = try TopKSearch(queries: queries, k: min(wanted, corpus.shape[0]), function: function)
        try search.add(corpus, checkpoint: checkpoint)
        self = search.result()
    }

    /// The same of embeddings as their model makes them; sparse ones are compared without their zeros.
    public init(
        of queries: TextEmbeddings, in corpus: TextEmbeddings, k wanted: Int, function: ScoreFunction = ScoreFunction(.cosine),
        checkpoint: (Int) throws -> Void = { _ in }
    ) throws {
        let search = try TopKSearch(queries: queries, k: min(wanted, corpus.rowCount), function: function)
        try search.add(corpus, checkpoint: checkpoint)
        self = search.result()
    }

    /// The same with a built-in similarity.
    public init(
        of queries: Tensor, in corpus: Tensor, k: Int, similarity: SimilarityFunction = .cosine, checkpoint: (Int) throws -> Void = { _ in }
    ) throws {
        try self.init(of: queries, in: corpus, k: k, function: ScoreFunction(similarity), checkpoint: checkpoint)
    }

    /// The hits of a query, best first.
    public func hits(of query: Int) -> [SearchHit] {
        (query * k ..< (query + 1) * k).lazy.filter { indices[$0] >= 0 }.map { SearchHit(corpusId: Int(indices[$0]), score: scores[$0]) }
    }
}
