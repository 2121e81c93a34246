import Datasets
import Losses
import Tensors
import TextFormat

/// Reading labels as what these losses need, and checking columns. Columns and rows count from 1 in messages.
extension LossBatch {
    /// One number for each row, within a range.
    func labels(in range: ClosedRange<Double>, for loss: String) throws -> [Double] {
        let labels = try labelNumbers(for: loss)
        // NaN lies in no range.
        if let row = labels.firstIndex(where: { !$0.isFinite || !range.contains($0) }) {
            let wanted = range.lowerBound == -.infinity ? "a finite number is wanted"
                : "a number from \(range.lowerBound) to \(range.upperBound) is wanted"
            throw LossError("\(loss): the label in", row: row, "is \(labels[row].shortest), \(wanted)")
        }
        return labels
    }

    /// One finite number for each row.
    func finiteLabels(for loss: String) throws -> [Double] { try labels(in: -.infinity ... .infinity, for: loss) }

    /// One class for each row, a whole number; below `count` and not negative if that is given.
    func classLabels(count: Int? = nil, for loss: String) throws -> [Int64] {
        try labelNumbers(for: loss).enumerated().map { row, label in
            guard let index = Int64(exactly: label) else {
                throw LossError("\(loss): the label in", row: row, "is \(label.shortest), the whole number of a class is wanted")
            }
            if let count, !(0..<Int64(count)).contains(index) {
                throw LossError("\(loss): the label in", row: row, "is class \(index), the classes are 0 to \(count - 1)")
            }
            return index
        }
    }

    /// A list of numbers for each row, all equally long, as a tensor `[rows, numbers]`.
    /// - Parameter isAllowed: which numbers are; by default the finite ones.
    func labelRows(for loss: String, isAllowed: (Double) -> Bool = { $0.isFinite }) throws -> Tensor {
        let rows = try labelLists(for: loss)
        let width = rows.first?.count ?? 0
        for (row, list) in rows.enumerated() {
            guard list.count == width else {
                throw LossError("\(loss):", row: row, "has \(list.count) labels, the first row of the batch has \(width)")
            }
            if let wrong = list.first(where: { !isAllowed($0) }) {
                throw LossError("\(loss): the labels in", row: row, "contain \(wrong.shortest); only finite numbers are wanted")
            }
        }
        return Tensor(rows.flatMap { $0.map(Float.init) }, shape: [rows.count, width])
    }
}

/// Throws unless there are as many input columns as the loss reads.
func requireColumns(_ count: Int, _ embeddings: [Tensor], _ what: String, for loss: String) throws {
    guard embeddings.count == count else {
        throw LossError("\(loss) expects \(what) beside the label, the batch has \(embeddings.count) input "
                        + "\(embeddings.count == 1 ? "column" : "columns"); choose with select_columns")
    }
}
