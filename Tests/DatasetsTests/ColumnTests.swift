import Datasets
import Testing

@Suite struct ColumnTests {
    let data = try! Dataset(columns: [("a", strings("x", "y", "z")), ("b", integers(1, 2, 3))]).select(rows: [2, 0])

    @Test func columnsAreRenamedRemovedSelectedAndAdded() throws {
        #expect(try data.renameColumn("a", to: "text").columnNames == ["text", "b"])
        #expect(try data.removeColumns(["a"]).columnNames == ["b"])
        #expect(try data.selectColumns(["b", "a"]).columnNames == ["b", "a"])
        let added = try data.addColumn("c", [.bool(true), .null])
        #expect(added.columnNames == ["a", "b", "c"])
        #expect(try added.column("a") == strings("z", "x"))
        #expect(try added.value(row: 0, column: "c") == .bool(true))
        #expect(message { _ = try data.renameColumn("a", to: "b") } == "cannot rename \"a\": there is a column \"b\" already")
        #expect(message { _ = try data.removeColumns(["x"]) } == "there is no column \"x\"; columns are a, b")
        #expect(message { _ = try data.selectColumns(["a", "a"]) } == "column \"a\" is asked for twice")
        #expect(message { _ = try data.addColumn("c", []) } == "column \"c\" has 0 rows, the dataset has 2")
        #expect(message { _ = try data.addColumn("a", integers(1, 2)) } == "there is a column \"a\" already")
    }

    @Test func columnsThatDoNotFitAreRefused() {
        #expect(message { _ = try Dataset(columns: [("a", integers(1)), ("b", [])]) } == "column \"b\" has 0 rows, column \"a\" has 1")
        #expect(message { _ = try Dataset(columns: [("a", []), ("a", [])]) } == "column \"a\" comes twice")
        #expect(message { _ = try Dataset(columns: [("a", [.integer(1), .string("x")])]) }
            == "row 2: column \"a\": string in a column of int64")
    }

    @Test(arguments: [(["text", "label"], "label"), (["score", "labels", "x"], "labels"), (["scores", "score"], "score"),
                      (["Label", "x"], nil), ([], nil)] as [([String], String?)])
    func theLabelIsTheFirstOfTheFieldsNames(names: [String], label: String?) throws {
        let data = try Dataset(columns: (names + ["dataset_name"]).map { ($0, []) })
        #expect(data.labelColumn == label)
        #expect(data.inputColumns == names.filter { $0 != label })
    }

    @Test func mapReplacesInPlaceAndAddsAtTheEnd() throws {
        let mapped = try data.map { row in
            let text = try data.value(row: row, column: "a").asString!
            return [(name: "a", value: .string(text + text)), (name: "n", value: .integer(Int64(row)))]
        }
        #expect(mapped.columnNames == ["a", "b", "n"])
        #expect(try mapped.column("a") == strings("zz", "xx"))
        #expect(try mapped.column("n") == integers(0, 1))
        #expect(try data.map(removing: ["a", "b"]) { _ in [(name: "b", value: .string("new"))] }.columnTypes == [.string])
    }

    @Test func mapKeepsCellsThatARowDoesNotSet() throws {
        let mapped = try data.map { row in
            row == 1 ? [(name: "b", value: .number(0.5)), (name: "n", value: .bool(true))] : []
        }
        #expect(try mapped.column("b") == [.number(3), .number(0.5)])
        #expect(try mapped.column("n") == [.null, .bool(true)])
        let early = try data.map { row in row == 0 ? [(name: "b", value: .integer(9))] : [] }
        #expect(try early.column("b") == integers(9, 1))
        #expect(message { _ = try data.map { row in row == 1 ? [(name: "b", value: .string("x"))] : [] } }
            == "row 2: column \"b\": string in a column of int64")
    }

    @Test func concatenationAlignsColumnsByName() throws {
        let other = try Dataset(columns: [("b", [.number(0.5)]), ("a", strings("w"))])
        let both = try Dataset.concatenate([data, other])
        #expect(both.columnNames == ["a", "b"])
        #expect(try both.column("b") == [.number(3), .number(1), .number(0.5)])
        #expect(message { _ = try Dataset.concatenate([data, other.renameColumn("a", to: "c")]) }
            == "dataset 2 does not fit the first: it lacks a; only it has c")
        let texts = try Dataset(columns: [("b", strings("w")), ("a", strings("w"))])
        #expect(message { _ = try Dataset.concatenate([data, texts]) }
            == "dataset 2 does not fit those before it: column \"b\": string in a column of int64")
        #expect(try Dataset.concatenate([]).rowCount == 0)
    }

    @Test func uniqueKeepsTheFirstOfEqualCellsAndTextsApartThatOnlyLookAlike() throws {
        let data = try Dataset(columns: [("a", strings("b", "a", "b", "\u{e9}", "e\u{301}"))])
        #expect(try data.unique("a").count == 4)
        #expect(try data.unique("a").prefix(2) == strings("b", "a")[...])
    }

    @Test func castingTurnsTextsIntoNumbersOrNamesTheRowThatIsNone() throws {
        let data = try Dataset(columns: [("a", [.string("1"), .null, .string("2.5")])])
        #expect(try data.castColumn("a", to: .number).column("a") == [.number(1), .null, .number(2.5)])
        #expect(message { _ = try data.castColumn("a", to: .integer) } == "row 3: column \"a\": 2.5 does not become int64")
        let numbers = try Dataset(columns: [("a", [.number(1), .number(0)])])
        #expect(try numbers.castColumn("a", to: .integer).column("a") == integers(1, 0))
        #expect(try numbers.castColumn("a", to: .bool).column("a") == [.bool(true), .bool(false)])
        #expect(try numbers.castColumn("a", to: .string).column("a") == strings("1.0", "0.0"))
    }
}
