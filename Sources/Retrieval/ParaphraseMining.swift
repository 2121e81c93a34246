import Encoders
import Tensors

/// Two texts that are alike.
public struct ParaphrasePair: Equatable, Sendable {
    public let score: Float
    /// The row of the earlier text, from 0.
    public let first: Int
    /// The row of the later one.
    public let second: Int
}

/// How paraphrases are looked for.
public struct ParaphraseOptions {
    /// The most pairs to return.
    public var maxPairs = 500_000
    /// Neighbours of each text that are looked at.
    public var topK = 100
    /// Texts whose neighbours are held in memory at a time.
    public var queryChunkSize = 5_000
    /// Assumed to be symmetric.
    public var function = ScoreFunction(.cosine)

    public init() {}
}

/// The pairs of rows most similar to each other, best first: each row is compared with all others, its `topK` nearest ones
/// make pairs, and the best of these are returned. Pairs of equal score come in the order of their rows.
///
/// - Parameters:
///   - embeddings: `[rows, dimension]`
///   - checkpoint: called between blocks of work with the number of finished rows; may throw to stop.
/// - Throws: ``TensorError`` for embeddings that are not a matrix of finite numbers.
public func paraphraseMining(
    _ embeddings: Tensor, options: ParaphraseOptions = ParaphraseOptions(), checkpoint: (Int) throws -> Void = { _ in }
) throws -> [ParaphrasePair] {
    try SimilarityFunction.check(embeddings, embeddings)
    guard options.topK >= 1, options.maxPairs >= 1 else {
        throw TensorError("paraphrase mining: top_k is \(options.topK) and max_pairs \(options.maxPairs); both must be at least 1")
    }
    let embeddings = embeddings.contiguous()
    let rowCount = embeddings.shape[0]
    // A row has no more neighbours than there are other rows.
    let topK = min(options.topK, max(1, rowCount))
    var pairs = BestPairs(limit: options.maxPairs)
    for start in stride(from: 0, to: rowCount, by: max(1, options.queryChunkSize)) {
        let length = min(max(1, options.queryChunkSize), rowCount - start)
        let queries = try embeddings.narrow(dim: 0, start: start, length: length)
        let found = try NearestNeighbours(of: queries, in: embeddings, k: topK + 1, function: options.function) { done in
            try checkpoint(start + length * done / rowCount)
        }
        for query in 0..<length {
            let row = start + query
            for hit in found.hits(of: query).filter({ $0.corpusId != row }).prefix(topK) { pairs.offer(row, hit) }
        }
    }
    return pairs.sorted()
}

/// The pairs of texts most alike to `model`; see ``paraphraseMining(_:options:checkpoint:)``.
///
/// - Parameter encoding: how the texts are embedded; its `onBatch` is also called while searching.
public func paraphraseMining(
    of texts: [String], model: any TextEmbedder, encoding: EncodeOptions = EncodeOptions(), options: ParaphraseOptions = ParaphraseOptions()
) throws -> [ParaphrasePair] {
    let embeddings = try model.encode(texts, as: .any, options: encoding)
    return try paraphraseMining(embeddings, options: options) { try encoding.onBatch?($0, texts.count) }
}

/// The best pairs seen so far, each once.
private struct BestPairs {
    let limit: Int
    private var pairs: [ParaphrasePair] = []
    private var known: Set<UInt64> = []
    private var minimum = -Float.infinity

    /// - Parameter limit: at least 1; there are never as many pairs as would make twice the limit overflow.
    init(limit: Int) { self.limit = min(limit, Int.max / 4) }

    mutating func offer(_ row: Int, _ hit: SearchHit) {
        if !(hit.score > minimum) { return }
        let pair = ParaphrasePair(score: hit.score, first: min(row, hit.corpusId), second: max(row, hit.corpusId))
        if !known.insert(key(pair)).inserted { return }
        pairs.append(pair)
        // Dropping the worst half now and then costs less than keeping order all the time.
        if pairs.count >= 2 * limit + 1_024 { shrink() }
    }

    mutating func sorted() -> [ParaphrasePair] {
        shrink()
        return pairs
    }

    private mutating func shrink() {
        pairs.sort { a, b in
            if a.score != b.score { return a.score > b.score }
            return (a.first, a.second) < (b.first, b.second)
        }
        if pairs.count <= limit { return }
        for pair in pairs[limit...] { known.remove(key(pair)) }
        pairs.removeSubrange(limit...)
        minimum = pairs[limit - 1].score
    }

    private func key(_ pair: ParaphrasePair) -> UInt64 { UInt64(pair.first) << 32 | UInt64(pair.second) }
}
