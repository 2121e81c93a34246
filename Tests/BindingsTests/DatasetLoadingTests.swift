import Files
import LuaHost
import TestSupport
import Testing

@Suite struct DatasetLoadingTests {
    let folder = TemporaryFolder()
    let lua: LuaSession

    init() throws {
        lua = try LuaSession()
        try lua.run("folder = '\(folder.path)/'")
        _ = folder.write("{\"text\": \"a\", \"label\": 1}\n{\"text\": \"b\", \"label\": 0}\n", to: "train.jsonl")
        _ = folder.write("text,label\nc,1\n", to: "test.csv")
        _ = folder.write("d;1\n", to: "more.data")
        _ = folder.write("{\"data\": [{\"text\": \"e\"}]}", to: "document.json")
    }

    @Test(arguments: [
        ("sentx.load_dataset(folder .. 'train.jsonl')", "a b"), ("sentx.load_dataset(folder .. 'test.csv')", "c"),
        ("sentx.load_dataset(folder .. 'more.data', { format = 'csv', delimiter = ';', column_names = { 'text', 'label' } })", "d"),
        ("sentx.load_dataset(folder .. 'document.json', { field = 'data' })", "e"),
        ("sentx.load_dataset(folder .. 'train.jsonl', { split = 'train[:1]', columns = { 'text' } })", "a"),
        ("sentx.load_dataset(folder).train", "a b"), ("sentx.load_dataset(folder, { split = 'test' })", "c"),
        ("sentx.load_dataset(folder, { split = 'train[50%:]' })", "b"),
        ("sentx.load_dataset { folder .. 'train.jsonl', folder .. 'test.csv' }", "a b c"),
        ("sentx.load_dataset('csv', { data_files = folder .. 'test.csv' })", "c"),
        ("sentx.load_dataset('json', { data_files = folder .. 'train.jsonl' })", "a b"),
        ("sentx.load_dataset('csv', { data_files = { dev = folder .. 'test.csv' } }).dev", "c"),
    ])
    func dataIsFoundByPathAndSplit(expression: String, texts: String) throws {
        #expect(try lua.text("return table.concat(\(expression).text, ' ')") == texts)
    }

    @Test(arguments: [
        ("'sentence-transformers/all-nli'", "load_dataset: there is no file or folder sentence-transformers/all-nli; sentx reads local files"),
        ("folder .. 'none.jsonl'", "No such file or directory"),
        ("folder, { split = 'dev' }", "load_dataset: there is no split \"dev\"; there are test, train"),
        ("folder .. 'train.jsonl', { split = 'test' }", "load_dataset: there is no split \"test\"; a single file is the split \"train\""),
        ("folder .. 'train.jsonl', { splt = 'test' }", "load_dataset: unknown option 'splt' (did you mean 'split'?)"),
        ("folder .. 'test.csv', { delimiter = '::' }", "load_dataset: option 'delimiter': must be one character, got string '::'"),
        ("folder .. 'test.csv', { format = 'cvs' }", "expected one of 'jsonl', 'json', 'csv', 'tsv', 'text', got 'cvs' (did you mean 'csv'?)"),
        ("3", "load_dataset: argument 1 (path): expected path or list of paths, got number 3"),
    ])
    func whatCannotBeLoadedIsNamed(arguments: String, message: String) {
        #expect(lua.errorMessage("sentx.load_dataset(\(arguments))").hasSuffix(message))
    }

    @Test func faultsInFilesNameTheirLine() {
        let path = folder.write("{\"text\": \"a\"}\n{\"text\": }\n", to: "bad.jsonl")
        #expect(lua.errorMessage("sentx.load_dataset(folder .. 'bad.jsonl')") == "\(path):2: expected a value, found '}' (at character 10)")
    }

    @Test func datasetsAreSavedAndLoaded() throws {
        try lua.run("""
            local ds = sentx.Dataset.from_table { query = { "a", "b" }, documents = { { "x", "y" }, {} }, labels = { { 1, 0.5 }, {} } }
            ds:save_to_disk(folder .. "saved")
            back = sentx.load_dataset(folder .. "saved")
            assert(tostring(back) == tostring(ds) and tostring(sentx.Dataset.load_from_disk(folder .. "saved")) == tostring(ds))
            assert(tostring(sentx.load_from_disk(folder .. "saved")) == tostring(ds))
            ds:to_json(folder .. "out/rows.jsonl")
            ds:select_columns("query"):to_csv(folder .. "out/rows.csv")
            """)
        #expect(try contents(folder("out/rows.jsonl"))
            == "{\"query\":\"a\",\"documents\":[\"x\",\"y\"],\"labels\":[1.0,0.5]}\n{\"query\":\"b\",\"documents\":[],\"labels\":[]}\n")
        #expect(try contents(folder("out/rows.csv")) == "query\na\nb\n")
        #expect(lua.errorMessage("back:to_csv(folder .. 'x.csv')") == "column \"documents\" holds lists, which CSV cannot hold")
    }

    @Test func costlyDatasetsAreMadeOnceForAKey() throws {
        try lua.run("""
            made = 0
            function load(key)
              return sentx.cached_datasets(folder .. "cache", key, function()
                made = made + 1
                return sentx.Dataset.from_table { text = { "a" }, label = { made } }, sentx.Dataset.from_table { text = { "b" } }
              end)
            end
            """)
        #expect(try lua.text("local a, b = load { 1, 'x' }; return a[1].label .. b[1].text .. made") == "1b1")
        #expect(try lua.text("local a, b = load { 1, 'x' }; return a[1].label .. b[1].text .. made") == "1b1")
        #expect(try lua.text("local a, b = load { 2, 'x' }; return a[1].label .. b[1].text .. made") == "2b2")
        #expect(lua.errorMessage("sentx.cached_datasets(folder, 1, function() return sentx.Dataset.from_table { a = {1} } end)")
            == "cached_datasets: \(folder.path)/ holds something else; name another folder")
        #expect(lua.errorMessage("sentx.cached_datasets(folder .. 'x', 1, function() return 3 end)")
            == "cached_datasets: result 1 of the function: expected Dataset, got number 3")
    }

    @Test func jsonGoesBothWays() throws {
        #expect(try lua.text("return sentx.json.encode { b = { 1, 2.5, sentx.null }, a = 'é\"', c = { d = true }, e = {} }")
            == #"{"a":"é\"","b":[1,2.5,null],"c":{"d":true},"e":[]}"#)
        #expect(try lua.text("return sentx.json.encode({ 1 }, { pretty = true })") == "[\n  1\n]")
        #expect(try lua.text("""
            local v = sentx.json.decode('{"a": [1, null, "x"], "b": null, "c": 2.0}')
            return #v.a .. tostring(v.a[2]) .. tostring(v.b) .. v.c .. math.type(v.a[1])
            """) == "3nullnil2.0integer")
        #expect(lua.errorMessage("sentx.json.decode('{')") == "decode: line 1, column 2: expected a key in double quotes, found the end of the text")
        #expect(lua.errorMessage("sentx.json.encode { [1] = 1, x = 2 }").contains("a table must have the keys 1 to n, or names only"))
        #expect(lua.errorMessage("local t = {}; t.t = t; sentx.json.encode(t)").contains("nested more than 512 deep"))
        #expect(lua.errorMessage("sentx.json.encode(print)").contains("expected something that JSON can hold, got function"))
    }
}
