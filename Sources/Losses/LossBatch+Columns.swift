import Datasets
import Encoders

/// Reading the columns of a batch as what a loss needs. Columns and rows count from 1 in messages.
extension LossBatch {
    /// The texts of an input column.
    package func texts(_ column: Int, for loss: String) throws -> [String] {
        try inputs[column].enumerated().map { row, cell in
            guard let text = cell.asString else {
                throw LossError("\(loss): input column \(column + 1) of", row: row, "holds \(cell.kind), a text is wanted")
            }
            return text
        }
    }

    /// The texts of an input column with their prompt and route, for the model.
    package func textInput(_ column: Int, for loss: String) throws -> TextInput {
        let route = routes.isEmpty ? ColumnRoute() : routes[column]
        return TextInput(try texts(column, for: loss), prompt: route.prompt, task: route.task)
    }

    /// The lists of texts of an input column.
    package func textLists(_ column: Int, for loss: String) throws -> [[String]] {
        try inputs[column].enumerated().map { row, cell in
            guard let list = cell.asList else {
                throw LossError("\(loss): input column \(column + 1) of", row: row, "holds \(cell.kind), a list of documents is wanted; "
                                + "mine_hard_negatives with output_format = \"labeled-list\" makes such rows")
            }
            return try list.map { item in
                guard let text = item.asString else {
                    throw LossError("\(loss): the list in input column \(column + 1) of", row: row, "holds \(item.kind), only texts are wanted")
                }
                return text
            }
        }
    }

    /// Pairs of the first two columns. - Throws: unless there are exactly two.
    package func pairs(for loss: String) throws -> [TextPair] {
        guard inputs.count == 2 else {
            throw LossError("\(loss) expects two input columns beside the label, the batch has \(inputs.count); "
                            + "choose two with select_columns")
        }
        return zip(try texts(0, for: loss), try texts(1, for: loss)).map { TextPair($0, $1) }
    }

    /// The label cells. - Throws: if the dataset has none.
    package func labelCells(for loss: String) throws -> [DatasetValue] {
        guard let labels else {
            throw LossError("\(loss) needs a label column (label, labels, score or scores), the dataset has none")
        }
        guard labels.count == rowCount else {
            throw LossError("\(loss) expects \(rowCount) labels, one for each row, got \(labels.count)")
        }
        return labels
    }

    /// One number for each row.
    package func labelNumbers(for loss: String) throws -> [Double] {
        try labelCells(for: loss).enumerated().map { row, cell in
            guard let number = cell.asDouble else {
                throw LossError("\(loss): the label in", row: row, "is \(cell.kind), one number is wanted")
            }
            return number
        }
    }

    /// A list of numbers for each row.
    package func labelLists(for loss: String) throws -> [[Double]] {
        try labelCells(for: loss).enumerated().map { row, cell in
            guard let list = cell.asList else {
                throw LossError("\(loss): the label in", row: row, "is \(cell.kind), a list of numbers is wanted")
            }
            return try list.map { item in
                guard let number = item.asDouble else {
                    throw LossError("\(loss): the labels in", row: row, "contain \(item.kind), only numbers are wanted")
                }
                return number
            }
        }
    }

    /// Whether the labels of this batch are lists.
    package var hasListLabels: Bool {
        if case .list = labels?.first { return true }
        return false
    }
}

extension DatasetValue {
    /// What a message calls this kind of cell.
    fileprivate var kind: String {
        switch self {
        case .null: return "nothing"
        case .bool: return "a boolean"
        case .integer, .number: return "a number"
        case .string: return "a text"
        case .list: return "a list"
        }
    }
}
