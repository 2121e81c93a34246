import ComputeRuntime

/// The best `k` of a stream of scores for each of many queries. Of equal scores, the one with the smaller index stays.
final class BestHits {
    let queryCount: Int
    let k: Int
    private let scores: UnsafeMutablePointer<Float>
    private let indices: UnsafeMutablePointer<Int32>
    private let filled: UnsafeMutablePointer<Int>

    init(queryCount: Int, k: Int) {
        self.queryCount = queryCount
        self.k = k
        scores = .allocate(capacity: queryCount * k)
        indices = .allocate(capacity: queryCount * k)
        filled = .allocate(capacity: queryCount)
        scores.initialize(repeating: -.infinity, count: queryCount * k)
        indices.initialize(repeating: -1, count: queryCount * k)
        filled.initialize(repeating: 0, count: queryCount)
    }

    deinit {
        scores.deallocate()
        indices.deallocate()
        filled.deallocate()
    }

    /// Offers scores of a query, `[count]`, whose indices follow `firstIndex` and lie behind all offered before.
    func push(_ values: UnsafePointer<Float>, count: Int, firstIndex: Int, query: Int) {
        pushTopK(values, count: count, firstIndex: Int32(firstIndex), heapScores: scores + query * k, heapIndices: indices + query * k,
                 k: k, filled: &filled[query])
    }

    /// Puts every query's hits in order, after which nothing more can be offered.
    func sort() {
        for query in 0..<queryCount { sortTopK(scores + query * k, indices + query * k, filled: filled[query]) }
    }

    /// A query's hits, best first once ``sort()`` was called.
    func hits(of query: Int) -> (scores: UnsafeBufferPointer<Float>, indices: UnsafeBufferPointer<Int32>) {
        (UnsafeBufferPointer(start: scores + query * k, count: filled[query]),
         UnsafeBufferPointer(start: indices + query * k, count: filled[query]))
    }
}
