// Changing columns.
extension Dataset {
    /// The same cells under another name, in the same place.
    public func renameColumn(_ name: String, to newName: String) throws -> Dataset {
        let position = try position(of: name)
        if newName != name && columns.contains(where: { $0.name == newName }) {
            throw DatasetError("cannot rename \"\(name)\": there is a column \"\(newName)\" already")
        }
        var columns = columns
        columns[position].name = newName
        return Dataset(columns: columns, rows: rows, rowCount: rowCount)
    }

    /// The same cells under these names, one for each column in order.
    public func withColumnNames(_ names: [String]) throws -> Dataset {
        guard names.count == columns.count else { throw DatasetError("\(names.count) names for \(columns.count) columns") }
        if let twice = Self.repeated(names) { throw DatasetError("two columns would be named \"\(twice)\"") }
        let renamed = zip(columns, names).map { Column(name: $1, type: $0.type, values: $0.values) }
        return Dataset(columns: renamed, rows: rows, rowCount: rowCount)
    }

    /// All columns but these.
    public func removeColumns(_ names: [String]) throws -> Dataset {
        for name in names { _ = try position(of: name) }
        return Dataset(columns: columns.filter { !names.contains($0.name) }, rows: rows, rowCount: rowCount)
    }

    /// These columns in this order.
    public func selectColumns(_ names: [String]) throws -> Dataset {
        var chosen: [Column] = []
        for name in names {
            if chosen.contains(where: { $0.name == name }) { throw DatasetError("column \"\(name)\" is asked for twice") }
            chosen.append(columns[try position(of: name)])
        }
        return Dataset(columns: chosen, rows: rows, rowCount: rowCount)
    }

    /// A new last column with one cell per row.
    public func addColumn(_ name: String, _ values: [DatasetValue]) throws -> Dataset {
        guard values.count == rowCount || columns.isEmpty else {
            throw DatasetError("column \"\(name)\" has \(values.count) rows, the dataset has \(rowCount)")
        }
        if columns.contains(where: { $0.name == name }) { throw DatasetError("there is a column \"\(name)\" already") }
        let added = try Dataset(columns: [(name, values)])
        return Dataset(stored: materialised().columns + added.columns)
    }

    /// The different cells of a column, in the order of their first appearance.
    public func unique(_ name: String) throws -> [DatasetValue] {
        var seen: Set<DatasetValue> = []
        return try column(name).filter { seen.insert($0).inserted }
    }

    /// The column with its cells turned into another type; nulls stay. A text becomes a number if all of it is one.
    /// Throws naming the first row that cannot be turned.
    public func castColumn(_ name: String, to type: DatasetType) throws -> Dataset {
        let values = try column(name)
        var builder = ColumnBuilder(name)
        for (row, value) in values.enumerated() {
            guard let converted = value.cast(to: type) else {
                throw DatasetError("row \(row + 1): column \"\(name)\": \(value.excerpt(40)) does not become \(type)")
            }
            try builder.append(converted)
        }
        let column = try builder.column().widened(to: type)
        var columns = materialised().columns
        columns[try position(of: name)] = column
        return Dataset(stored: columns)
    }

    /// Sets columns row by row.
    ///
    /// `transform` gets a row's number and gives the cells to set. A name that exists is replaced in its place, a new
    /// one becomes a new last column. A row that does not give a name keeps its old cell, or null in a new column.
    /// - Parameter removing: columns to leave out of the result, unless `transform` gives them anew.
    public func map(removing: [String] = [], _ transform: (Int) throws -> [(name: String, value: DatasetValue)]) throws -> Dataset {
        for name in removing { _ = try position(of: name) }
        var builders: [ColumnBuilder] = [], places: [String: Int] = [:], absent = AbsentCells(), given = 0
        // Cells of rows that give nothing: the old ones where the column lives on.
        var kept: [Column?] = []
        for row in 0..<rowCount {
            for (name, value) in try transform(row) {
                do {
                    let position = places[name] ?? builders.count
                    if position == builders.count {
                        try Self.checkColumnCount(position + 1)
                        places[name] = position
                        builders.append(ColumnBuilder(name))
                        kept.append(removing.contains(name) ? nil : columns.first { $0.name == name })
                    }
                    if kept[position] == nil { try absent.add(row - builders[position].values.count, given: given) }
                    given += 1
                    while builders[position].values.count < row {
                        let earlier = builders[position].values.count
                        try builders[position].append(kept[position].map { $0.values[rows?[earlier] ?? earlier] } ?? .null)
                    }
                    guard builders[position].values.count == row else { throw DatasetError("column \"\(name)\" is given twice") }
                    try builders[position].append(value)
                } catch let error as DatasetError {
                    throw DatasetError(place: "row \(row + 1)", error.message)
                }
            }
        }
        var result = materialised().columns.filter { !removing.contains($0.name) }
        for var builder in builders {
            if let place = result.firstIndex(where: { $0.name == builder.name }) {
                for row in builder.values.count..<rowCount { try builder.append(result[place].values[row]) }
                result[place] = try builder.column()
            } else {
                try absent.add(rowCount - builder.values.count, given: given)
                builder.fill(to: rowCount)
                result.append(try builder.column())
            }
        }
        try Self.checkColumnCount(result.count)
        return Dataset(stored: result)
    }

    /// The rows of all datasets, one after the other. The first decides the order of columns; the others must have the
    /// same names with types that fit.
    public static func concatenate(_ datasets: [Dataset]) throws -> Dataset {
        guard let first = datasets.first(where: { !$0.columns.isEmpty }) else { return Dataset(stored: []) }
        var builders = first.columns.map { ColumnBuilder($0.name) }
        for (number, dataset) in datasets.enumerated() where !dataset.columns.isEmpty {
            let known = Set(first.columnNames), names = Set(dataset.columnNames)
            let missing = first.columnNames.filter { !names.contains($0) }
            let extra = dataset.columnNames.filter { !known.contains($0) }
            guard missing.isEmpty && extra.isEmpty else {
                let differences = [missing.isEmpty ? nil : "it lacks \(missing.joined(separator: ", "))",
                                   extra.isEmpty ? nil : "only it has \(extra.joined(separator: ", "))"].compactMap { $0 }
                throw DatasetError("dataset \(number + 1) does not fit the first: \(differences.joined(separator: "; "))")
            }
            for position in builders.indices {
                do {
                    for value in try dataset.column(builders[position].name) { try builders[position].append(value) }
                } catch let error as DatasetError {
                    throw DatasetError("dataset \(number + 1) does not fit those before it: \(error.message)")
                }
            }
        }
        return Dataset(stored: try builders.map { try $0.column() })
    }

    /// The same rows with the cells stored in their order.
    func materialised() -> Dataset {
        guard let rows else { return self }
        return Dataset(stored: columns.map { column in
            Column(name: column.name, type: column.type, values: rows.map { column.values[$0] })
        })
    }
}

extension DatasetValue {
    fileprivate func cast(to type: DatasetType) -> DatasetValue? {
        switch (self, type) {
        case (.null, _): return .null
        case (.list(let values), .list(let element)):
            let converted = values.compactMap { $0.cast(to: element) }
            return converted.count == values.count ? .list(converted) : nil
        case (_, .null), (.list, _), (_, .list): return nil
        case (.bool, .bool), (.integer, .integer), (.number, .number), (.string, .string): return self
        case (.bool(let value), .string): return .string(value ? "true" : "false")
        case (.integer(let value), .string): return .string(String(value))
        case (.number(let value), .string): return .string(value.description)
        case (.string(let text), .integer): return CellText.integer(text).map { .integer($0) }
        case (.string(let text), .number): return CellText.number(text).map { .number($0) }
        case (.string(let text), .bool): return CellText.bool(text).map { .bool($0) }
        case (.integer(let value), .number): return Double(exactly: value).map { .number($0) }
        case (_, .number): return asDouble.map { .number($0) }
        case (.number(let value), .integer): return Int64(exactly: value).map { .integer($0) }
        case (.bool(let value), .integer): return .integer(value ? 1 : 0)
        case (_, .bool): return asDouble.flatMap { $0 == 0 ? .bool(false) : $0 == 1 ? .bool(true) : nil }
        }
    }
}
