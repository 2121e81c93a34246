import Datasets
import LuaHost
import TextFormat
import Tensors

/// `sentx.Dataset`: rows, columns and what can be done with them. In Lua rows count from 1.
enum DatasetClass {
    static func register(_ sentx: LuaModule) throws {
        try sentx.class(LuaClass<Dataset>("Dataset", doc: Doc("""
            Named columns of equal length: texts, numbers, booleans and lists of these, any of them possibly empty (nil).
            A dataset never changes; methods give new ones. #ds is the number of rows, ds[1] the first row as a table,
            ds["text"] a column as a list. A loss takes the input columns by their order; a column named label, labels,
            score or scores is the label.
            """, example: """
            local ds = sentx.Dataset.from_table { query = { "a", "b" }, passage = { "x", "y" }, label = { 1, 0 } }
            for i, row in ds:iter() do print(i, row.query, row.label) end
            """)) { c in
            addConstruction(c)
            addAccess(c)
            addRowMethods(c)
            addColumnMethods(c)
            addOutput(c)
        })
        try sentx.function("concatenate_datasets", doc: Doc(
            "Puts datasets one below the other. The first decides the order of columns; all must have the same names with fitting types.",
            parameters: [.init("datasets", "list of Datasets", "one or more")], returns: "Dataset")) { call in
            .object(try Dataset.concatenate(call.objects(1, Dataset.self)))
        }
    }

    // MARK: Making

    private static let columnsOption = Doc.Parameter(
        "columns", "list of names", optional: true, "the columns of the result in their order; others are left out")

    private static func addConstruction(_ c: LuaClass<Dataset>) {
        c.function("from_table", doc: Doc("""
            A dataset of columns, as { text = {...}, label = {...} }, or in order as { { "text", {...} }, { "label", {...} } }.
            A Lua table has no order: names that the field uses (query, passage, negative, sentence1, sentence2 ...) are put
            into their usual order with the label last; any other two input columns need the option columns.
            Empty cells are sentx.null.
            """, parameters: [.init("columns", "table", "lists of cells by name")], options: [columnsOption], returns: "Dataset")) { call in
            let options = try call.options(2)
            let given = try options.optionalStrings("columns")
            try options.finish()
            let table = try call.table(1)
            var columns: [(String, [DatasetValue])] = []
            if table.count > 0 {
                for slot in try call.slot(1).list() {
                    let pair = try slot.list()
                    guard pair.count == 2 else { throw slot.mismatch("{ name, cells }") }
                    columns.append((try pair[0].string(), try pair[1].cells()))
                }
                if let given { return .object(try Dataset(columns: columns).selectColumns(given)) }
            } else {
                var cells: [String: [DatasetValue]] = [:]
                for (key, value) in try table.pairs() {
                    guard case .string(let name) = key else { throw call.error("columns are named, got key \(call.state.describe(key))") }
                    cells[name] = try LuaSlot(value, state: call.state, place: "\(call.name): column '\(name)'").cells()
                }
                let order = try ColumnOrder.order(Array(cells.keys), given: given, function: call.name)
                columns = order.map { ($0, cells[$0]!) }
            }
            return .object(try Dataset(columns: columns))
        }
        c.function("from_list", doc: Doc("""
            A dataset of rows, as { { text = "a", label = 1 }, { text = "b", label = 0 } }. A field that a row lacks is an
            empty cell. The order of columns is found as by from_table.
            """, parameters: [.init("rows", "list of tables", "rows")], options: [columnsOption], returns: "Dataset")) { call in
            let options = try call.options(2)
            let given = try options.optionalStrings("columns")
            try options.finish()
            var columns = GrowingColumns()
            for row in try call.slot(1).list() {
                do {
                    for (name, value) in try fields(row) { try columns.set(name, value) }
                    try columns.endRow()
                } catch let error as DatasetError {
                    throw DatasetError(place: "row \(columns.rowCount + 1)", error.message)
                }
            }
            let dataset = try columns.dataset()
            return .object(try dataset.selectColumns(ColumnOrder.order(dataset.columnNames, given: given, function: call.name)))
        }
        c.function("load_from_disk", doc: Doc("Reads a folder that save_to_disk wrote.",
                                              parameters: [.init("path", "string", "the folder")], returns: "Dataset")) { call in
            .object(try Dataset.load(from: call.string(1)))
        }
    }

    /// The named cells of a row table.
    static func fields(_ row: LuaSlot) throws -> [(name: String, value: DatasetValue)] {
        try row.table().pairs().map { key, value in
            guard case .string(let name) = key else { throw row.mismatch("table of named cells") }
            return (name: name, value: try DatasetValue(row.field(name, value)))
        }
    }

    // MARK: Looking

    private static func addAccess(_ c: LuaClass<Dataset>) {
        c.property("num_rows", doc: "The number of rows.") { dataset, _ in .integer(dataset.rowCount) }
        c.property("num_columns", doc: "The number of columns.") { dataset, _ in .integer(dataset.columnNames.count) }
        c.property("column_names", doc: "The names of the columns, in order.") { dataset, call in
            try call.list(dataset.columnNames.map { .string($0) })
        }
        c.property("column_types", doc: "The types of the columns by name: string, int64, float64, bool, list<...>, null.") { dataset, call in
            try call.record(zip(dataset.columnNames, dataset.columnTypes).map { ($0, .string($1.description)) })
        }
        c.property("label_column", doc: "The name of the label: the first of label, labels, score, scores that there is, else nil.") { dataset, _ in
            .optional(dataset.labelColumn)
        }
        c.property("input_columns", doc: "The names of the columns that a loss takes as inputs, in order.") { dataset, call in
            try call.list(dataset.inputColumns.map { .string($0) })
        }
        c.method("column", doc: Doc("A column as a list; empty cells are sentx.null. The same as ds[name].",
                                    parameters: [.init("name", "string", "the column")], returns: "list")) { dataset, call in
            .table(try dataset.column(call.string(1)).luaList(call.state))
        }
        c.method("row", doc: Doc("A row as a table by column name. The same as ds[number], but a row that does not exist is an error.",
                                 parameters: [.init("number", "integer", "from 1")], returns: "table")) { dataset, call in
            try dataset.luaRow(call.integer(1) &- 1, call.state)
        }
        c.methodWithResults("iter", doc: Doc("For loops: gives number and row, one after the other.", returns: "iterator",
                                             example: "for i, row in ds:iter() do print(i, row.text) end")) { dataset, call in
            try iterator(dataset, call)
        }
        c.method("unique", doc: Doc("The different cells of a column, in the order of their first appearance.",
                                    parameters: [.init("name", "string", "the column")], returns: "list")) { dataset, call in
            .table(try dataset.unique(call.string(1)).luaList(call.state))
        }
        c.method("to_dict", doc: Doc("All columns as lists by name.", returns: "table")) { dataset, call in
            try call.record(dataset.columnNames.map { ($0, .table(try dataset.column($0).luaList(call.state))) })
        }
        c.method("to_list", doc: Doc("All rows as tables.", returns: "list")) { dataset, call in
            try call.list((0..<dataset.rowCount).map { try dataset.luaRow($0, call.state) })
        }
        c.meta(.length) { dataset, _ in .integer(dataset.rowCount) }
        c.meta(.index) { dataset, call in
            // Rows end like those of a list, with nil, so that ipairs works.
            if let row = call.value(1).asInteger {
                return row >= 1 && row <= dataset.rowCount ? try dataset.luaRow(row - 1, call.state) : .nil
            }
            if case .string(let name) = call.value(1), dataset.columnNames.contains(name) {
                return .table(try dataset.column(name).luaList(call.state))
            }
            let unknown = call.unknownMember()
            throw LuaError("\(unknown.message); columns are \(dataset.columnNames.joined(separator: ", "))")
        }
        c.metaWithResults(.pairs) { dataset, call in try iterator(dataset, call) }
    }

    private static func iterator(_ dataset: Dataset, _ call: LuaCall) throws -> [LuaValue] {
        var next = 0
        return [.function(try call.state.function("Dataset:iter step") { step in
            guard next < dataset.rowCount else { return [.nil] }
            next += 1
            return [.integer(next), try dataset.luaRow(next - 1, step.state)]
        })]
    }

    // MARK: Output

    private static func addOutput(_ c: LuaClass<Dataset>) {
        let path = Doc.Parameter("path", "string", "the file; its folder is made if it is missing")
        c.method("save_to_disk", doc: Doc("""
            Writes a folder that load_from_disk and load_dataset read, with all types. An old one is replaced in one step.
            """, parameters: [.init("path", "string", "the folder")])) { dataset, call in
            try dataset.save(to: call.string(1))
            return .nil
        }
        c.method("to_json", doc: Doc("Writes one JSON object per row (JSON lines), in one step.", parameters: [path])) { dataset, call in
            try dataset.write(jsonLines: call.string(1))
            return .nil
        }
        c.method("to_csv", doc: Doc("Writes a CSV file with a header, in one step. Columns of lists do not fit into CSV.",
                                    parameters: [path])) { dataset, call in
            try dataset.write(csv: call.string(1))
            return .nil
        }
        c.meta(.tostring) { dataset, _ in .string(dataset.table(width: TerminalWidth.ofOutput)) }
        c.oneLine { dataset in
            "Dataset(\(dataset.rowCount) rows: \(dataset.columnNames.joined(separator: ", ")))"
        }
    }
}
