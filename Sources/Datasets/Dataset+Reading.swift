import Files

/// How a file of data is written.
public enum DatasetFormat: String, CaseIterable, Sendable {
    /// One JSON object per line.
    case jsonLines = "jsonl"
    /// One JSON document: a list of objects, or an object of columns.
    case json
    case csv
    case tsv
    /// One text per line, in a column named text.
    case text

    /// The format that a path's ending names.
    public init?(path: String) {
        switch Path.fileExtension(of: path) {
        case "jsonl", "ndjson": self = .jsonLines
        case "json": self = .json
        case "csv": self = .csv
        case "tsv", "tab": self = .tsv
        case "txt": self = .text
        default: return nil
        }
    }
}

/// How to read a file of data. What does not concern the format at hand must be left at its default.
public struct DatasetReadOptions: Sendable {
    /// Nil: by the path's ending.
    public var format: DatasetFormat?
    /// CSV and TSV: the names of the columns; the first row is then data unless `hasHeader` is true.
    public var columnNames: [String]?
    /// CSV and TSV: whether the first row holds names; nil: true unless `columnNames` is given.
    public var hasHeader: Bool?
    /// CSV and TSV: the byte between fields; nil: a comma, or a tab for TSV.
    public var delimiter: UInt8?
    /// CSV and TSV: the byte around fields that hold delimiters or line breaks; nil: no field is quoted, and `"` is a
    /// letter like any other.
    public var quote: UInt8? = UInt8(ascii: "\"")
    /// Only these columns, in this order; nil: all. Others are not looked at.
    public var columns: [String]?
    /// Gets a sentence on what looks wrong without being an error.
    public var onNote: (@Sendable (String) -> Void)?
    /// JSON: the member of the document that holds the data.
    public var field: String?

    public init() {}
}

extension Dataset {
    /// Reads a file of data, or a folder that `save(to:)` wrote. Throws `DatasetError` with file and line, or `FileError`.
    ///
    /// Files are UTF-8. A cell that is missing is null. A column must hold one kind of cell throughout.
    public static func read(_ path: String, options: DatasetReadOptions = .init()) throws -> Dataset {
        if Folder.exists(path) { return try load(from: path) }
        guard let format = options.format ?? DatasetFormat(path: path) else {
            if ["parquet", "arrow"].contains(Path.fileExtension(of: path)) {
                throw DatasetError(place: path, "this format is not read by sentx; turn it into JSON lines in Python, "
                    + "for example datasets.load_dataset(\"parquet\", data_files=...)[\"train\"].to_json(\"data.jsonl\")")
            }
            // A path that is not there is the better complaint.
            _ = try FileContents.beginning(of: path, count: 0)
            throw DatasetError(place: path, "the format is not clear from the file's ending; give it: "
                + DatasetFormat.allCases.map(\.rawValue).joined(separator: ", "))
        }
        try checkIsText(path)
        let file = try FileBytes(path)
        return try withExtendedLifetime(file) {
            var content = file.bytes
            // A byte order mark, as spreadsheet programs write it.
            if content.starts(with: [0xEF, 0xBB, 0xBF]) { content = UnsafeRawBufferPointer(rebasing: content[3...]) }
            let read: Dataset
            switch format {
            case .jsonLines: read = try JSONRowsReader(file: path, wanted: options.columns).lines(content)
            case .json: read = try JSONRowsReader(file: path, wanted: options.columns).document(content, field: options.field)
            case .csv: read = try DelimitedReader(file: path, options: options, delimiter: UInt8(ascii: ",")).dataset(content)
            case .tsv: read = try DelimitedReader(file: path, options: options, delimiter: 9).dataset(content)
            case .text: read = try textLines(content, file: path)
            }
            guard let wanted = options.columns else { return read }
            if let missing = wanted.first(where: { name in !read.columns.contains { $0.name == name } }) {
                throw DatasetError(place: path, "there is no column \"\(missing)\" in this file")
            }
            return try read.selectColumns(wanted)
        }
    }

    /// Refuses binary files by their beginning, before all of a large one is read.
    private static func checkIsText(_ path: String) throws {
        let beginning = try FileContents.beginning(of: path, count: 1 << 16)
        func refuse(_ reason: String) -> DatasetError { DatasetError(place: path, reason) }
        if beginning.starts(with: [0x1F, 0x8B]) || beginning.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) || beginning.starts(with: [0x50, 0x4B, 3, 4]) {
            throw refuse("the file is compressed; unpack it first")
        }
        if beginning.starts(with: [0xFF, 0xFE]) || beginning.starts(with: [0xFE, 0xFF]) { throw refuse("the file is UTF-16; save it as UTF-8") }
        if let place = beginning.firstIndex(of: 0) { throw refuse("byte \(place + 1) is zero, so the file is no text") }
    }

    private static func textLines(_ bytes: UnsafeRawBufferPointer, file: String) throws -> Dataset {
        var texts: [DatasetValue] = []
        for (number, range) in LineRanges(bytes).enumerated() {
            guard let text = String(validating: bytes[range], as: UTF8.self) else {
                throw DatasetError(place: "\(file):\(number + 1)", "the line is not UTF-8")
            }
            texts.append(.string(text))
        }
        return try Dataset(columns: [("text", texts)])
    }
}

/// The lines of a file as ranges of bytes, without their line feed or CR LF. A line feed at the end begins no line.
struct LineRanges: Sequence, IteratorProtocol {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func next() -> Range<Int>? {
        guard position < bytes.count else { return nil }
        let start = position
        let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
        position = end + 1
        return start..<(end > start && bytes[end - 1] == 0x0D ? end - 1 : end)
    }
}
