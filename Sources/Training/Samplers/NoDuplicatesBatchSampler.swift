import Datasets
import Tensors

/// Batches in which no value of an input column occurs twice, not even across columns. A row that clashes with its batch
/// waits for a later one.
///
/// Cells are compared by their 64-bit fingerprints, so that memory is a few words a row, however long the texts are, and a
/// pass takes time in proportion to the rows, however often values repeat.
///
/// Every row comes at most once in an epoch, in one pass over a fresh order. Rows with many equal values make more and shorter batches, or
/// with `dropLast` fewer ones, and how many differs from epoch to epoch: ``batchCount(epoch:)`` counts what the pass of that epoch gives.
public struct NoDuplicatesBatchSampler: BatchSampler {
    /// The values of row `r` are `values[r * width ..< (r + 1) * width]`, numbers from 0 that are equal where the cells are.
    private let values: [Int32]
    private let valueCount: Int
    private let width: Int
    private let rowCount: Int
    private let batchSize: Int
    private let dropLast: Bool
    private let seed: UInt64
    /// Whether no value stands in two rows, so that every order can be cut into full batches.
    private let hasNoRepeats: Bool
    private let counts = EpochCounts()

    /// - Parameter columns: the input columns, `columns[column][row]`.
    public init(columns: [[DatasetValue]], batchSize: Int, dropLast: Bool = false, seed: UInt64) {
        width = columns.count
        rowCount = columns.first?.count ?? 0
        var numbers: [UInt64: Int32] = Dictionary(minimumCapacity: rowCount)
        var values = [Int32](repeating: 0, count: rowCount * width)
        for (index, column) in columns.enumerated() {
            for (row, cell) in column.enumerated() {
                let fresh = Int32(truncatingIfNeeded: numbers.count)
                values[row * width + index] = { (number: inout Int32?) in
                    if number == nil { number = fresh }
                    return number ?? fresh
                }(&numbers[cell.fingerprint])
            }
        }
        self.values = values
        valueCount = numbers.count
        hasNoRepeats = Self.hasNoRepeats(values, width: width, valueCount: valueCount)
        self.batchSize = batchSize
        self.dropLast = dropLast
        self.seed = seed
    }

    private static func hasNoRepeats(_ values: [Int32], width: Int, valueCount: Int) -> Bool {
        var owner = [Int32](repeating: -1, count: valueCount)
        for (place, value) in values.enumerated() {
            let row = Int32(truncatingIfNeeded: place / width)
            if owner[Int(value)] >= 0 && owner[Int(value)] != row { return false }
            owner[Int(value)] = row
        }
        return true
    }

    public var hasEqualEpochs: Bool { hasNoRepeats }

    public func batchCount(epoch: Int) -> Int {
        if hasNoRepeats { return dropLast ? rowCount / batchSize : (rowCount + batchSize - 1) / batchSize }
        if let known = counts.byEpoch[epoch] { return known }
        let count = batches(epoch: epoch).count
        if counts.byEpoch.count < TrainingPlan.mostEpochsCounted { counts.byEpoch[epoch] = count }
        return count
    }

    public func batches(epoch: Int) -> [[Int]] {
        let generator = Generator(seed: seed &+ UInt64(epoch))
        var batches: [[Int]] = []
        var pass = DuplicateFreePass(order: generator.permutation(rowCount), values: values, width: width, valueCount: valueCount)
        while let batch = pass.next(size: batchSize) {
            if batch.count == batchSize || !dropLast { batches.append(batch) }
        }
        return batches
    }
}

/// How many batches each epoch has that was looked at; a pass over the rows tells.
private final class EpochCounts {
    var byEpoch: [Int: Int] = [:]
}

/// One walk over rows in a given order, cutting them into batches without a value in common.
///
/// A row that clashes waits in the queue of a value that it clashes on. One row of each queue stands in line for the next
/// batch in the place of all, since the others would clash with it; so no row is looked at more often than it can be taken.
private struct DuplicateFreePass {
    private let order: [Int]
    private let values: [Int32]
    private let width: Int
    private var position = 0
    /// Rows that stand in line before the rest of `order`, from `lineStart` on.
    private var line: [Int32] = []
    private var lineStart = 0
    /// First and last row that wait for each value, -1 for none, and the row behind each row.
    private var first: [Int32]
    private var last: [Int32]
    private var behind: [Int32]
    /// The value whose queue each row stands in line for, -1 for none.
    private var speaksFor: [Int32]
    /// The number of the latest batch that holds each value.
    private var latest: [Int32]
    private var number: Int32 = 0

    init(order: [Int], values: [Int32], width: Int, valueCount: Int) {
        self.order = order
        self.values = values
        self.width = width
        first = [Int32](repeating: -1, count: valueCount)
        last = first
        behind = [Int32](repeating: -1, count: order.count)
        speaksFor = behind
        latest = [Int32](repeating: 0, count: valueCount)
    }

    /// The next batch of at most `size` rows; it is shorter only if no row is left that fits. Nil once all rows are used.
    mutating func next(size: Int) -> [Int]? {
        number += 1
        var batch: [Int] = []
        while batch.count < size, let row = nextRow() {
            let own = row * width ..< (row + 1) * width
            let spokenFor = speaksFor[row]
            speaksFor[row] = -1
            if let clash = own.first(where: { latest[Int(values[$0])] == number }) {
                wait(row, for: Int(values[clash]))
                // The batch may still have room for another row of the queue that this one stood for.
                if spokenFor >= 0, latest[Int(spokenFor)] != number { callUp(Int(spokenFor)) }
            } else {
                batch.append(row)
                for index in own { latest[Int(values[index])] = number }
            }
        }
        for row in batch { for index in row * width ..< (row + 1) * width { callUp(Int(values[index])) } }
        return batch.isEmpty ? nil : batch
    }

    private mutating func nextRow() -> Int? {
        if lineStart < line.count {
            defer { lineStart += 1 }
            return Int(line[lineStart])
        }
        line.removeAll(keepingCapacity: true)
        lineStart = 0
        guard position < order.count else { return nil }
        defer { position += 1 }
        return order[position]
    }

    private mutating func wait(_ row: Int, for value: Int) {
        behind[row] = -1
        if last[value] >= 0 { behind[Int(last[value])] = Int32(row) } else { first[value] = Int32(row) }
        last[value] = Int32(row)
    }

    /// Puts the first row that waits for a value in line.
    private mutating func callUp(_ value: Int) {
        let row = first[value]
        guard row >= 0 else { return }
        first[value] = behind[Int(row)]
        if first[value] < 0 { last[value] = -1 }
        speaksFor[Int(row)] = Int32(value)
        line.append(row)
    }
}
