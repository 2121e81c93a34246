import Datasets
import Files

/// Files of rows: reading, and use of everything that was read.
enum DataFileCheck {
    /// - Parameter name: of the file, whose ending says what it is.
    static func attempt(_ input: [UInt8], named name: String, in workspace: String, options: DatasetReadOptions = .init()) throws {
        let path = Path.join(workspace, name)
        try PlainFile.write(input, to: path)
        try use(Dataset.read(path, options: options), workspace)
    }

    /// Looks at rows, types and text, chooses rows, writes the dataset and reads it again.
    static func use(_ dataset: Dataset, _ workspace: String) throws {
        guard dataset.columnNames.count == dataset.columnTypes.count else { throw WrongAnswer("columns without a type") }
        for row in 0..<min(dataset.rowCount, 50) { _ = try dataset.row(row) }
        for name in dataset.columnNames.prefix(50) {
            guard try dataset.column(name).count == dataset.rowCount else { throw WrongAnswer("column \(name) does not have all rows") }
            _ = try? dataset.sort(name)
            _ = try? dataset.unique(name)
            for type in [DatasetType.string, .integer, .number, .bool, .list(.string)] { _ = try? dataset.castColumn(name, to: type) }
        }
        _ = dataset.table()
        let half = dataset.shuffle(seed: 1).take(dataset.rowCount / 2)
        guard half.rowCount == dataset.rowCount / 2 else { throw WrongAnswer("half of \(dataset.rowCount) rows are \(half.rowCount)") }
        if dataset.rowCount > 1 { _ = try dataset.trainTestSplit(testSize: .count(1), seed: 1) }
        let folder = Path.join(workspace, "saved")
        try dataset.save(to: folder)
        let again: Dataset
        do { again = try Dataset.load(from: folder) } catch { throw WrongAnswer("what was saved is refused: \(error)") }
        try checkEqual(dataset, again)
    }

    static func checkEqual(_ a: Dataset, _ b: Dataset) throws {
        guard a.columnNames == b.columnNames, a.columnTypes == b.columnTypes, a.rowCount == b.rowCount else {
            throw WrongAnswer("saved and loaded: \(a.columnNames.prefix(5)) \(a.columnTypes.prefix(5)) \(a.rowCount) rows, "
                + "\(b.columnNames.prefix(5)) \(b.columnTypes.prefix(5)) \(b.rowCount) rows")
        }
        for name in a.columnNames where try !zip(a.column(name), b.column(name)).allSatisfy(same) {
            throw WrongAnswer("saved and loaded: column \(name) differs")
        }
    }

    /// NaN differs from itself.
    private static func same(_ a: DatasetValue, _ b: DatasetValue) -> Bool {
        switch (a, b) {
        case (.number(let a), .number(let b)): return a == b || (a.isNaN && b.isNaN)
        case (.list(let a), .list(let b)): return a.count == b.count && zip(a, b).allSatisfy(same)
        default: return a == b
        }
    }
}

/// JSON lines, and JSON documents of rows and columns.
final class JSONLinesKind: FuzzKind {
    static let name = "jsonl"
    static let summary = "datasets in JSON lines, and in JSON documents of rows or of columns"

    private let workspace: String

    init(workspace: String) { self.workspace = workspace }

    func seeds() -> [[UInt8]] {
        [
            "{\"anchor\": \"a cat\", \"positive\": \"an animal\", \"label\": 1}\n{\"anchor\": \"a dog\", \"positive\": null, \"label\": 0.5}\n",
            "{\"text\": \"ß\", \"scores\": [1, 2.5, 3], \"tags\": [[\"a\"], []], \"good\": true}\n\n{\"text\": \"x\", \"scores\": [], \"tags\": null, \"good\": false}",
            "{\"id\": 9007199254740993, \"n\": -1}\n{\"id\": 9223372036854775807, \"n\": 1e300}\n",
            "[{\"a\": 1, \"b\": \"x\"}, {\"a\": 2, \"b\": \"y\"}]", "{\"a\": [1, 2, 3], \"b\": [\"x\", null, \"z\"]}",
        ].map { Array($0.utf8) }
    }

    func mutated(_ input: [UInt8], _ random: inout RandomSource) -> [UInt8] {
        LineMutation.mutated(input, &random) { line, random in JSONMutation.mutated(line, &random) }
    }

    func attempt(_ input: [UInt8]) throws {
        // What begins with a bracket is a document, the rest lines.
        let isDocument = input.first == UInt8(ascii: "[") || !input.contains(10)
        try DataFileCheck.attempt(input, named: isDocument ? "data.json" : "data.jsonl", in: workspace)
    }
}

/// Tables as text with a byte between fields.
class DelimitedKind: FuzzKind {
    class var name: String { "" }
    class var summary: String { "" }
    class var delimiter: String { "," }

    private let workspace: String

    required init(workspace: String) { self.workspace = workspace }

    func seeds() -> [[UInt8]] {
        [
            "anchor,positive,label\na cat,an animal,1\n\"a \"\"dog\"\", here\",\"two\nlines\",0.5\n", "id,score\n1,-2.5\n2,\n9007199254740993,1e300\n",
            "text\r\nß\r\n\r\n\"\"\r\n", "a,b,c\ntrue,false,1\n", "\u{FEFF}x,y\n1,2",
        ].map { Array(String($0.map { $0 == "," ? Character(Self.delimiter) : $0 }).utf8) }
    }

    func mutated(_ input: [UInt8], _ random: inout RandomSource) -> [UInt8] {
        let words = [Self.delimiter, "\"", "\"\"", "\r\n", "\n\n", "1e999", "NaN", "nan", "true", "\0", String(repeating: Self.delimiter, count: 500)]
        return LineMutation.mutated(input, &random) { line, random in ByteMutation.mutated(line, words: words, &random) }
    }

    func attempt(_ input: [UInt8]) throws {
        let name = "data." + Self.name
        try DataFileCheck.attempt(input, named: name, in: workspace)
        var options = DatasetReadOptions()
        options.hasHeader = false
        options.columnNames = ["a", "b"]
        options.quote = nil
        do {
            try DataFileCheck.attempt(input, named: name, in: workspace, options: options)
        } catch let wrong as WrongAnswer {
            throw wrong
        } catch {
            // Other numbers of columns are refused, rightly.
        }
    }
}

final class CSVKind: DelimitedKind {
    override class var name: String { "csv" }
    override class var summary: String { "datasets in comma-separated values" }
}

final class TSVKind: DelimitedKind {
    override class var name: String { "tsv" }
    override class var summary: String { "datasets in tab-separated values" }
    override class var delimiter: String { "\t" }
}
