/// Named columns of equal length: texts, numbers, booleans and lists of these, any of them possibly null.
///
/// A dataset never changes; every operation gives a new one. Choosing, reordering and shuffling rows shares the cells
/// and keeps only a list of row numbers. In Swift rows count from 0.
///
/// The order of columns has meaning: a loss takes the input columns by their order, whatever their names.
public final class Dataset {
    struct Column {
        var name: String
        var type: DatasetType
        /// By stored row, see `Dataset.rows`.
        var values: [DatasetValue]
    }

    let columns: [Column]
    /// The stored row of each row; nil where the two are the same.
    let rows: [Int]?

    /// Number of rows.
    public let rowCount: Int

    /// The names that make a column the label, best first.
    public static let labelNames = ["label", "labels", "score", "scores"]

    /// A dataset of columns in this order. Throws if lengths differ, a name comes twice, or the cells of a column are
    /// not of one type (integers among numbers become numbers).
    public init(columns: [(String, [DatasetValue])]) throws {
        var built: [Column] = []
        try Self.checkColumnCount(columns.count)
        if let twice = Self.repeated(columns.map(\.0)) { throw DatasetError("column \"\(twice)\" comes twice") }
        for (name, values) in columns {
            if let first = columns.first, values.count != first.1.count {
                throw DatasetError("column \"\(name)\" has \(values.count) rows, column \"\(first.0)\" has \(first.1.count)")
            }
            var builder = ColumnBuilder(name)
            for (row, value) in values.enumerated() {
                do { try builder.append(value) } catch let error as DatasetError {
                    throw DatasetError(place: "row \(row + 1)", error.message)
                }
            }
            built.append(try builder.column())
        }
        self.columns = built
        rows = nil
        rowCount = columns.first?.1.count ?? 0
    }

    /// Columns that are known to fit. `rows` nil means all rows as stored.
    init(columns: [Column], rows: [Int]?, rowCount: Int) {
        self.columns = columns
        self.rows = rows
        self.rowCount = rowCount
    }

    convenience init(stored columns: [Column]) { self.init(columns: columns, rows: nil, rowCount: columns.first?.values.count ?? 0) }
}

// MARK: What it holds

extension Dataset {
    /// The names of the columns, in order.
    public var columnNames: [String] { columns.map(\.name) }

    /// The types of the columns, in order.
    public var columnTypes: [DatasetType] { columns.map(\.type) }

    /// The column that is the label by its name: the first of label, labels, score, scores that there is.
    public var labelColumn: String? {
        Self.labelNames.first { name in columns.contains { $0.name == name } }
    }

    /// The columns that a loss takes as inputs, in order: all but the label and a `dataset_name`.
    public var inputColumns: [String] {
        let label = labelColumn
        return columnNames.filter { $0 != label && $0 != "dataset_name" }
    }

    /// The cells of a column, top to bottom.
    public func column(_ name: String) throws -> [DatasetValue] {
        let column = columns[try position(of: name)]
        return rows.map { rows in rows.map { column.values[$0] } } ?? column.values
    }

    /// The type of a column.
    public func type(of name: String) throws -> DatasetType { columns[try position(of: name)].type }

    /// One cell.
    public func value(row: Int, column name: String) throws -> DatasetValue {
        let column = try position(of: name)
        try check(row: row)
        return columns[column].values[rows?[row] ?? row]
    }

    /// The cells of a row with their columns' names, in the order of the columns.
    public func row(_ row: Int) throws -> [(name: String, value: DatasetValue)] {
        try check(row: row)
        let stored = rows?[row] ?? row
        return columns.map { (name: $0.name, value: $0.values[stored]) }
    }

    /// The place of a column; throws with the columns that there are.
    func position(of name: String) throws -> Int {
        if let position = columns.firstIndex(where: { $0.name == name }) { return position }
        let known = columns.isEmpty ? "the dataset has no columns" : "columns are " + columnNames.joined(separator: ", ")
        throw DatasetError("there is no column \"\(name)\"; \(known)")
    }

    func check(row: Int) throws {
        guard row >= 0 && row < rowCount else {
            throw DatasetError("there is no row \(row &+ 1); the dataset has \(rowCount) rows")
        }
    }
}
