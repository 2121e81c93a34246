import Datasets
import LuaHost

extension DatasetClass {
    /// Methods that change columns.
    static func addColumnMethods(_ c: LuaClass<Dataset>) {
        c.method("map", doc: Doc("""
            Sets cells row by row. The function gets a row as a table and its number, and gives a table of the cells to
            set: a column that exists is replaced, others keep their cells, a new one is added at the end.
            """, parameters: [.init("function", "function", "from row and number to a table of cells")], options: [
                .init("remove_columns", "name or list of names", optional: true, "columns to leave out of the result"),
                .init("columns", "list of names", optional: true,
                      "all columns of the result in their order; needed where several new inputs have no usual order"),
            ], returns: "Dataset", example: "ds:map(function(row) return { label = row.score > 0.5 and 1 or 0 } end)")) { dataset, call in
            let options = try call.options(2)
            let removed = options.has("remove_columns") ? try options.slot("remove_columns").names() : []
            let columns = try options.optionalStrings("columns")
            try options.finish()
            let function = try call.function(1)
            let mapped = try dataset.map(removing: removed) { row in
                let result = try function.callForOne([dataset.luaRow(row, call.state), .integer(row + 1)])
                if result.isNil {
                    throw call.error("the function gave nothing for row \(row + 1); it must return a table of the cells to set ({} for none)")
                }
                return try fields(LuaSlot(result, state: call.state, place: "\(call.name): result for row \(row + 1)"))
            }
            if let columns { return .object(try mapped.selectColumns(columns)) }
            let kept = dataset.columnNames.filter { mapped.columnNames.contains($0) && !removed.contains($0) }
            let added = mapped.columnNames.filter { !kept.contains($0) }
            return .object(try mapped.selectColumns(kept + ColumnOrder.order(added, given: nil, function: call.name)))
        }
        c.method("rename_column", doc: Doc("The column under another name, in the same place.",
                                           parameters: [.init("name", "string", "the column"), .init("new_name", "string", "its new name")],
                                           returns: "Dataset", example: "ds:rename_column(\"relevance\", \"label\")")) { dataset, call in
            .object(try dataset.renameColumn(call.string(1), to: call.string(2)))
        }
        c.method("rename_columns", doc: Doc("Several columns under other names.",
                                            parameters: [.init("names", "table", "new names by old names")], returns: "Dataset")) { dataset, call in
            var names = dataset.columnNames
            for (key, value) in try call.table(1).pairs() {
                guard case .string(let old) = key, case .string(let new) = value else {
                    throw call.slot(1).mismatch("table of new names by old names")
                }
                _ = try dataset.type(of: old)
                names[dataset.columnNames.firstIndex(of: old)!] = new
            }
            return .object(try dataset.withColumnNames(names))
        }
        c.method("remove_columns", doc: Doc("All columns but these.", parameters: [.init("names", "name or list of names", "columns to leave out")],
                                            returns: "Dataset")) { dataset, call in
            .object(try dataset.removeColumns(call.slot(1).names()))
        }
        c.method("select_columns", doc: Doc("These columns in this order, which is how columns are reordered for a loss.",
                                            parameters: [.init("names", "name or list of names", "columns to keep")],
                                            returns: "Dataset")) { dataset, call in
            .object(try dataset.selectColumns(call.slot(1).names()))
        }
        c.method("add_column", doc: Doc("A new last column.",
            parameters: [.init("name", "string", "its name"), .init("cells", "list", "one per row")],
                                        returns: "Dataset")) { dataset, call in
            .object(try dataset.addColumn(call.string(1), call.slot(2).cells()))
        }
        c.method("cast_column", doc: Doc("A column with its cells turned into another type. A text becomes a number if all of it is one.",
                                         parameters: [.init("name", "string", "the column"),
                                                      .init("type", "string", "string, int64, float64, bool or list<...>")],
                                         returns: "Dataset")) { dataset, call in
            guard let type = DatasetType(try call.string(2)) else {
                throw call.slot(2).mismatch("one of 'string', 'int64', 'float64', 'bool', 'list<...>'")
            }
            return .object(try dataset.castColumn(call.string(1), to: type))
        }
    }
}
