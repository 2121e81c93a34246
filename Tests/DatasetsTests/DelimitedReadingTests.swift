import Datasets
import TestSupport
import Testing

@Suite struct DelimitedReadingTests {
    let folder = TemporaryFolder()

    private func read(_ text: String, _ name: String = "d.csv", _ change: (inout DatasetReadOptions) -> Void = { _ in }) throws -> Dataset {
        var options = DatasetReadOptions()
        change(&options)
        return try Dataset.read(folder.write(text, to: name), options: options)
    }

    @Test func quotedFieldsHoldDelimitersLineBreaksAndQuotes() throws {
        let data = try read("a,b\n\"x, \"\"y\"\"\nz\",1\n\"\",2\n,3\nit \"is\" so,4\n")
        #expect(try data.column("a") == [.string("x, \"y\"\nz"), .string(""), .null, .string("it \"is\" so")])
        #expect(try data.column("b") == integers(1, 2, 3, 4))
    }

    @Test(arguments: ["a,b\r\n1,2\r\n", "a,b\r1,2\r", "\u{feff}a,b\n1,2", "a,b\n\n1,2\n\n\n", "\"a\",\"b\"\n\"1\",\"2\""])
    func lineEndsByteOrderMarksAndBlankLinesDoNotMatter(text: String) throws {
        let data = try read(text)
        #expect(data.columnNames == ["a", "b"])
        #expect(try data.column("a") == integers(1))
        #expect(try data.column("b") == integers(2))
    }

    @Test(arguments: [
        (["1", "-2", "+3", " 4 "], DatasetType.integer), (["1", "2.5"], .number), (["1e-3", "", "2"], .number),
        (["true", "False", ""], .bool), (["1", "x"], .string), (["1", "NA"], .string), (["nan", "inf"], .string),
        (["1", "nan", "-inf"], .number), (["007"], .string), (["0", "0.5"], .number), (["99999999999999999999"], .string),
        (["9223372036854775807"], .integer), (["true", "1"], .string), ([".5", "5."], .number), (["0x10"], .string),
        (["-"], .string), (["1 2"], .string), (["", ""], .null), (["1_000"], .string),
    ])
    func aColumnIsWhatAllItsTextsAre(texts: [String], type: DatasetType) throws {
        let data = try read("k,a\n" + texts.map { "k,\($0)\n" }.joined())
        #expect(try data.type(of: "a") == type)
        #expect(data.rowCount == texts.count)
        if texts == ["1e-3", "", "2"] { #expect(try data.column("a") == [.number(0.001), .null, .number(2)]) }
        if texts == ["true", "False", ""] { #expect(try data.column("a") == [.bool(true), .bool(false), .null]) }
        if texts == ["007"] { #expect(try data.column("a") == strings("007")) }
    }

    @Test func tabsSeparateInTSVAndQuotingCanBeSwitchedOff() throws {
        let data = try read("a\tb\n\"open\tx\nit's \"\ty\n", "d.tsv") { $0.quote = nil }
        #expect(try data.column("a") == strings("\"open", "it's \""))
        #expect(try read("a;b\n1;2", "d.csv") { $0.delimiter = UInt8(ascii: ";") }.column("b") == integers(2))
    }

    @Test func namesComeFromTheHeaderOrTheOptions() throws {
        #expect(try read("1,x\n2,y") { $0.columnNames = ["n", "t"] }.column("n") == integers(1, 2))
        #expect(try read("a,b\n2,y") { $0.columnNames = ["n", "t"]; $0.hasHeader = true }.column("n") == integers(2))
        #expect(try read("1,x\n") { $0.hasHeader = false }.columnNames == ["column_1", "column_2"])
        #expect(try read(",text\n0,x\n").columnNames == ["Unnamed: 0", "text"])
        #expect(try read("a,b\n").columnNames == ["a", "b"])
        #expect(try read("a,b\n").rowCount == 0)
    }

    @Test(arguments: [
        ("a,b\n1,2\n3\n", ":3: the row has 1 fields, where there are 2 columns"),
        ("a,b\n\"x\ny\",2\n1,2,3\n", ":4: the row has 3 fields, where there are 2 columns"),
        ("a,b\n1,2\n\"x,4\n5,6\n", ":3: the quote that opens on this line is never closed; where no field is quoted the option "
            + "quote = \"\" says so"),
        ("a,b\n\"x\"y,4\n", ":2: text follows a closing quote; a quote within a quoted field is doubled, and where no field is "
            + "quoted the option quote = \"\" says so"),
        ("a,a\n1,2\n", ": two columns are named \"a\"; name them with the option column_names, which also says that the first row "
            + "is data"),
    ])
    func faultsNameFileAndLine(text: String, expected: String) {
        #expect(message { _ = try read(text) } == "\(folder("d.csv"))\(expected)")
    }

    @Test func aWrongNumberOfNamesIsAnError() {
        #expect(message { _ = try read("1,2\n") { $0.columnNames = ["a"] } }
            == "\(folder("d.csv")):1: the row has 2 fields, column_names names 1")
        #expect(message { _ = try read("a,b\n1,2\n") { $0.columnNames = ["a"]; $0.hasHeader = true } }
            == "\(folder("d.csv")):1: the row has 2 fields, column_names names 1")
    }

    /// The sentence that reading a file gives about its first row.
    private func note(_ text: String, _ change: (inout DatasetReadOptions) -> Void = { _ in }) throws -> String {
        final class Notes: @unchecked Sendable { var all: [String] = [] }
        let folder = TemporaryFolder(), notes = Notes()
        var options = DatasetReadOptions()
        options.onNote = { notes.all.append($0) }
        change(&options)
        _ = try Dataset.read(folder.write(text, to: "data.csv"), options: options)
        return notes.all.joined(separator: "\n")
    }

    @Test func aFirstRowOfDataIsNoticed() throws {
        let sentences = try note("A dog runs in the park.,A dog is running.,0.95\nRain falls.,It rains.,0.9\n")
        #expect(sentences.contains("data.csv:1: the first row is taken for the names of the columns, but \"A dog runs in the park.\" looks like data"))
        #expect(sentences.contains("column_names = { \"column_1\", \"column_2\", \"column_3\" }"))
        #expect(try note("a,b,5.0\nc,d,4.0\n").contains("\"5.0\" looks like data"))
    }

    @Test func namesAreNotTakenForData() throws {
        for header in ["sentence1,sentence2,score", "Text of the question,label", "2019,2020", "id,text_a.b,score (0-5)"] {
            #expect(try note(header + "\n" + String(header.map { $0 == "," ? "," : "x" }) + "\n") == "", "\(header)")
        }
        #expect(try note("a,b,5.0\nc,d,4.0\n") { $0.hasHeader = true } == "")
        #expect(try note("a,b,5.0\nc,d,4.0\n") { $0.columnNames = ["x", "y", "z"] } == "")
    }
}
