import ComputeRuntime
import JSON
import Kernels
import Retrieval
import Tensors

/// Exact search over random vectors, set beside the time that reading the corpus once from memory takes: no exact search
/// can be faster than that, whatever the number of queries.
public struct SearchBenchmark {
    private let rowCount: Int
    private let queryCount: Int
    private let dimension = 384
    private let topK = 10

    public init(rowCount: Int, queryCount: Int) {
        self.rowCount = rowCount
        self.queryCount = queryCount
    }

    /// The best of a few rounds of both, as a JSON object.
    public func run() throws -> String {
        let corpus = vectors(rowCount, seed: 1)
        let queries = vectors(queryCount, seed: 2)
        var floor = Double.infinity
        var seconds = Double.infinity
        for _ in 0..<3 {
            floor = min(floor, Stopwatch.seconds { read(corpus) })
            seconds = min(seconds, try Stopwatch.seconds { _ = try NearestNeighbours(of: queries, in: corpus, k: topK) })
        }
        let bytes = Double(corpus.count * 4)
        let operations = 2 * Double(corpus.count) * Double(queryCount)
        return JSONValue.object([
            "rows": .integer(Int64(rowCount)), "queries": .integer(Int64(queryCount)), "seconds": .number(seconds),
            "bandwidth_floor_seconds": .number(floor), "gigabytes_per_second_read": .number(bytes / floor * 1e-9),
            "ratio_to_floor": .number(seconds / floor), "gigaflops": .number(operations / seconds * 1e-9),
        ]).serialized()
    }

    private func vectors(_ rows: Int, seed: UInt64) -> Tensor {
        var stream = Generator(seed: seed).nextStream()
        let result = Tensor(uninitialized: [rows, dimension])
        for index in 0..<result.count { result.floats[index] = Float(Int32(truncatingIfNeeded: stream.next())) * 0x1p-31 }
        return result
    }

    /// Reads every element once, on all threads.
    private func read(_ corpus: Tensor) {
        let width = dimension
        ThreadPool.shared.runRanges(count: corpus.shape[0], grain: 4_096) { rows in
            var sum: Float = 0
            for row in rows { sum += dotProduct(corpus.floats + row * width, corpus.floats + row * width, count: width) }
            if sum.isNaN { fatalError("random vectors are finite") }
        }
    }
}
