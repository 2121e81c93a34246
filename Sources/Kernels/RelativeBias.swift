import ComputeRuntime

/// What attention adds to its scores by the distance of the key from the query.
public struct RelativeBias {
    /// For each head the values of the distances `1 - reach ... reach - 1`, `[heads, 2 * reach - 1]`.
    public let values: UnsafePointer<Float>
    /// More than any distance: the length of the longest sequence, or more.
    public let reach: Int

    public init(values: UnsafePointer<Float>, reach: Int) {
        self.values = values
        self.reach = reach
    }

    var width: Int { 2 * reach - 1 }

    /// The value of distance 0; the values of a query's keys follow one another from `center - query`.
    func center(head: Int) -> UnsafePointer<Float> { values + head * width + reach - 1 }
}

/// The gradients of a ``RelativeBias``: a part for each head of each sequence, so that no two threads write to one.
struct RelativeBiasParts {
    private let sums: UnsafeMutablePointer<Float>
    private let headCount: Int
    private let queryCounts: [Int], keyCounts: [Int]
    /// Where the parts of each sequence begin.
    private let starts: [Int]

    /// Zeros for every distance within each sequence.
    init<Element>(_ input: AttentionInput<Element>) {
        headCount = input.headCount
        queryCounts = (0..<input.sequenceCount).map { input.queryOffsets[$0 + 1] - input.queryOffsets[$0] }
        keyCounts = (0..<input.sequenceCount).map { input.keyOffsets[$0 + 1] - input.keyOffsets[$0] }
        var starts = [0]
        for (queries, keys) in zip(queryCounts, keyCounts) { starts.append(starts[starts.count - 1] + input.headCount * (queries + keys)) }
        self.starts = starts
        sums = .allocate(capacity: starts[starts.count - 1])
        sums.initialize(repeating: 0, count: starts[starts.count - 1])
    }

    func deallocate() { sums.deallocate() }

    /// The sum of distance 0, between those of other distances as in ``RelativeBias/center(head:)``.
    func center(_ sequence: Int, _ head: Int) -> UnsafeMutablePointer<Float> {
        sums + starts[sequence] + head * (queryCounts[sequence] + keyCounts[sequence]) + queryCounts[sequence]
    }

    /// Writes the sums over sequences, in their order, laid out as the bias is.
    func add(to gradient: UnsafeMutablePointer<Float>, reach: Int) {
        let width = 2 * reach - 1
        ThreadPool.shared.run(count: headCount) { head in
            let target = gradient + head * width
            target.update(repeating: 0, count: width)
            for sequence in queryCounts.indices {
                let first = 1 - queryCounts[sequence]
                addRow(center(sequence, head) + first, to: target + reach - 1 + first, width: queryCounts[sequence] + keyCounts[sequence] - 1)
            }
        }
    }
}
