/// Reads CSV and TSV as RFC 4180 has them, with CR LF, LF or CR between rows.
///
/// A quoted field may hold delimiters, line breaks and doubled quotes; a quote inside a field that does not begin with
/// one is a letter. Blank lines are left out. Every row must have as many fields as the first.
struct DelimitedReader {
    private let file: String
    private let options: DatasetReadOptions
    private let delimiter: UInt8
    private var line = 1

    init(file: String, options: DatasetReadOptions, delimiter: UInt8) {
        self.file = file
        self.options = options
        self.delimiter = options.delimiter ?? delimiter
    }

    func dataset(_ bytes: UnsafeRawBufferPointer) throws -> Dataset {
        var reader = self
        return try reader.read(bytes)
    }

    private mutating func read(_ bytes: UnsafeRawBufferPointer) throws -> Dataset {
        var position = 0
        var names = options.columnNames
        var hasHeader = options.hasHeader ?? (names == nil)
        var columns: [[DatasetValue]] = []
        var fields: [DatasetValue] = []
        while position < bytes.count {
            let firstLine = line
            fields.removeAll(keepingCapacity: true)
            try readRow(bytes, &position, &fields)
            if fields.count > Dataset.columnLimit { throw tooManyColumns(line: firstLine) }
            if fields.count == 1 && fields[0].isNull { continue }
            if hasHeader {
                hasHeader = false
                let header = try self.header(fields, line: firstLine)
                if options.hasHeader == nil, let onNote = options.onNote, let odd = HeaderNames.firstLikeData(header) {
                    onNote("\(file):\(firstLine): the first row is taken for the names of the columns, but \"\(odd.prefix(40))\" looks like data; if the file "
                        + "has no header, name its \(header.count) columns with the option column_names, as in column_names = { "
                        + (1...header.count).map { "\"column_\($0)\"" }.prefix(3).joined(separator: ", ") + (header.count > 3 ? ", ..." : "")
                        + " }; header = true says that these are names")
                }
                if let given = names, given.count != header.count { throw wrongCount(given.count, header.count, line: firstLine) }
                names = names ?? header
                continue
            }
            if names == nil { names = (1...fields.count).map { "column_\($0)" } }
            if columns.isEmpty { columns = [[DatasetValue]](repeating: [], count: names!.count) }
            guard fields.count == columns.count else {
                throw options.columnNames != nil && columns[0].isEmpty
                    ? wrongCount(columns.count, fields.count, line: firstLine)
                    : error("the row has \(fields.count) fields, where there are \(columns.count) columns", line: firstLine)
            }
            for place in fields.indices { columns[place].append(fields[place]) }
        }
        let finalNames = names ?? []
        if columns.isEmpty { columns = [[DatasetValue]](repeating: [], count: finalNames.count) }
        if let twice = Dataset.repeated(finalNames) {
            throw DatasetError(place: file, "two columns are named \"\(twice)\"; name them with the option column_names, which also "
                + "says that the first row is data")
        }
        return Dataset(stored: zip(finalNames, columns).map { name, values in
            let (type, cells) = ColumnInference.infer(values)
            return Dataset.Column(name: name, type: type, values: cells)
        })
    }

    private func header(_ fields: [DatasetValue], line: Int) throws -> [String] {
        fields.enumerated().map { place, field in
            // A data frame written with its row numbers has a first column without a name.
            guard let name = field.asString, !name.isEmpty else { return "Unnamed: \(place)" }
            return name
        }
    }

    private func tooManyColumns(line: Int) -> DatasetError {
        error("the row has more than \(Dataset.columnLimit) fields, the most columns of a dataset; if that is not so, the options delimiter "
            + "and quote say how fields end", line: line)
    }

    private func wrongCount(_ named: Int, _ found: Int, line: Int) -> DatasetError {
        error("the row has \(found) fields, column_names names \(named)", line: line)
    }

    /// Reads the fields of one row: texts, or null for a field of no bytes.
    private mutating func readRow(_ bytes: UnsafeRawBufferPointer, _ position: inout Int, _ fields: inout [DatasetValue]) throws {
        while true {
            let text: DatasetValue
            if let quote = options.quote, position < bytes.count, bytes[position] == quote {
                text = .string(try quotedField(bytes, &position, quote))
            } else {
                let start = position
                while position < bytes.count {
                    let byte = bytes[position]
                    if byte == delimiter || byte == 0x0A || byte == 0x0D { break }
                    position += 1
                }
                text = start == position ? .null : .string(try string(bytes[start..<position], line: line))
            }
            fields.append(text)
            guard position < bytes.count else { return }
            let byte = bytes[position]
            position += 1
            if byte == delimiter { continue }
            if byte == 0x0D && position < bytes.count && bytes[position] == 0x0A { position += 1 }
            line += 1
            return
        }
    }

    private mutating func quotedField(_ bytes: UnsafeRawBufferPointer, _ position: inout Int, _ quote: UInt8) throws -> String {
        let firstLine = line
        var content: [UInt8] = []
        position += 1
        var start = position
        while position < bytes.count {
            let byte = bytes[position]
            if byte == 0x0A || (byte == 0x0D && !(position + 1 < bytes.count && bytes[position + 1] == 0x0A)) { line += 1 }
            position += 1
            guard byte == quote else { continue }
            if position < bytes.count && bytes[position] == quote {
                content += bytes[start..<position]
                position += 1
                start = position
                continue
            }
            if position < bytes.count, bytes[position] != delimiter, bytes[position] != 0x0A, bytes[position] != 0x0D {
                throw error("text follows a closing quote; a quote within a quoted field is doubled, and where no field is "
                    + "quoted the option quote = \"\" says so", line: line)
            }
            if content.isEmpty { return try string(bytes[start..<position - 1], line: firstLine) }
            content += bytes[start..<position - 1]
            return try content.withUnsafeBytes { try string($0[...], line: firstLine) }
        }
        throw error("the quote that opens on this line is never closed; where no field is quoted the option quote = \"\" says so",
                    line: firstLine)
    }

    private func string(_ bytes: Slice<UnsafeRawBufferPointer>, line: Int) throws -> String {
        guard let text = String(validating: UnsafeRawBufferPointer(rebasing: bytes), as: UTF8.self) else {
            throw error("a field is not UTF-8", line: line)
        }
        return text
    }

    private func error(_ message: String, line: Int) -> DatasetError { DatasetError(place: "\(file):\(line)", message) }
}
