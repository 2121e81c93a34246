import Datasets
import Files
import Glibc
import TestSupport
import Testing

/// Data that is damaged or asks for much: each one clear error, and neither memory nor time beyond what the file is worth.
@Suite struct HostileDataTests {
    private let folder = TemporaryFolder()

    private func saved(_ description: String, rows: String = "") -> String {
        _ = folder.write(rows, to: "d/rows.jsonl")
        _ = folder.write(description, to: "d/dataset.json")
        return message { _ = try Dataset.load(from: folder("d")) }
    }

    @Test(arguments: ["-1", "4611686018427387904", "1099511627776", "1e300", "2.5", "\"1\""]) func rowsThatAreNotThereAreNotBelieved(rows: String) {
        let text = saved("{\"format\":\"sentx-dataset\",\"version\":1,\"rows\":\(rows),\"columns\":[{\"name\":\"a\",\"type\":\"string\"}]}")
        #expect(text.hasPrefix(folder("d/")) && text.contains("rows"), "\(text)")
        let none = saved("{\"format\":\"sentx-dataset\",\"version\":1,\"rows\":\(rows),\"columns\":[]}", rows: "{}\n")
        #expect(none.contains("rows"), "\(none)")
    }

    @Test func columnsOfADescriptionMustFitTheRows() {
        func described(_ columns: String, rows: String) -> String {
            saved("{\"format\":\"sentx-dataset\",\"version\":1,\"rows\":1,\"columns\":[\(columns)]}", rows: rows)
        }
        let a = "{\"name\":\"a\",\"type\":\"int64\"}"
        #expect(described(a, rows: "{\"a\":1}\n") == "no error")
        #expect(described("\(a),\(a)", rows: "{\"a\":1}\n").contains("\"a\" comes twice"))
        #expect(described(a, rows: "{\"a\":1,\"b\":2}\n").contains("column \"b\" is not among those"))
        #expect(described("{\"type\":\"int64\"}", rows: "{\"a\":1}\n").contains("column 1 has no name"))
        let many = (0...Dataset.columnLimit).map { "{\"name\":\"c\($0)\",\"type\":\"null\"}" }.joined(separator: ",")
        #expect(described(many, rows: "{}\n").contains("more than 10000 columns"))
    }

    @Test func typesNestAsDeepAsJSONDoes() {
        func nested(_ depth: Int) -> String { String(repeating: "list<", count: depth) + "string" + String(repeating: ">", count: depth) }
        #expect(DatasetType(nested(DatasetType.depthLimit))?.description == nested(DatasetType.depthLimit))
        #expect(DatasetType(nested(DatasetType.depthLimit + 1)) == nil && DatasetType(nested(200_000)) == nil)
        #expect(DatasetType("list<") == nil && DatasetType("list<>") == nil && DatasetType("list<int64>>") == nil)
        let column = "[{\"name\":\"a\",\"type\":\"\(nested(200_000))\"}]"
        #expect(saved("{\"format\":\"sentx-dataset\",\"version\":1,\"rows\":1,\"columns\":\(column)}", rows: "{\"a\":null}\n").contains("no type that is known"))
    }

    @Test func everyRowWithAKeyOfItsOwnIsRefused() {
        let lines = (0..<20_000).map { "{\"k\($0)\":1}" }
        let wide = folder.write(lines.joined(separator: "\n"), to: "wide.jsonl")
        let text = message { _ = try Dataset.read(wide) }
        #expect(text.hasPrefix("\(wide):3167: the rows have so few columns in common that"), "\(text)")
        #expect(message { _ = try Dataset.read(folder.write("[\(lines.joined(separator: ","))]", to: "wide.json")) }.contains("wide.json: row 3167: the rows"))
        let one = "{" + (0..<20_000).map { "\"k\($0)\":1" }.joined(separator: ",") + "}"
        #expect(message { _ = try Dataset.read(folder.write(one, to: "one.jsonl")) } == "\(folder("one.jsonl")):1: there are more than 10000 columns; "
            + "keep wide data in a column of lists, or name the columns that are needed with the option columns")
        var options = DatasetReadOptions()
        options.columns = ["k7"]
        let chosen = try! Dataset.read(wide, options: options)
        #expect(chosen.rowCount == 20_000 && chosen.columnNames == ["k7"])
    }

    @Test func wideDataWithinTheLimitIsRead() throws {
        let names = (0..<2_000).map { "feature_\($0)" }
        let row = "{" + names.reversed().map { "\"\($0)\":1" }.joined(separator: ",") + "}"
        let other = "{" + names.map { "\"\($0)\":2" }.joined(separator: ",") + "}"
        let data = try Dataset.read(folder.write((0..<20).map { $0 % 2 == 0 ? row : other }.joined(separator: "\n"), to: "wide.jsonl"))
        #expect(data.rowCount == 20 && data.columnNames.count == 2_000)
        #expect(try data.value(row: 1, column: "feature_1999") == .integer(2))
        let table = try Dataset.read(folder.write(names.joined(separator: ",") + "\n" + names.joined(separator: ",") + "\n", to: "wide.csv"))
        #expect(table.columnNames == names && table.rowCount == 1)
    }

    @Test func aHeaderWithTooManyNamesIsRefused() {
        let header = (0..<200_000).map { "c\($0)" }.joined(separator: ",")
        let text = message { _ = try Dataset.read(folder.write(header + "\n1\n", to: "a.csv")) }
        #expect(text.hasPrefix("\(folder("a.csv")):1: the row has more than 10000 fields"))
    }

    @Test func namesThatDifferInTheirUnicodeFormAloneAreNoTwoColumns() {
        let text = message { _ = try Dataset.read(folder.write("{\"\u{E9}\":1,\"e\u{301}\":2}\n", to: "twice.jsonl")) }
        #expect(text.hasPrefix("\(folder("twice.jsonl")):1:") && text.contains("comes twice in the row"))
    }

    @Test(arguments: ["train[-9223372036854775808%:]", "train[:9223372036854775807%]", "train[101%:]", "train[:99999999999999999999]", "train[%:]"])
    func percentagesBeyondTheWholeAreRefused(split: String) {
        #expect(message { _ = try SplitExpression(split) }.contains("is not understood"))
    }

    @Test func rowsBeyondTheDataAreItsEnds() throws {
        let data = try Dataset(columns: [("a", integers(1, 2, 3))])
        for (split, count) in [("[-9223372036854775808:]", 3), ("[9223372036854775807:]", 0), ("[:-9223372036854775808]", 0), ("[-100%:100%]", 3)] {
            #expect(try SplitExpression(split).apply(to: data).rowCount == count, "\(split)")
        }
        #expect(try data.shard(count: .max, index: 2, contiguous: false).rowCount == 1 && data.shard(count: .max, index: 2).rowCount == 1)
        #expect(data.take(.min).rowCount == 0 && data.skip(.max).rowCount == 0)
    }

    @Test func numbersKeepTheirValueOrAreRefused() throws {
        let path = folder.write("{\"a\":9007199254740993}\n{\"a\":1.5}\n", to: "mixed.jsonl")
        #expect(message { _ = try Dataset.read(path) } == "\(path): row 1: column \"a\": 9007199254740993 in a column of float64, which holds "
            + "integers exactly up to 2^53 only; write such integers as texts")
        #expect(message { _ = try Dataset.read(folder.write("{\"a\":[9007199254740993, 0.5]}\n", to: "list.jsonl")) }.contains("up to 2^53 only"))
        #expect(message { _ = try Dataset.read(folder.write("{\"a\":123456789012345678901}\n", to: "long.jsonl")) }.contains("more than 64 bits"))
        // Texts stay texts, as identifiers do.
        let table = try Dataset.read(folder.write("id\n9007199254740993\n1.5\n", to: "mixed.csv"))
        #expect(try table.type(of: "id") == .string)
        let whole = try Dataset.read(folder.write("id\n9007199254740993\n1\n", to: "whole.csv"))
        #expect(try whole.value(row: 0, column: "id") == .integer(9_007_199_254_740_993))
        #expect(message { _ = try whole.castColumn("id", to: .number) }.contains("does not become float64"))
        #expect(message { _ = try Dataset(columns: [("a", integers(.max)), ("b", [.number(1)])]).castColumn("a", to: .number) }
            .contains("does not become float64"))
    }

    @Test func whatIsNoTextIsRefusedByItsBeginning() throws {
        func refused(_ bytes: [UInt8]) throws -> String {
            try AtomicFile.write(bytes, to: folder("x.jsonl"))
            return message { _ = try Dataset.read(folder("x.jsonl")) }
        }
        #expect(try refused([0x1F, 0x8B, 8, 0]).contains("compressed"))
        #expect(try refused([0xFF, 0xFE, 0x7B, 0]).contains("UTF-16"))
        #expect(try refused(Array("{\"a\":1}\n".utf8) + [0]).contains("byte 9 is zero"))
        let sparse = folder.write("", to: "sparse.csv")
        #expect(truncate(sparse, 20 << 30) == 0)
        #expect(message { _ = try Dataset.read(sparse) }.contains("byte 1 is zero"))
        #expect(mkfifo(folder("pipe.jsonl"), 0o600) == 0 && symlink("/dev/zero", folder("zero.csv")) == 0)
        #expect(message { _ = try Dataset.read(folder("pipe.jsonl")) }.contains("it is a pipe"))
        #expect(message { _ = try Dataset.read(folder("zero.csv")) }.contains("it is a device"))
    }

    @Test func aQuoteThatIsNeverClosedIsNamedByItsLine() {
        let rows = String(repeating: "a,b\n", count: 200_000)
        #expect(message { _ = try Dataset.read(folder.write("x,y\n\"1,2\n" + rows, to: "open.csv")) }.hasPrefix("\(folder("open.csv")):2: the quote"))
    }

    @Test func rowsOfAMapMayNotEachHaveANameOfTheirOwn() throws {
        let data = try Dataset(columns: [("a", (0..<20_000).map { .integer($0) })])
        #expect(message { _ = try data.map { [(name: "k\($0)", value: .integer(1))] } }.contains("the rows have so few columns in common"))
    }
}
