import ComputeRuntime
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
    private let queries: Queries
    private let dimension: Int
    /// The hits of each thread's rows.
    private let parts: [BestHits]
    private let blocks: [Tensor]

    /// Rows of the corpus that a thread compares at a time, and queries.
    private static let rowBlock = 1_024
    private static let queryBlock = 256

    /// The queries in the form in which they are compared.
    private enum Queries {
        /// As ``SimilarityFunction/block`` wants them.
        case dense(Tensor, SimilarityFunction)
        /// A block of queries each.
        case sparse([SparseRowsByColumn])
        case custom(TextEmbeddings)
    }

    /// - Parameters:
    ///   - queries: `[queries, dimension]`
    ///   - k: hits kept per query; memory is taken for all of them, so no more than the corpus has rows.
    /// - Throws: ``TensorError`` for queries that are not a float32 matrix of finite numbers.
    public convenience init(queries: Tensor, k: Int, function: ScoreFunction) throws {
        try self.init(queries: .dense(queries), k: k, function: function)
    }

    /// The same of embeddings as their model makes them. Sparse ones are compared without their zeros, by built-in similarities.
    public init(queries: TextEmbeddings, k: Int, function: ScoreFunction) throws {
        if case .dense(let tensor) = queries { try SimilarityFunction.check(tensor, tensor) }
        self.function = function
        self.k = max(0, k)
        queryCount = queries.rowCount
        dimension = queries.dimension
        if let bad = queries.firstNotFinite {
            throw TensorError("search: query embedding \(bad.row + 1) of \(queryCount) holds NaN or infinite values")
        }
        var threads = ThreadPool.shared.threadCount
        switch (function.kind, queries) {
        case (.similarity(let similarity), .dense(let tensor)):
            self.queries = .dense(similarity.prepared(tensor.contiguous()), similarity)
        case (.similarity(let similarity), .sparse(let matrix)):
            self.queries = .sparse(stride(from: 0, to: matrix.rowCount, by: Self.queryBlock).map {
                SparseRowsByColumn(matrix, $0 ..< min(matrix.rowCount, $0 + Self.queryBlock), similarity)
            })
        case (.custom, _):
            self.queries = .custom(queries)
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
        try add(.dense(corpus), checkpoint: checkpoint)
    }

    /// The same of embeddings as their model makes them, sparse if the queries are.
    public func add(_ corpus: TextEmbeddings, checkpoint: (Int) throws -> Void = { _ in }) throws {
        if case .dense(let tensor) = corpus { try SimilarityFunction.check(tensor, tensor) }
        if corpus.dimension != dimension {
            throw TensorError("similarity of embeddings of different dimension: \(dimension) and \(corpus.dimension)")
        }
        var corpus = corpus
        if case .dense(let tensor) = corpus { corpus = .dense(tensor.contiguous()) }
        let rows = corpus.rowCount
        let roundLength = parts.count * Self.rowBlock
        for start in stride(from: 0, to: rows, by: roundLength) {
            let range = start ..< min(rows, start + roundLength)
            switch queries {
            case .dense(let queries, let similarity):
                let rows = try corpus.dense()
                try search(range, of: corpus.rowCount) { [dimension] first, count, part in
                    self.scan(rows.floats + first * dimension, first: first, count: count, part: part, queries, similarity)
                }
            case .sparse(let blocks):
                guard case .sparse(let matrix) = corpus else { throw TensorError("search: queries are sparse and the corpus is not") }
                try search(range, of: corpus.rowCount) { self.scan(matrix, first: $0, count: $1, part: $2, blocks) }
            case .custom(let queries): try offerScores(of: corpus, range, queries)
            }
            try checkpoint(range.upperBound)
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
    ///
    /// - Parameters:
    ///   - total: rows that are being added.
    ///   - scan: compares all queries with `count` rows from `first` on; gives the first row that is not finite, -1 if all are.
    private func search(_ range: Range<Int>, of total: Int, _ scan: @escaping (_ first: Int, _ count: Int, _ part: Int) -> Int) throws {
        let share = (range.count + parts.count - 1) / parts.count
        var broken = [Int](repeating: -1, count: parts.count)
        broken.withUnsafeMutableBufferPointer { buffer in
            let broken = buffer.baseAddress
            ThreadPool.shared.run(count: parts.count) { part in
                let first = range.lowerBound + part * share
                let count = min(range.upperBound, first + share) - first
                if count > 0 { broken?[part] = scan(first, count, part) }
            }
        }
        if let row = broken.first(where: { $0 >= 0 }) {
            throw TensorError("search: corpus embedding \(rowCount + row + 1) of \(rowCount + total) holds NaN or infinite values")
        }
    }

    /// Compares all queries with a block of rows.
    ///
    /// - Returns: the first row that is not finite, -1 if all are.
    private func scan(
        _ rows: UnsafePointer<Float>, first: Int, count: Int, part: Int, _ queries: Tensor, _ similarity: SimilarityFunction
    ) -> Int {
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

    /// The same of sparse rows.
    private func scan(_ corpus: SparseMatrix, first: Int, count: Int, part: Int, _ queries: [SparseRowsByColumn]) -> Int {
        let scores = blocks[part].floats
        var broken = -1
        withUnsafeTemporaryAllocation(of: Double.self, capacity: Self.queryBlock) { sums in
            guard let sums = sums.baseAddress else { return }
            for (number, block) in queries.enumerated() {
                for row in 0..<count where broken < 0 {
                    let isFinite = block.compare(with: corpus, row: first + row, sums: sums, into: scores + row, stride: count)
                    if !isFinite { broken = first + row }
                }
                if broken >= 0 { return }
                for query in 0..<block.count {
                    parts[part].push(scores + query * count, count: count, firstIndex: rowCount + first,
                                     query: number * Self.queryBlock + query)
                }
            }
        }
        return broken
    }

    /// The same with a function that knows only whole matrices.
    private func offerScores(of corpus: TextEmbeddings, _ range: Range<Int>, _ queries: TextEmbeddings) throws {
        let rows = try corpus.rows(range)
        for firstQuery in stride(from: 0, to: queryCount, by: Self.queryBlock) {
            let length = min(Self.queryBlock, queryCount - firstQuery)
            let scores = try function.matrix(try queries.rows(firstQuery ..< firstQuery + length), rows)
            for row in 0..<length {
                parts[0].push(scores.floats + row * range.count, count: range.count, firstIndex: rowCount + range.lowerBound, query: firstQuery + row)
            }
        }
    }
}
