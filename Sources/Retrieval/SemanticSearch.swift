import Encoders
import Tensors

/// A corpus row found for a query.
public struct SearchHit: Equatable, Sendable {
    /// Row of the corpus, from 0.
    public let corpusId: Int
    /// Its similarity with the query.
    public let score: Float

    public init(corpusId: Int, score: Float) {
        self.corpusId = corpusId
        self.score = score
    }
}

/// The `topK` corpus embeddings most similar to each query embedding, best first; fewer if the corpus is smaller.
///
/// - Parameters:
///   - queries: `[queries, dimension]`, or `[dimension]` for a single one.
///   - corpus: `[rows, dimension]`
///   - checkpoint: called between blocks of work with the number of corpus rows done; may throw to stop.
/// - Throws: ``TensorError`` for shapes that do not fit, or a `topK` below 1.
public func semanticSearch(
    _ queries: Tensor, in corpus: Tensor, topK: Int = 10, function: ScoreFunction = ScoreFunction(.cosine),
    checkpoint: (Int) throws -> Void = { _ in }
) throws -> [[SearchHit]] {
    guard topK >= 1 else { throw TensorError("search: top_k is \(topK), it must be at least 1") }
    let queries = queries.rank == 1 ? try queries.unsqueeze(0) : queries
    let found = try NearestNeighbours(of: queries, in: corpus, k: topK, function: function, checkpoint: checkpoint)
    return (0..<found.queryCount).map(found.hits)
}
