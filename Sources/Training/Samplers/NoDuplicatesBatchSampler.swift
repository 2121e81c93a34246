import Datasets
import Tensors

/// Batches in which no value of an input column occurs twice, not even across columns. A row that clashes with its batch
/// waits for a later one.
///
/// Rows with many equal values can end an epoch with fewer batches than planned; rows are then drawn again from fresh
/// orders, at most twice, until the planned number is reached.
public struct NoDuplicatesBatchSampler: BatchSampler {
    /// `values[row]`: the row's distinct values, as numbers that are equal where the values are.
    private let values: [[Int32]]
    private let batchSize: Int
    private let dropLast: Bool
    private let seed: UInt64
    private static let extraPasses = 2

    /// - Parameter columns: the input columns, `columns[column][row]`.
    public init(columns: [[DatasetValue]], batchSize: Int, dropLast: Bool = false, seed: UInt64) {
        var numbers: [DatasetValue: Int32] = [:]
        var values = [[Int32]](repeating: [], count: columns.first?.count ?? 0)
        for column in columns {
            for (row, cell) in column.enumerated() {
                let next = Int32(truncatingIfNeeded: numbers.count)
                let number = numbers[cell] ?? next
                if number == next { numbers[cell] = next }
                if !values[row].contains(number) { values[row].append(number) }
            }
        }
        self.values = values
        self.batchSize = batchSize
        self.dropLast = dropLast
        self.seed = seed
    }

    public var batchCount: Int { dropLast ? values.count / batchSize : (values.count + batchSize - 1) / batchSize }

    public func batches(epoch: Int) -> [[Int]] {
        let generator = Generator(seed: seed &+ UInt64(epoch))
        var batches: [[Int]] = []
        for _ in 0...Self.extraPasses {
            batches += pass(generator.permutation(values.count))
            if batches.isEmpty || batches.count >= batchCount { break }
        }
        return Array(batches.prefix(batchCount))
    }

    /// One walk over `order`: a linked list from which rows are taken as they fit.
    private func pass(_ order: [Int]) -> [[Int]] {
        var next = Array(1...max(1, order.count))
        let end = order.count
        var head = 0
        var batches: [[Int]] = []
        while head < end {
            var batch: [Int] = []
            var taken: Set<Int32> = []
            var previous = -1
            var position = head
            while position < end && batch.count < batchSize {
                let row = order[position]
                if taken.isDisjoint(with: values[row]) {
                    batch.append(row)
                    taken.formUnion(values[row])
                    if previous < 0 { head = next[position] } else { next[previous] = next[position] }
                } else {
                    previous = position
                }
                position = next[position]
            }
            if batch.count == batchSize || !dropLast { batches.append(batch) }
        }
        return batches
    }
}
