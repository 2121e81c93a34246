import ComputeRuntime
import JSON
import Kernels
import Retrieval
import Tensors

/// Exact search with an inverted index over random sparse embeddings, whose columns are as unevenly used as words are, beside a
/// walk through all documents that must find the same.
public struct SparseSearchBenchmark {
    private let rowCount: Int
    private let queryCount: Int
    /// Words of a vocabulary.
    private let dimension = 30_522
    /// Active dimensions of a document and of a query, those that sparsity-checked training is held to.
    private let documentTerms = 300, queryTerms = 100
    private let topK = 10

    public init(rowCount: Int, queryCount: Int) {
        self.rowCount = rowCount
        self.queryCount = queryCount
    }

    /// The best of a few rounds, as a JSON object. Throws ``BenchmarkError`` if the index finds anything else than the walk does.
    public func run() throws -> String {
        let corpus = embeddings(rowCount, active: documentTerms, seed: 1), queries = embeddings(queryCount, active: queryTerms, seed: 2)
        var index: InvertedIndex?
        let building = try Stopwatch.seconds { index = try InvertedIndex(corpus) }
        var found: [[SearchHit]] = [], seconds = Double.infinity
        for _ in 0..<3 { seconds = min(seconds, try Stopwatch.seconds { found = try index!.search(queries, topK: topK) }) }
        let walked = walk(queries, corpus)
        for query in 0..<queryCount {
            let same = found[query].count == walked[query].count
                && zip(found[query], walked[query]).allSatisfy { $0.corpusId == $1.corpusId && $0.score == $1.score }
            if !same { throw BenchmarkError("query \(query): the index does not find what a walk through all documents finds") }
        }
        let postings = postings(corpus), visited = queries.indices.reduce(0) { $0 + postings[Int($1)] }
        return JSONValue.object([
            "rows": .integer(Int64(rowCount)), "queries": .integer(Int64(queryCount)), "threads": .integer(Int64(ThreadPool.shared.threadCount)),
            "build_seconds": .number(building), "milliseconds_per_query": .number(seconds / Double(queryCount) * 1e3),
            "postings_per_query": .integer(Int64(visited / queryCount)), "equal_to_brute_force": .bool(true),
        ]).serialized()
    }

    private func postings(_ corpus: SparseMatrix) -> [Int] {
        var counts = [Int](repeating: 0, count: dimension)
        for column in corpus.indices { counts[Int(column)] += 1 }
        return counts
    }

    /// Rows of distinct columns; the first columns are the most frequent ones.
    private func embeddings(_ rows: Int, active: Int, seed: UInt64) -> SparseMatrix {
        var stream = Generator(seed: seed).nextStream()
        func uniform() -> Double { Double(UInt32(truncatingIfNeeded: stream.next())) * 0x1p-32 }
        var offsets = [0], indices: [Int32] = [], values: [Float] = []
        for _ in 0..<rows {
            var columns = Set<Int32>()
            while columns.count < active {
                let place = uniform()
                columns.insert(Int32(Double(dimension) * place * place * place))
            }
            indices += columns.sorted()
            values += (0..<active).map { _ in Float(0.05 + 2 * uniform()) }
            offsets.append(indices.count)
        }
        return SparseMatrix(rowCount: rows, columnCount: dimension, offsets: offsets, indices: indices, values: values)
    }

    /// The same search, one document after the other.
    private func walk(_ queries: SparseMatrix, _ corpus: SparseMatrix) -> [[(corpusId: Int, score: Float)]] {
        (0..<queries.rowCount).map { query in
            var weights = [Double](repeating: 0, count: dimension)
            for place in queries.offsets[query] ..< queries.offsets[query + 1] { weights[Int(queries.indices[place])] = Double(queries.values[place]) }
            let scores = (0..<corpus.rowCount).map { row -> (corpusId: Int, score: Float) in
                var sum = 0.0
                for place in corpus.offsets[row] ..< corpus.offsets[row + 1] { sum += Double(corpus.values[place]) * weights[Int(corpus.indices[place])] }
                return (row, Float(sum))
            }
            return Array(scores.sorted { ($0.score, $1.corpusId) > ($1.score, $0.corpusId) }.prefix(topK))
        }
    }
}
