/// Columns that grow row by row, in the order in which rows first name them. What a row does not give is null.
///
/// A few bytes could ask for very much: where every row has a name of its own, the cells are as many as rows times rows. So both the
/// columns and the empty cells between the given ones are limited.
package struct GrowingColumns {
    private var builders: [ColumnBuilder] = []
    private var places: [String: Int] = [:]
    private var absent = AbsentCells()
    private var given = 0
    /// The place of the column behind the one that was set last: rows mostly repeat the order of the first.
    private var next = 0
    /// Rows that have ended.
    package private(set) var rowCount = 0

    package init() {}

    /// Sets a cell of the row that is being made. Throws the message of what does not fit, without a place.
    package mutating func set(_ name: String, _ value: DatasetValue) throws {
        var place = next
        if place >= builders.count || builders[place].name != name {
            if let known = places[name] {
                place = known
            } else {
                try Dataset.checkColumnCount(builders.count + 1)
                try absent.add(rowCount, given: given)
                place = builders.count
                places[name] = place
                builders.append(ColumnBuilder(name, nulls: rowCount))
            }
        }
        guard builders[place].values.count == rowCount else { throw DatasetError("column \"\(name)\" comes twice in the row") }
        try builders[place].append(value)
        given += 1
        next = place + 1
    }

    /// Ends the row that is being made.
    package mutating func endRow() throws {
        rowCount += 1
        next = 0
        var missing = 0
        for place in builders.indices where builders[place].values.count < rowCount {
            builders[place].fill(to: rowCount)
            missing += 1
        }
        if missing > 0 { try absent.add(missing, given: given) }
    }

    /// What the rows make. Throws where a column of numbers has integers that it cannot hold.
    package func dataset() throws -> Dataset {
        Dataset(columns: try builders.map { try $0.column() }, rows: nil, rowCount: rowCount)
    }
}

/// The empty cells that stand for what rows do not give, as many as data may reasonably have.
struct AbsentCells {
    private var count = 0
    /// Allowed whatever the size of the data.
    private static let allowance = 10_000_000
    /// And so many for each cell that is given.
    private static let share = 8

    /// - Throws: ``DatasetError`` where they are too many beside the `given` cells.
    mutating func add(_ more: Int, given: Int) throws {
        count += more
        guard count > Self.allowance + Self.share * given else { return }
        throw DatasetError("the rows have so few columns in common that \(count) empty cells would stand beside \(given) given ones; "
            + "name the columns that are needed with the option columns, or keep what varies in one column of lists")
    }
}

extension Dataset {
    /// The most columns of a dataset. Wider data belongs into a column of lists.
    public static let columnLimit = 10_000

    /// - Throws: ``DatasetError`` for more columns than ``columnLimit``.
    static func checkColumnCount(_ count: Int) throws {
        guard count > columnLimit else { return }
        throw DatasetError("there are more than \(columnLimit) columns; keep wide data in a column of lists, or name the columns that are "
            + "needed with the option columns")
    }

    /// The first name that comes twice, nil if all differ.
    static func repeated(_ names: some Sequence<String>) -> String? {
        var seen: Set<String> = []
        return names.first { !seen.insert($0).inserted }
    }
}
