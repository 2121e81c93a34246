import Encoders
import Kernels
import Tensors

/// Exact search over a corpus that comes in pieces: only one piece has to be in memory at a time.
///
/// Each thread compares all queries with its own rows, a block that stays in its cache, so the corpus is read from memory
/// once however many queries there are. Apart from the last bit of scores, the result does not depend on the pieces or on the
/// number of threads. Of equal scores, the row that came first ranks first.
public final class TopKSearch {
    public let queryCount: Int
    public let k: Int
    /// Rows searched so far.
    public private(set) var rowCount = 0
    private let function: ScoreFunction
    private let queries: Tensor
    private let dimension: Int
    /// The hits of each thread's rows.
    private let parts: [BestHits]
    private let blocks: [Tensor]

    /// Rows of the corpus that a thread compares at a time, and queries.
    private static let rowBlock = 1_024
    private static let queryBlock = 256

    /// - Parameters:
    ///   - queries: `[queries, dimension]`
    ///   - k: hits kept per query; memory is taken for all of them, so no more than the corpus has rows.
    /// - Throws: ``TensorError`` for queries that are not a float32 matrix of finite numbers.
    public init(queries: Tensor, k: Int, function: ScoreFunction) throws {
        try SimilarityFunction.check(queries, queries)
        self.function = function
        self.k = max(0, k)
        queryCount = queries.shape[0]
        dimension = queries.shape[1]
        let plain = queries.contiguous()
        for query in 0..<queryCount {
            let start = plain.floats + query * dimension
            if !dotProduct(start, start, count: dimension).isFinite {
                throw TensorError("search: query embedding \(query + 1) of \(queryCount) holds NaN or infinite values")
            }
        }
        let threads: Int
        if case .similarity(let similarity) = function.kind {
            self.queries = similarity.prepared(plain)
            threads = ThreadPool.shared.threadCount
        } else {
            self.queries = plain
            threads = 1
        }
        let (count, kept) = (queryCount, self.k)
        parts = (0..<threads).map { _ in BestHits(queryCount: count, k: kept) }
        blocks = (0..<threads).map { _ in Tensor(uninitialized: [min(Self.queryBlock, max(1, count)) + 1, Self.rowBlock]) }
    }

    /// Searches further rows, which count on from those before.
    ///
    /// - Parameters:
    ///   - corpus: `[rows, dimension]`
    ///   - checkpoint: called between blocks with the number of these rows that are done; may throw to stop.
    /// - Throws: ``TensorError`` for a dimension that is not that of the queries or embeddings that are not finite.
    public func add(_ corpus: Tensor, checkpoint: (Int) throws -> Void = { _ in }) throws {
        try SimilarityFunction.check(queries, corpus)
        let corpus = corpus.contiguous()
        let rows = corpus.shape[0]
        let roundLength = parts.count * Self.rowBlock
        for start in stride(from: 0, to: rows, by: roundLength) {
            let length = min(roundLength, rows - start)
            switch function.kind {
            case .similarity(let similarity): try search(corpus, start ..< start + length, similarity)
            case .custom: try offerScores(of: corpus, start ..< start + length)
            }
            try checkpoint(start + length)
        }
        rowCount += rows
    }

    /// The hits of all rows; the search ends with it.
    public func result() -> NearestNeighbours {
        parts.forEach { $0.sort() }
        let kept = min(k, rowCount)
        var indices = [Int32](repeating: -1, count: queryCount * kept)
        var scores = [Float](repeating: -.infinity, count: queryCount * kept)
        for query in 0..<queryCount {
            let lists = parts.map { $0.hits(of: query) }
            var next = [Int](repeating: 0, count: lists.count)
            for place in query * kept ..< (query + 1) * kept {
                var best: Int?
                for (list, hits) in lists.enumerated() where next[list] < hits.scores.count {
                    guard let leader = best else {
                        best = list
                        continue
                    }
                    let (a, b) = (hits.scores[next[list]], lists[leader].scores[next[leader]])
                    if a > b || a == b && hits.indices[next[list]] < lists[leader].indices[next[leader]] { best = list }
                }
                guard let best else { break }
                (indices[place], scores[place]) = (lists[best].indices[next[best]], lists[best].scores[next[best]])
                next[best] += 1
            }
        }
        return NearestNeighbours(k: kept, queryCount: queryCount, indices: indices, scores: scores)
    }

    /// One round: every thread takes a share of `range`.
    private func search(_ corpus: Tensor, _ range: Range<Int>, _ similarity: SimilarityFunction) throws {
        let share = (range.count + parts.count - 1) / parts.count
        var broken = [Int](repeating: -1, count: parts.count)
        broken.withUnsafeMutableBufferPointer { buffer in
            let broken = buffer.baseAddress
            ThreadPool.shared.run(count: parts.count) { part in
                let first = range.lowerBound + part * share
                let count = min(range.upperBound, first + share) - first
                if count > 0 { broken?[part] = scan(corpus.floats + first * dimension, first: first, count: count, part: part, similarity) }
            }
        }
        if let row = broken.first(where: { $0 >= 0 }) {
            throw TensorError("search: corpus embedding \(rowCount + row + 1) of \(rowCount + corpus.shape[0]) holds NaN or infinite values")
        }
    }

    /// Compares all queries with a block of rows.
    ///
    /// - Returns: the first row that is not finite, -1 if all are.
    private func scan(_ rows: UnsafePointer<Float>, first: Int, count: Int, part: Int, _ similarity: SimilarityFunction) -> Int {
        let scores = blocks[part].floats
        // The last row of the block holds the reciprocal lengths of the corpus rows.
        let scales = scores + (blocks[part].shape[0] - 1) * Self.rowBlock
        for row in 0..<count {
            let start = rows + row * dimension
            let square = dotProduct(start, start, count: dimension)
            if !square.isFinite { return first + row }
            scales[row] = 1 / max(square.squareRoot(), 1e-12)
        }
        for firstQuery in stride(from: 0, to: queryCount, by: Self.queryBlock) {
            let queryRows = min(Self.queryBlock, queryCount - firstQuery)
            let start = queries.floats + firstQuery * dimension
            if similarity.isDotProduct {
                // Without an epilogue it is the rows of the corpus that are cut, so that each is packed once.
                matrixProduct(start, .normal, rows, .transposed, into: scores, m: queryRows, n: count, k: dimension)
            } else {
                similarity.block(start, rows, into: scores, rows: queryRows, columns: count, dimension: dimension) { _ in }
            }
            if similarity == .cosine { scaleColumns(scores, by: scales, rows: queryRows, columns: count) }
            for row in 0..<queryRows {
                parts[part].push(scores + row * count, count: count, firstIndex: rowCount + first, query: firstQuery + row)
            }
        }
        return -1
    }

    /// The same with a function that knows only whole tensors.
    private func offerScores(of corpus: Tensor, _ range: Range<Int>) throws {
        let rows = try corpus.narrow(dim: 0, start: range.lowerBound, length: range.count)
        for firstQuery in stride(from: 0, to: queryCount, by: Self.queryBlock) {
            let length = min(Self.queryBlock, queryCount - firstQuery)
            let scores = try function.matrix(try queries.narrow(dim: 0, start: firstQuery, length: length), rows)
            for row in 0..<length {
                parts[0].push(scores.floats + row * range.count, count: range.count, firstIndex: rowCount + range.lowerBound, query: firstQuery + row)
            }
        }
    }
}
