import Files
import JSON

// Saved datasets and export.
extension Dataset {
    /// Writes the dataset to a folder that `load(from:)` reads, with all types.
    ///
    /// The folder holds `rows.jsonl`, one object per row, and `dataset.json`:
    /// `{"format": "sentx-dataset", "version": 1, "rows": 2, "columns": [{"name": "text", "type": "string"}]}`.
    /// An existing folder is replaced in one step once the new one is complete.
    public func save(to folder: String) throws {
        try AtomicFolder.replace(folder) { temporary in
            try write(jsonLines: Path.join(temporary, Self.rowsFile))
            let columns = columns.map { column -> JSONValue in
                ["name": .string(column.name), "type": .string(column.type.description)]
            }
            let description: JSONValue = [
                "format": .string(Self.formatName), "version": 1, "rows": .integer(Int64(rowCount)), "columns": .array(columns),
            ]
            try AtomicFile.write(description.serialized(pretty: true) + "\n", to: Path.join(temporary, Self.descriptionFile))
        }
    }

    /// Reads a folder that `save(to:)` wrote. Throws if it is damaged.
    public static func load(from folder: String) throws -> Dataset {
        let descriptionPath = Path.join(folder, descriptionFile)
        guard try Folder.entries(folder).contains(descriptionFile) else {
            if try Folder.entries(folder).contains("dataset_info.json") {
                throw DatasetError(place: folder, "a dataset in Arrow format, which sentx does not read; in Python, "
                    + "datasets.load_from_disk(...).to_json(\"data.jsonl\") makes a file that it does")
            }
            throw DatasetError(place: folder, "not a saved dataset: there is no \(descriptionFile)")
        }
        func damaged(_ message: String) -> DatasetError { DatasetError(place: descriptionPath, message) }
        let description = try JSONValue.parse(contentsOfFile: descriptionPath)
        guard description["format"]?.asString == formatName, let version = description["version"]?.asInteger else {
            throw damaged("not the description of a saved dataset")
        }
        guard version == 1 else { throw damaged("version \(version) is newer than this program, which reads version 1") }
        guard let rowCount = description["rows"]?.asInteger, rowCount >= 0 else { throw damaged("rows: a whole number from 0 on is wanted") }
        guard let described = description["columns"]?.asArray else { throw damaged("columns: a list is wanted") }
        let rowsPath = Path.join(folder, rowsFile)
        let read = try read(rows: rowsPath)
        guard read.rowCount == rowCount else { throw DatasetError(place: rowsPath, "holds \(read.rowCount) rows, \(descriptionFile) says \(rowCount)") }
        do { return try read.described(by: described, at: rowsPath) } catch let error as DatasetError {
            throw error.place == nil ? damaged(error.message) : error
        }
    }

    private static func read(rows path: String) throws -> Dataset {
        let file = try FileBytes(path)
        return try withExtendedLifetime(file) { try JSONRowsReader(file: path, wanted: nil).lines(file.bytes) }
    }

    /// The columns of a description, in its order and with its types, out of the rows that were read.
    /// - Parameter rowsPath: what errors about the rows name; errors about the description have no place.
    private func described(by entries: [JSONValue], at rowsPath: String) throws -> Dataset {
        try Self.checkColumnCount(entries.count)
        let places = Dictionary(columns.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        var absent = AbsentCells(), known: Set<String> = []
        let described = try entries.enumerated().map { number, entry -> Column in
            guard let name = entry["name"]?.asString else { throw DatasetError("columns: column \(number + 1) has no name") }
            guard let type = entry["type"]?.asString.flatMap({ DatasetType($0) }) else {
                throw DatasetError("columns: \"\(name)\" has no type that is known: null, bool, int64, float64, string, or lists of these, "
                    + "nested at most \(DatasetType.depthLimit) deep")
            }
            guard known.insert(name).inserted else { throw DatasetError("columns: \"\(name)\" comes twice") }
            guard let place = places[name] else {
                try absent.add(rowCount, given: rowCount * columns.count)
                return Column(name: name, type: type, values: [DatasetValue](repeating: .null, count: rowCount))
            }
            let column = columns[place]
            guard column.type.merged(with: type) == type else {
                throw DatasetError(place: rowsPath, "column \"\(name)\" holds \(column.type), \(Self.descriptionFile) says \(type)")
            }
            do { return try column.widened(to: type) } catch let error as DatasetError { throw DatasetError(place: rowsPath, error.message) }
        }
        if let other = self.columns.first(where: { !known.contains($0.name) }) {
            throw DatasetError(place: rowsPath, "column \"\(other.name)\" is not among those that \(Self.descriptionFile) names")
        }
        return Dataset(columns: described, rows: nil, rowCount: rowCount)
    }

    /// Writes one JSON object per row, in one step.
    public func write(jsonLines path: String) throws {
        let file = try AtomicFile(path)
        for row in 0..<rowCount {
            let members = try self.row(row).map { ($0.name, $0.value.json) }
            try file.append(JSONValue.object(JSONObject(members)).serialized())
            try file.append("\n")
        }
        try file.commit()
    }

    /// Writes a header and the rows as CSV (RFC 4180, lines end with LF), in one step. Nulls are empty fields, empty
    /// texts are `""`. Throws for columns of lists, which CSV cannot hold.
    public func write(csv path: String, delimiter: Character = ",") throws {
        for column in columns {
            if case .list = column.type { throw DatasetError("column \"\(column.name)\" holds lists, which CSV cannot hold") }
        }
        let file = try AtomicFile(path)
        try file.append(columnNames.map { Self.csvField($0, delimiter) }.joined(separator: String(delimiter)) + "\n")
        for row in 0..<rowCount {
            let fields = try self.row(row).map { cell -> String in
                switch cell.value {
                case .string(let text): return Self.csvField(text, delimiter)
                case .null, .list: return ""
                case .bool(let value): return value ? "true" : "false"
                case .integer(let value): return String(value)
                case .number(let value): return value.description
                }
            }
            // A row of one null would be a blank line, which readers leave out.
            let line = fields == [""] ? "\"\"" : fields.joined(separator: String(delimiter))
            try file.append(line + "\n")
        }
        try file.commit()
    }

    private static func csvField(_ text: String, _ delimiter: Character) -> String {
        let needsQuotes = text.isEmpty || text.utf8.contains { $0 == UInt8(ascii: "\"") || $0 == 10 || $0 == 13 }
            || text.contains(delimiter)
        guard needsQuotes else { return text }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if scalar == "\"" { quoted.unicodeScalars.append("\"") }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }

    private static let formatName = "sentx-dataset"
    private static let descriptionFile = "dataset.json"
    private static let rowsFile = "rows.jsonl"
}

extension DatasetValue {
    /// The cell as JSON.
    var json: JSONValue {
        switch self {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .integer(let value): return .integer(value)
        case .number(let value): return .number(value)
        case .string(let text): return .string(text)
        case .list(let values): return .array(values.map(\.json))
        }
    }
}
