import Datasets
import Tensors

/// Cuts the rows of a dataset into the batches of an epoch, as a pure function of seed and epoch.
public protocol BatchSampler {
    /// The number of batches of an epoch (from 0).
    func batchCount(epoch: Int) -> Int

    /// Whether all epochs have the same number of batches.
    var hasEqualEpochs: Bool { get }

    /// The row numbers (from 0) of each batch of an epoch (from 0).
    func batches(epoch: Int) -> [[Int]]
}

extension BatchSampler {
    public var hasEqualEpochs: Bool { true }

    /// The number of batches of the first epoch.
    public var batchCount: Int { batchCount(epoch: 0) }
}

/// A fresh random order each epoch, cut into batches.
public struct RandomBatchSampler: BatchSampler {
    let rowCount: Int
    let batchSize: Int
    let dropLast: Bool
    let seed: UInt64

    public init(rowCount: Int, batchSize: Int, dropLast: Bool = false, seed: UInt64) {
        self.rowCount = rowCount
        self.batchSize = batchSize
        self.dropLast = dropLast
        self.seed = seed
    }

    public func batchCount(epoch: Int) -> Int { dropLast ? rowCount / batchSize : (rowCount + batchSize - 1) / batchSize }

    public func batches(epoch: Int) -> [[Int]] {
        let order = Generator(seed: seed &+ UInt64(epoch)).permutation(rowCount)
        return (0..<batchCount).map { Array(order[$0 * batchSize ..< min(rowCount, ($0 + 1) * batchSize)]) }
    }
}

/// Rows in their order, for evaluation and for comparisons with other programs.
public struct SequentialBatchSampler: BatchSampler {
    let rowCount: Int
    let batchSize: Int

    public init(rowCount: Int, batchSize: Int) {
        self.rowCount = rowCount
        self.batchSize = batchSize
    }

    public func batchCount(epoch: Int) -> Int { (rowCount + batchSize - 1) / batchSize }

    public func batches(epoch: Int) -> [[Int]] {
        (0..<batchCount).map { Array($0 * batchSize ..< min(rowCount, ($0 + 1) * batchSize)) }
    }
}
