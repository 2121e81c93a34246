/// A column that grows cell by cell and keeps its type.
struct ColumnBuilder {
    let name: String
    private(set) var values: [DatasetValue] = []
    private(set) var type = DatasetType.null

    init(_ name: String, nulls: Int = 0) {
        self.name = name
        values = [DatasetValue](repeating: .null, count: nulls)
    }

    /// Appends a cell. Throws the message of what does not fit, without a place.
    mutating func append(_ value: DatasetValue) throws {
        switch (type, value) {
        case (.string, .string), (.integer, .integer), (.number, .number), (.bool, .bool), (_, .null): break
        default: type = try merged(with: value)
        }
        values.append(value)
    }

    /// Adds a null if the column is shorter than `count`.
    mutating func fill(to count: Int) {
        while values.count < count { values.append(.null) }
    }

    private func merged(with value: DatasetValue) throws -> DatasetType {
        guard let valueType = value.type else {
            throw DatasetError("column \"\(name)\": a list whose elements are of different types")
        }
        guard let merged = type.merged(with: valueType) else {
            throw DatasetError("column \"\(name)\": \(valueType) in a column of \(type)")
        }
        return merged
    }

    /// The finished column, integers widened where numbers came too. Throws for an integer that no double equals.
    func column() throws -> Dataset.Column {
        try Dataset.Column(name: name, type: type, values: values).widened(to: type)
    }
}

extension Dataset.Column {
    /// The column with its integers as numbers where `type` wants numbers.
    /// - Throws: ``DatasetError`` for an integer that no double equals, which would come out as another one.
    func widened(to type: DatasetType) throws -> Dataset.Column {
        var column = self
        column.type = type
        guard type.holdsNumbers else { return column }
        column.values = try values.enumerated().map { row, value in
            guard let widened = value.widened(to: type) else {
                throw DatasetError("row \(row + 1): column \"\(name)\": \(value.excerpt(40)) in a column of \(type), which holds integers "
                    + "exactly up to 2^53 only; write such integers as texts")
            }
            return widened
        }
        return column
    }
}
