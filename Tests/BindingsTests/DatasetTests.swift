import LuaHost
import TestSupport
import Testing

@Suite struct DatasetTests {
    let folder = TemporaryFolder()
    let lua: LuaSession

    init() throws {
        lua = try LuaSession()
        try lua.run("""
            folder = "\(folder.path)"
            ds = sentx.Dataset.from_table { query = { "a", "b", "c" }, passage = { "x", sentx.null, "z" }, label = { 1, 0, 1 } }
            function show(d)
              local parts = {}
              for i, row in d:iter() do
                for _, name in ipairs(d.column_names) do parts[#parts + 1] = tostring(row[name]) end
                parts[#parts + 1] = "/"
              end
              return table.concat(parts, " ")
            end
            """)
    }

    @Test func rowsAndColumnsCountFromOne() throws {
        #expect(try lua.text("return #ds .. ds[1].query .. ds[3].passage .. tostring(ds[2].passage) .. tostring(ds[4])") == "3aznilnil")
        #expect(try lua.text("return #ds.passage .. tostring(ds.passage[2]) .. ds['query'][3] .. ds:column('label')[1]") == "3nullc1")
        #expect(try lua.text("local n = 0; for i, row in ipairs(ds) do n = n * 10 + i end; return n") == "123")
        #expect(try lua.text("local n = 0; for i, row in pairs(ds) do n = n * 10 + i end; return n") == "123")
        #expect(try lua.text("return table.concat(ds.column_names, ' ') .. ' ' .. ds.num_rows .. ' ' .. ds.num_columns") == "query passage label 3 3")
        #expect(try lua.text("""
            return ds.label_column .. ' ' .. table.concat(ds.input_columns, ' ') .. ' ' .. ds.column_types.label
            """) == "label query passage int64")
        #expect(lua.errorMessage("return ds:row(4)") == "there is no row 4; the dataset has 3 rows")
        #expect(lua.errorMessage("return ds.qurey") == "Dataset has no member 'qurey'; columns are query, passage, label")
        #expect(lua.errorMessage("return ds:colum('x')") == """
            Dataset has no member 'colum' (did you mean 'column'?); columns are query, passage, label
            """)
    }

    @Test(arguments: [
        ("{ label = {1}, passage = {'p'}, query = {'q'} }", "query passage label"),
        ("{ negative_2 = {'n'}, negative_1 = {'n'}, positive = {'p'}, anchor = {'q'} }", "anchor positive negative_1 negative_2"),
        ("{ negative_10 = {'n'}, negative_9 = {'n'}, positive = {'p'}, anchor = {'q'} }", "anchor positive negative_9 negative_10"),
        ("{ score = {1}, sentence2 = {'p'}, sentence1 = {'q'} }", "sentence1 sentence2 score"),
        ("{ text = {'t'}, label = {0} }", "text label"), ("{ label = {0} }", "label"), ("{}", ""),
        ("{ labels = {{1}}, docs = {{'p'}}, question = {'q'} }", "question docs labels"),
        ("{ { 'b', {1} }, { 'a', {2} } }", "b a"),
    ])
    func columnsGetTheirUsualOrder(table: String, names: String) throws {
        #expect(try lua.text("return table.concat(sentx.Dataset.from_table(\(table)).column_names, ' ')") == names)
    }

    @Test func anUnknownOrderIsAskedFor() throws {
        #expect(lua.errorMessage("sentx.Dataset.from_table { left = {'x'}, right = {'y'} }") == "Dataset.from_table: the order of left, right "
            + "decides what a loss takes for the query, and a Lua table has no order; give it, as in columns = { \"left\", \"right\" }")
        #expect(try lua.text("""
            return table.concat(sentx.Dataset.from_table({ left = {1}, right = {2} }, { columns = { 'right', 'left' } \
            }).column_names)
            """)
            == "rightleft")
        #expect(lua.errorMessage("sentx.Dataset.from_table({ a = {1} }, { columns = { 'b' } })")
            == "Dataset.from_table: option 'columns' names 'b', which is not among the columns a")
        #expect(lua.errorMessage("sentx.Dataset.from_table({ a = {1} }, { colums = { 'b' } })")
            == "Dataset.from_table: unknown option 'colums' (did you mean 'columns'?)")
    }

    @Test(arguments: [
        ("{ text = 'x' }", "from_table: column 'text': expected list of cells, got string 'x'"),
        ("{ text = { 'a', nil, 'c' } }",
            "from_table: column 'text': a column must be a list without holes (sentx.null stands for an empty cell), got table"),
        ("{ text = { 'a', { x = 1 } } }", "from_table: column 'text'[2]: a cell may be a list, but not a table with named fields or holes "
            + "(sentx.null stands for an empty cell), got table"),
        ("{ text = { print } }", "from_table: column 'text'[1]: expected nil, boolean, number, string or list, got function"),
        ("{ text = { 'a', 1 } }", "row 2: column \"text\": int64 in a column of string"),
        ("{ text = { 'a' }, label = { 1, 2 } }", "column \"label\" has 2 rows, column \"text\" has 1"),
    ])
    func cellsThatDoNotFitAreNamed(table: String, message: String) {
        #expect(lua.errorMessage("sentx.Dataset.from_table \(table)").hasSuffix(message))
    }

    @Test func listsOfRowsBecomeColumns() throws {
        #expect(try lua.text("return show(sentx.Dataset.from_list { { query = 'a', label = 1 }, { query = 'b', passage = 'y' }, {} })")
            == "a nil 1 / b y nil / nil nil nil /")
        #expect(lua.errorMessage("sentx.Dataset.from_list { { a = 1 }, 3 }").contains("""
            from_list: argument 1 (rows)[2]: expected table, got number 3
            """))
    }

    @Test(arguments: [
        ("ds:select { 3, 1 }", "c z 1 / a x 1 /"), ("ds:select(2, 3)", "b nil 0 / c z 1 /"),
        ("ds:filter(function(row, i) return row.label == 1 and i > 1 end)", "c z 1 /"),
        ("ds:sort('query', { reverse = true }):take(1)", "c z 1 /"), ("ds:skip(2)", "c z 1 /"),
        ("ds:shard { num_shards = 2, index = 2 }", "c z 1 /"),
        ("ds:rename_column('query', 'q'):select_columns { 'label', 'q' }", "1 a / 0 b / 1 c /"),
        ("ds:rename_columns { query = 'passage', passage = 'query' }:select_columns 'query'", "x / nil / z /"),
        ("ds:remove_columns { 'passage' }:remove_columns 'label'", "a / b / c /"),
        ("ds:select_columns('query'):add_column('n', { 1.5, 2, sentx.null })", "a 1.5 / b 2.0 / c nil /"),
        ("ds:select_columns('label'):cast_column('label', 'string')", "1 / 0 / 1 /"),
        ("ds:map(function(row, i) return { query = row.query .. i, n = i } end)", "a1 x 1 1 / b2 nil 0 2 / c3 z 1 3 /"),
        ("ds:map(function(row) return { score = row.label / 2 } end, { remove_columns = { 'label', 'passage' } })", "a 0.5 / b 0.0 / c 0.5 /"),
        ("ds:map(function(row) return { y = 1, x = 2 } end, { columns = { 'x', 'query', 'y' } })", "2 a 1 / 2 b 1 / 2 c 1 /"),
        ("sentx.concatenate_datasets { ds:take(1), ds:skip(2) }", "a x 1 / c z 1 /"),
    ])
    func methodsGiveNewDatasets(expression: String, rows: String) throws {
        #expect(try lua.text("return show(\(expression))") == rows)
        #expect(try lua.text("return show(ds)") == "a x 1 / b nil 0 / c z 1 /")
    }

    @Test(arguments: [
        ("ds:row(math.mininteger)", "there is no row -9223372036854775808; the dataset has 3 rows"),
        ("ds:select { math.mininteger }", "there is no row -9223372036854775808; the dataset has 3 rows"),
        ("ds:select(math.mininteger, math.maxinteger)", "select: there is no row -9223372036854775808; the dataset has 3 rows"),
        ("ds:shard { num_shards = 2, index = math.mininteger }", "there is no part -9223372036854775808 of 2"),
        ("ds:shard { num_shards = math.mininteger, index = 1 }", "there is no part 1 of -9223372036854775808"),
        ("ds:select { 0 }", "there is no row 0; the dataset has 3 rows"), ("ds:select(2, 4)", "select: there is no row 4; the dataset has 3 rows"),
        ("ds:map(function() end)", "Dataset:map: the function gave nothing for row 1; it must return a table of the cells to set ({} for none)"),
        ("ds:map(function() return { print } end)", "Dataset:map: result for row 1: expected table of named cells, got table"),
        ("ds:map(function() return { n = print } end)",
            "Dataset:map: result for row 1.n: expected nil, boolean, number, string or list, got function"),
        ("ds:map(function() return { y = 1, x = 1 } end)", "in columns = { \"x\", \"y\" }"),
        ("""
            ds:map(function(row) return { query = #row.query == 1 and row.label or 'x' } end):map(function(row, i) return { n = \
            i == 2 and 'x' or 1 } end)
            """,
         "row 2: column \"n\": string in a column of int64"),
        ("ds:filter(3)", "Dataset:filter: argument 1 (function): expected function, got number 3"),
        ("ds:rename_column('x', 'y')", "there is no column \"x\"; columns are query, passage, label"),
        ("ds:rename_columns { query = 'label' }", "two columns would be named \"label\""),
        ("ds:cast_column('query', 'int')", "expected one of 'string', 'int64', 'float64', 'bool', 'list<...>', got string 'int'"),
        ("ds:train_test_split { test_size = 3 }", "test_size is 3, which must be above 0 and below the number of rows, 3"),
        ("ds:train_test_split { tset_size = 3 }", "unknown option 'tset_size' (did you mean 'test_size'?)"),
        ("ds:shuffle('x')", "expected table of options, got string 'x'"),
        ("sentx.concatenate_datasets { ds, 3 }", "expected Dataset, got number 3"),
    ])
    func wrongRequestsNameWhatIsWrong(expression: String, message: String) {
        #expect(lua.errorMessage("return \(expression)").hasSuffix(message))
    }

    @Test func errorsOfCallbacksKeepTheirPlace() {
        #expect(lua.errorMessage("ds:filter(function(row) return row.nothing.x end)") == "attempt to index a nil value (field 'nothing')")
    }

    @Test func seedsDecideShufflesAndSplits() throws {
        try lua.run("""
            local numbers = {}
            for i = 1, 100 do numbers[i] = i end
            big = sentx.Dataset.from_table { n = numbers }
            """)
        #expect(try lua.text("""
            return show(big:shuffle(5)) == show(big:shuffle { seed = 5 }) and show(big:shuffle(5)) ~= show(big:shuffle(6))
            """) == "true")
        #expect(try lua.text("return show(big:shuffle()) ~= show(big:shuffle())") == "true")
        #expect(try lua.text("""
            local s = big:train_test_split { test_size = 10, seed = 1 }
            local t = big:train_test_split { test_size = 0.1, seed = 1 }
            local u = big:train_test_split { train_size = 30, shuffle = false }
            assert(show(s.test) == show(t.test))
            return #s.train .. " " .. #s.test .. " " .. u.train[30].n .. " " .. u.test[1].n
            """) == "90 10 30 31")
    }

    @Test func printingShowsATable() throws {
        #expect(try lua.text("return tostring(ds)") == """
            Dataset: 3 rows, 3 columns
            query   passage  label
            string  string   int64, label
            a       x        1
            b       null     0
            c       z        1
            """)
    }
}
