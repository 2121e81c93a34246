import Datasets
import TestSupport
import Testing

@Suite struct JSONReadingTests {
    let folder = TemporaryFolder()

    private func read(_ text: String, _ name: String = "d.jsonl", _ change: (inout DatasetReadOptions) -> Void = { _ in }) throws -> Dataset {
        var options = DatasetReadOptions()
        change(&options)
        return try Dataset.read(folder.write(text, to: name), options: options)
    }

    @Test func columnsComeInTheOrderOfTheirFirstAppearance() throws {
        let data = try read("{\"query\": \"a\", \"label\": 1}\n{\"label\": 0, \"extra\": true, \"query\": \"b\"}\n")
        #expect(data.columnNames == ["query", "label", "extra"])
        #expect(data.columnTypes == [.string, .integer, .bool])
        #expect(try data.column("query") == strings("a", "b"))
        #expect(try data.column("extra") == [.null, .bool(true)])
        #expect(data.labelColumn == "label")
        #expect(data.inputColumns == ["query", "extra"])
    }

    @Test func integersAmongNumbersBecomeNumbers() throws {
        let data = try read(#"{"score": 1, "list": [1]}"# + "\n" + #"{"score": 0.5, "list": [0.5, null]}"#)
        #expect(data.columnTypes == [.number, .list(.number)])
        #expect(try data.column("score") == [.number(1), .number(0.5)])
        #expect(try data.column("list") == [.list([.number(1)]), .list([.number(0.5), .null])])
    }

    @Test func blankLinesCarriageReturnsAndByteOrderMarksDoNotMatter() throws {
        let data = try read("\u{feff}{\"a\": \"x\"}\r\n\r\n  \n{\"a\": \"y\"}")
        #expect(try data.column("a") == strings("x", "y"))
        #expect(try read("").rowCount == 0)
        #expect(try read("").columnNames == [])
    }

    @Test(arguments: [
        ("{\"a\": 1}\n{\"a\": }\n", "d.jsonl:2: expected a value, found '}' (at character 7)"),
        ("{\"a\": 1}\n\n[1]\n", "d.jsonl:3: a list, where an object is wanted"),
        ("{\"a\": 1}\n{\"a\": \"x\"}\n", "d.jsonl:2: column \"a\": string in a column of int64"),
        ("{\"a\": [1, \"x\"]}\n", "d.jsonl:1: column \"a\": a list whose elements are of different types"),
        ("{\"a\": true}\n{\"a\": 1}\n", "d.jsonl:2: column \"a\": int64 in a column of bool"),
        ("{\"a\": {\"b\": 1}}", "d.jsonl:1: column \"a\": an object, where a text, number, boolean, list or null is wanted; "
            + "if the column is not needed, name those that are with the option columns"),
    ])
    func faultsNameFileAndLine(text: String, expected: String) {
        #expect(message { _ = try read(text) } == "\(folder.path)/\(expected)")
    }

    @Test func columnsThatAreNotWantedAreNotLookedAt() throws {
        let data = try read("{\"x\": {}, \"b\": 1, \"a\": 2}\n{\"b\": 3, \"a\": 4}") { $0.columns = ["a", "b"] }
        #expect(data.columnNames == ["a", "b"])
        #expect(try data.column("a") == integers(2, 4))
        #expect(message { _ = try read("{\"b\": 1}") { $0.columns = ["a"] } }
            == "\(folder("d.jsonl")): there is no column \"a\" in this file")
    }

    @Test(arguments: [
        "[{\"a\": \"x\", \"b\": 1},\n {\"a\": \"y\"}]", "{\"a\": [\"x\", \"y\"], \"b\": [1, null]}",
        "{\"a\": \"x\", \"b\": 1}\n{\"a\": \"y\"}\n",
    ])
    func jsonFilesMayHoldRowsColumnsOrLines(text: String) throws {
        let data = try read(text, "d.json")
        #expect(data.columnNames == ["a", "b"])
        #expect(try data.column("a") == strings("x", "y"))
        #expect(try data.column("b") == [.integer(1), .null])
    }

    @Test func jsonDocumentsMayHoldTheDataInAMember() throws {
        let text = "{\"version\": 1, \"data\": [{\"a\": 1}]}"
        #expect(try read(text, "d.json") { $0.field = "data" }.column("a") == integers(1))
        #expect(message { _ = try read(text, "d.json") } == "\(folder("d.json")): \"version\" is a number, where a list of cells "
            + "is wanted; if the data is in a member of the document, name it with the option field")
        #expect(message { _ = try read(text, "d.json") { $0.field = "x" } } == "\(folder("d.json")): the document has no member \"x\"")
        #expect(message { _ = try read("[{\"a\": 1}, 3]", "d.json") } == "\(folder("d.json")): row 2: a number, where an object is wanted")
        #expect(message { _ = try read("[{\"a\": 1},\n {\"a\" 1}]", "d.json") }
            == "\(folder("d.json")):2:7: expected ':' after the key, found '1'")
    }

    @Test func formatsThatAreNotReadSayWhatToDo() throws {
        #expect(message { _ = try read("x", "d.parquet") }.hasPrefix("\(folder("d.parquet")): this format is not read by sentx"))
        #expect(message { _ = try read("x", "d.xyz") }
            == "\(folder("d.xyz")): the format is not clear from the file's ending; give it: jsonl, json, csv, tsv, text")
        #expect(message { _ = try Dataset.read(folder("none.jsonl")) } == "cannot read \(folder("none.jsonl")): No such file or directory")
        #expect(message { _ = try Dataset.read(folder("none")) } == "cannot read \(folder("none")): No such file or directory")
        #expect(try read("{\"a\": 1}", "d.data") { $0.format = .jsonLines }.rowCount == 1)
        #expect(try read("one\r\n\ntwo", "d.txt").column("text") == strings("one", "", "two"))
    }
}
