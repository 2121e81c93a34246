import Datasets
import Files
import TestSupport
import Testing

@Suite struct DiskTests {
    let folder = TemporaryFolder()

    let data = try! Dataset(columns: [
        ("text", [.string("a\n\"b\" é😀"), .null, .string("")]), ("label", integers(1, 2, 3)),
        ("score", [.number(1), .number(0.1), .number(-.infinity)]), ("flag", [.bool(true), .null, .bool(false)]),
        ("texts", [.list(strings("x", "y")), .list([]), .null]), ("numbers", [.list([.number(1)]), .list([.number(2)]), .list([])]),
        ("none", [.null, .null, .null]), ("empty", [.list([]), .list([]), .list([])]),
    ])

    @Test func aSavedDatasetComesBackWithItsTypes() throws {
        let view = try data.select(rows: [2, 0, 1])
        try view.save(to: folder("d"))
        let back = try Dataset.read(folder("d"))
        #expect(back.columnNames == data.columnNames)
        #expect(back.columnTypes == data.columnTypes)
        for name in data.columnNames { #expect(try back.column(name) == view.column(name)) }
        try data.take(0).save(to: folder("d"))
        let empty = try Dataset.load(from: folder("d"))
        #expect(empty.rowCount == 0)
        #expect(empty.columnTypes == data.columnTypes)
        #expect(try Folder.entries(folder("d")) == ["dataset.json", "rows.jsonl"])
    }

    @Test func damagedFoldersAreNamed() throws {
        try data.save(to: folder("d"))
        let rows = try contents(folder("d/rows.jsonl"))
        try AtomicFile.write(String(rows[..<rows.dropLast().lastIndex(of: "\n")!]), to: folder("d/rows.jsonl"))
        #expect(message { _ = try Dataset.load(from: folder("d")) } == "\(folder("d/rows.jsonl")): holds 2 rows, dataset.json says 3")
        try AtomicFile.write(rows.replacing("\"label\":1", with: "\"label\":\"x\"").replacing("\"label\":2", with: "\"label\":\"x\"")
            .replacing("\"label\":3", with: "\"label\":\"x\""), to: folder("d/rows.jsonl"))
        #expect(message { _ = try Dataset.load(from: folder("d")) }
            == "\(folder("d/rows.jsonl")): column \"label\" holds string, dataset.json says int64")
        try AtomicFile.write("{\"format\": \"sentx-dataset\", \"version\": 2}", to: folder("d/dataset.json"))
        #expect(message { _ = try Dataset.load(from: folder("d")) }
            == "\(folder("d/dataset.json")): version 2 is newer than this program, which reads version 1")
        try Folder.create(folder("e"))
        #expect(message { _ = try Dataset.read(folder("e")) } == "\(folder("e")): not a saved dataset: there is no dataset.json")
        try AtomicFile.write("{}", to: folder("e/dataset_info.json"))
        #expect(message { _ = try Dataset.read(folder("e")) }.contains("Arrow"))
    }

    @Test func exportedRowsReadBack() throws {
        try data.write(jsonLines: folder("d.jsonl"))
        let back = try Dataset.read(folder("d.jsonl"))
        for name in data.columnNames { #expect(try back.column(name) == data.column(name)) }
        let flat = try data.selectColumns(["text", "label", "score", "flag"])
        try flat.write(csv: folder("d.csv"))
        let table = try Dataset.read(folder("d.csv"))
        for name in flat.columnNames { #expect(try table.column(name) == flat.column(name)) }
        #expect(message { try data.write(csv: folder("e.csv")) } == "column \"texts\" holds lists, which CSV cannot hold")
        try data.selectColumns(["none"]).write(csv: folder("n.csv"))
        #expect(try Dataset.read(folder("n.csv")).rowCount == 3)
    }
}
