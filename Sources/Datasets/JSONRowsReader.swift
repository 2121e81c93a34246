import JSON

/// Reads rows that are JSON objects. Columns come in the order of their first appearance.
struct JSONRowsReader {
    private let file: String
    /// Columns to read, nil for all.
    private let wanted: Set<String>?
    private var columns = GrowingColumns()

    init(file: String, wanted: [String]?) {
        self.file = file
        self.wanted = wanted.map { Set($0) }
    }

    private static let options = JSONParsingOptions(allowsNonFinite: true)

    // MARK: One object per line

    func lines(_ bytes: UnsafeRawBufferPointer) throws -> Dataset {
        var reader = self
        for (number, range) in LineRanges(bytes).enumerated() {
            let line = UnsafeRawBufferPointer(rebasing: bytes[range])
            // Blank lines are left out.
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
            do {
                try reader.append(try JSONValue.parse(bytes: line, options: Self.options))
            } catch let error as JSONError {
                throw DatasetError(place: "\(file):\(number + 1)", "\(error.message) (at character \(error.column))")
            } catch let error as DatasetError {
                throw DatasetError(place: "\(file):\(number + 1)", error.message)
            }
        }
        return try reader.dataset()
    }

    // MARK: One document

    func document(_ bytes: UnsafeRawBufferPointer, field: String?) throws -> Dataset {
        // Many files named .json hold one object per line: then the first line is a document, and not the last.
        if field == nil, let first = LineRanges(bytes).first(where: { _ in true }), first.upperBound + 2 < bytes.count,
           case .object? = try? JSONValue.parse(bytes: UnsafeRawBufferPointer(rebasing: bytes[first]), options: Self.options),
           bytes[first.upperBound...].contains(where: { $0 > 0x20 }) {
            return try lines(bytes)
        }
        var document = try JSONValue.parse(bytes: bytes, options: Self.options, file: file)
        if let field {
            guard let member = document[field] else { throw DatasetError(place: file, "the document has no member \"\(field)\"") }
            document = member
        }
        switch document {
        case .array(let rows):
            var reader = self
            for (number, row) in rows.enumerated() {
                do { try reader.append(row) } catch let error as DatasetError {
                    throw DatasetError(place: file, "row \(number + 1): \(error.message)")
                }
            }
            return try reader.dataset()
        case .object(let members):
            var columns: [(String, [DatasetValue])] = []
            for (name, cells) in members where wanted?.contains(name) ?? true {
                guard let cells = cells.asArray else {
                    throw DatasetError(place: file, "\"\(name)\" is \(cells.kind), where a list of cells is wanted; "
                        + "if the data is in a member of the document, name it with the option field")
                }
                columns.append((name, try cells.enumerated().map { number, cell in
                    do { return try Self.cell(cell, column: name) } catch let error as DatasetError {
                        throw DatasetError(place: file, "row \(number + 1): \(error.message)")
                    }
                }))
            }
            do { return try Dataset(columns: columns) } catch let error as DatasetError {
                throw DatasetError(place: file, error.description)
            }
        default:
            throw DatasetError(place: file, "the document is \(document.kind), where a list of objects is wanted")
        }
    }

    // MARK: Rows

    private mutating func append(_ row: JSONValue) throws {
        guard case .object(let members) = row else { throw DatasetError("\(row.kind), where an object is wanted") }
        for (key, value) in members where wanted?.contains(key) ?? true {
            try columns.set(key, try Self.cell(value, column: key))
        }
        try columns.endRow()
    }

    private static func cell(_ value: JSONValue, column: String) throws -> DatasetValue {
        switch value {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .integer(let value): return .integer(value)
        case .number(let value): return .number(value)
        case .string(let text): return .string(text)
        case .array(let elements): return .list(try elements.map { try cell($0, column: column) })
        case .object:
            throw DatasetError("column \"\(column)\": an object, where a text, number, boolean, list or null is wanted; "
                + "if the column is not needed, name those that are with the option columns")
        }
    }

    private func dataset() throws -> Dataset {
        do { return try columns.dataset() } catch let error as DatasetError { throw DatasetError(place: file, error.message) }
    }
}

extension JSONValue {
    /// For messages.
    fileprivate var kind: String {
        switch self {
        case .null: return "null"
        case .bool: return "a boolean"
        case .integer, .number: return "a number"
        case .string: return "a text"
        case .array: return "a list"
        case .object: return "an object"
        }
    }
}
