import Datasets
import Testing

@Suite struct TableTests {
    let data = try! Dataset(columns: [
        ("query", (1...1200).map { .string("what is number \($0)\nand why does it matter to anyone at all") }),
        ("passage", (1...1200).map { .string("日本語 \($0)") }),
        ("label", (1...1200).map { .integer($0 % 2) }),
    ])

    @Test func showsSizeTypesAndTheFirstRows() {
        #expect(data.table(width: 60, maximumRows: 2) == """
            Dataset: 1,200 rows, 3 columns
            query                                 passage   label
            string                                string    int64, label
            what is number 1 and why does it ...  日本語 1  1
            what is number 2 and why does it ...  日本語 2  0
            ... 1,198 more
            """)
    }

    @Test(arguments: [10, 20, 40, 80, 200]) func noLineIsWiderThanAsked(width: Int) throws {
        let wide = try Dataset(columns: (0..<12).map { ("column number \($0)", [.string(String(repeating: "é", count: 300)), .null]) })
        for line in wide.table(width: width).split(separator: "\n") { #expect(line.unicodeScalars.count <= width) }
        #expect(wide.table(width: 40).contains("also: column number 4 (string)"))
    }

    @Test func emptyDatasetsPrintToo() throws {
        #expect(try Dataset(columns: []).description == "Dataset: 0 rows, 0 columns")
        #expect(try Dataset(columns: [("a", [])]).description == "Dataset: 0 rows, 1 column\na\nnull")
        let lists = try Dataset(columns: [("a", [.list([.integer(1), .null]), .null]), ("b", [.number(0.5), .bool(true)].dropLast() + [.null])])
        #expect(lists.description == """
            Dataset: 2 rows, 2 columns
            a            b
            list<int64>  float64
            [1, null]    0.5
            null         null
            """)
    }
}
