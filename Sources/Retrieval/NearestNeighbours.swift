import Encoders
import Kernels
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

    /// Rows of the corpus whose scores are held at a time, and queries.
    private static let corpusBlock = 2_048
    private static let queryBlock = 4_096

    /// Exact search. Memory beyond the embeddings and the result is a block of scores of 32 MB, whatever the sizes.
    /// Of equal similarities, the earlier corpus row comes first.
    ///
    /// - Parameters:
    ///   - queries: `[queries, dimension]`
    ///   - corpus: `[rows, dimension]`
    ///   - checkpoint: called with the number of finished queries between blocks; may throw to stop.
    /// - Throws: ``TensorError`` for shapes that do not fit or embeddings that are not finite.
    public init(
        of queries: Tensor, in corpus: Tensor, k wanted: Int, similarity: SimilarityFunction = .cosine,
        checkpoint: (Int) throws -> Void = { _ in }
    ) throws {
        try SimilarityFunction.check(queries, corpus)
        try Self.checkFinite(queries, "query")
        try Self.checkFinite(corpus, "corpus")
        let (left, right) = (similarity.prepared(queries), similarity.prepared(corpus))
        let (queryCount, rowCount, dimension) = (queries.shape[0], corpus.shape[0], queries.shape[1])
        let k = max(0, min(wanted, rowCount))
        let heapScores = UnsafeMutablePointer<Float>.allocate(capacity: queryCount * k)
        let heapIndices = UnsafeMutablePointer<Int32>.allocate(capacity: queryCount * k)
        heapScores.initialize(repeating: -.infinity, count: queryCount * k)
        heapIndices.initialize(repeating: -1, count: queryCount * k)
        defer {
            heapScores.deallocate()
            heapIndices.deallocate()
        }
        let block = Tensor(uninitialized: [min(Self.queryBlock, queryCount), min(Self.corpusBlock, rowCount)])
        var filled = [Int](repeating: 0, count: queryCount)
        try filled.withUnsafeMutableBufferPointer { filled in
            let filled = filled.baseAddress
            for firstQuery in stride(from: 0, to: queryCount, by: Self.queryBlock) {
                let queryRows = min(Self.queryBlock, queryCount - firstQuery)
                for firstRow in stride(from: 0, to: rowCount, by: Self.corpusBlock) {
                    let columns = min(Self.corpusBlock, rowCount - firstRow)
                    similarity.block(left.floats + firstQuery * dimension, right.floats + firstRow * dimension, into: block.floats,
                                     rows: queryRows, columns: columns, dimension: dimension) { rows in
                        for row in rows {
                            let query = firstQuery + row
                            pushTopK(block.floats + row * columns, count: columns, firstIndex: Int32(firstRow),
                                     heapScores: heapScores + query * k, heapIndices: heapIndices + query * k, k: k,
                                     filled: &filled![query])
                        }
                    }
                    try checkpoint(firstQuery)
                }
                for query in firstQuery ..< firstQuery + queryRows {
                    sortTopK(heapScores + query * k, heapIndices + query * k, filled: filled![query])
                }
                try checkpoint(firstQuery + queryRows)
            }
        }
        self.k = k
        self.queryCount = queryCount
        indices = Array(UnsafeBufferPointer(start: heapIndices, count: queryCount * k))
        scores = Array(UnsafeBufferPointer(start: heapScores, count: queryCount * k))
    }

    private static func checkFinite(_ embeddings: Tensor, _ name: String) throws {
        let source = embeddings.contiguous()
        let dimension = source.shape[1]
        for row in 0..<source.shape[0] {
            let start = source.floats + row * dimension
            if !dotProduct(start, start, count: dimension).isFinite {
                throw TensorError("search: \(name) embedding \(row + 1) of \(source.shape[0]) holds NaN or infinite values")
            }
        }
    }
}
