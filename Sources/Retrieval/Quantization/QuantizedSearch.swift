import ComputeRuntime
import Encoders
import Kernels
import Tensors

/// How a quantized corpus is searched.
public struct QuantizedSearchOptions {
    public var topK = 10
    /// Binary corpora: whether the best by Hamming distance are compared again with the query as it was.
    public var rescore = true
    /// Binary corpora: how many times `topK` candidates are compared again.
    public var rescoreMultiplier = 2

    public init() {}
}

/// The rows of a quantized corpus with the greatest dot product with each query, best first.
///
/// For int8 and uint8, every row is compared: the score is the dot product of the query with the dequantized row. For binary
/// ones, the rows that differ in the fewest bits from the signs of the query are candidates, scored again by the dot product
/// of the query with the row's bits (0 or 1); without rescoring, the score is minus the number of bits that differ.
///
/// - Parameters:
///   - queries: `[queries, dimension]`, or `[dimension]` for one.
///   - checkpoint: called between blocks with the number of corpus rows done; may throw to stop.
/// - Throws: ``TensorError`` for shapes that do not fit.
public func semanticSearch(
    _ queries: Tensor, in corpus: QuantizedEmbeddings, options: QuantizedSearchOptions = QuantizedSearchOptions(),
    checkpoint: (Int) throws -> Void = { _ in }
) throws -> [[SearchHit]] {
    let queries = (queries.rank == 1 ? try queries.unsqueeze(0) : queries).contiguous()
    try SimilarityFunction.check(queries, queries)
    guard options.topK >= 1 else { throw TensorError("search: top_k is \(options.topK), it must be at least 1") }
    guard queries.shape[1] == corpus.dimension else {
        throw TensorError("similarity of embeddings of different dimension: \(queries.shape[1]) and \(corpus.dimension)")
    }
    return corpus.precision.isBinary
        ? try searchBits(queries, corpus, options, checkpoint)
        : try searchCodes(queries, corpus, options, checkpoint)
}

private func searchCodes(
    _ queries: Tensor, _ corpus: QuantizedEmbeddings, _ options: QuantizedSearchOptions, _ checkpoint: (Int) throws -> Void
) throws -> [[SearchHit]] {
    let search = try TopKSearch(queries: queries, k: min(options.topK, corpus.rowCount), function: ScoreFunction(.dot))
    // Small enough that a block of float32 stays in the caches.
    let block = 4_096
    for start in stride(from: 0, to: corpus.rowCount, by: block) {
        let end = min(corpus.rowCount, start + block)
        try search.add(corpus.dequantized(start..<end))
        try checkpoint(end)
    }
    let found = search.result()
    return (0..<found.queryCount).map(found.hits)
}

private func searchBits(
    _ queries: Tensor, _ corpus: QuantizedEmbeddings, _ options: QuantizedSearchOptions, _ checkpoint: (Int) throws -> Void
) throws -> [[SearchHit]] {
    let (product, isTooMany) = options.topK.multipliedReportingOverflow(by: options.rescore ? max(1, options.rescoreMultiplier) : 1)
    let wanted = isTooMany ? corpus.rowCount : product
    let best = BestHits(queryCount: queries.shape[0], k: min(wanted, corpus.rowCount))
    let signs = try QuantizedEmbeddings(queries, precision: .ubinary)
    let (queryCount, length) = (queries.shape[0], corpus.rowLength)
    let block = 4_096
    let distances = Tensor(uninitialized: [max(1, queryCount), block])
    for start in stride(from: 0, to: corpus.rowCount, by: block) {
        let count = min(block, corpus.rowCount - start)
        signs.codes.withUnsafeBufferPointer { signs in
            corpus.codes.withUnsafeBufferPointer { codes in
                ThreadPool.shared.runRanges(count: queryCount, grain: 1) { queries in
                    for query in queries {
                        let scores = distances.floats + query * block
                        negativeHammingDistances(signs.baseAddress! + query * length, codes.baseAddress! + start * length, rows: count,
                                                 length: length, into: scores)
                        best.push(scores, count: count, firstIndex: start, query: query)
                    }
                }
            }
        }
        try checkpoint(start + count)
    }
    best.sort()
    return (0..<queryCount).map { query in
        let found = best.hits(of: query)
        let hits = zip(found.indices, found.scores).map { SearchHit(corpusId: Int($0), score: $1) }
        if !options.rescore { return hits }
        let vector = queries.floats + query * corpus.dimension
        let rescored = hits.map { hit -> SearchHit in
            let bits = corpus.numbers(hit.corpusId ..< hit.corpusId + 1)
            return SearchHit(corpusId: hit.corpusId, score: dotProduct(vector, bits.floats, count: corpus.dimension))
        }
        // Stable: of equal scores, the one with the smaller distance stays first.
        return Array(rescored.sorted { $0.score > $1.score }.prefix(options.topK))
    }
}
