import Datasets
import Tensors

/// Batches with at least two rows of at least two labels: labels take turns to give two rows each, in an order that is
/// drawn anew each round. Rows left when only one label remains are not used in that epoch.
public struct GroupByLabelBatchSampler: BatchSampler {
    /// Rows of each label with two rows or more, in order of first occurrence.
    private let groups: [[Int]]
    private let batchSize: Int
    private let dropLast: Bool
    private let seed: UInt64
    private let streamLength: Int

    /// - Throws: ``TrainingError`` unless two labels have two rows or more.
    public init(labels: [DatasetValue], batchSize: Int, dropLast: Bool = false, seed: UInt64) throws {
        var position: [DatasetValue: Int] = [:]
        var groups: [[Int]] = []
        for (row, label) in labels.enumerated() {
            if let group = position[label] {
                groups[group].append(row)
            } else {
                position[label] = groups.count
                groups.append([row])
            }
        }
        self.groups = groups.filter { $0.count >= 2 }
        guard self.groups.count >= 2 else {
            throw TrainingError("the group_by_label sampler needs two labels with two rows each or more, this dataset has \(self.groups.count)")
        }
        self.batchSize = batchSize
        self.dropLast = dropLast
        self.seed = seed
        let pairs = self.groups.map { $0.count / 2 }.sorted(by: >)
        streamLength = 2 * pairs.reduce(0) { $0 + min($1, pairs[1]) }
    }

    public func batchCount(epoch: Int) -> Int {
        streamLength / batchSize + (!dropLast && streamLength % batchSize >= 4 ? 1 : 0)
    }

    public func batches(epoch: Int) -> [[Int]] {
        let generator = Generator(seed: seed &+ UInt64(epoch))
        let queues = groups.map { group in generator.permutation(group.count).prefix(group.count / 2 * 2).map { group[$0] } }
        var used = [Int](repeating: 0, count: groups.count)
        var remaining = Array(groups.indices)
        var batches: [[Int]] = []
        var batch: [Int] = []
        var last = -1
        while remaining.count >= 2 {
            remaining = generator.permutation(remaining.count).map { remaining[$0] }
            // Neighbouring pairs of one batch must not share a label.
            if !batch.isEmpty, remaining[0] == last { remaining.swapAt(0, 1) }
            for label in remaining {
                batch += queues[label][used[label] ..< used[label] + 2]
                used[label] += 2
                if batch.count >= batchSize {
                    batches.append(Array(batch.prefix(batchSize)))
                    batch.removeFirst(batchSize)
                }
            }
            last = remaining[remaining.count - 1]
            remaining.removeAll { used[$0] == queues[$0].count }
        }
        if !dropLast, batch.count >= 4 { batches.append(batch) }
        return Array(batches.prefix(batchCount))
    }
}
