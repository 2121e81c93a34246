import LuaHost

/// Lua expressions for what a documentation asks for, mostly of the right type and sometimes not at all.
struct ScriptValues {
    /// Names of the classes of which there may be objects.
    let classes: Set<String>

    private static let integers = [
        "0", "1", "2", "3", "-1", "-2", "5", "8", "1", "2", "math.maxinteger", "math.mininteger", "2^31", "-2^31", "2^32", "2^53", "2^62", "2^63", "1e300", "0/0", "1/0", "-1/0",
        "1e9", "1e12", "2.5", "65536", "2^31 - 1", "math.maxinteger - 1", "\"3\"",
    ]
    private static let numbers = [
        "0.5", "0.1", "1", "2", "0", "1e-3", "-1", "100", "0.9", "1e-300", "1e300", "-1e308", "1/0", "-1/0", "0/0", "5e-324", "math.mininteger", "math.maxinteger", "\"0.5\"",
    ]
    private static let strings = [
        "\"\"", "\"a\"", "\"text\"", "\"the cat sat\"", "\"label\"", "\"anchor\"", "\"positive\"", "\"\\0\"", "\"\\xff\\xfe\"", "(\"x\"):rep(10000)", "\"a\\nb\"", "\"%s%n\"",
        "\"float32\"", "\"int64\"", "\"bool\"", "\"mean\"", "\"train[-1%:50%]\"", "\"(a|b)*c\"", "\"\u{1F600}\u{301}\"", "\"cosine\"", "\"list<string>\"",
    ]
    private static let paths = [
        "\"models/mean\"", "\"models/bert\"", "\"models/splade\"", "\"models/lora\"", "\"models/nothing\"", "\"out\"", "\"out/file\"", "\"out.jsonl\"", "\"out.csv\"", "\"\"", "\".\"",
        "\"models/bert/config.json\"", "\"a/b/c\"", "\"a\\nb\"", "\"a\\0b\"", "(\"n\"):rep(300)", "\"models/router\"", "\"models/static\"", "\"models/autoencoder\"",
    ]
    private static let functions = [
        "function(...) return ... end", "function() end", "function() return 1 end", "function() return {} end", "function() error({}) end", "function() error() end",
        "function() error(\"no\") end", "function(a) return a end", "function(a, b) return b, a end", "function() return \"x\" end", "function(row) row.new = 1; return row end",
        "function() return m(\"Trainer\", 0, \"step\") end", "function() return o(\"Tensor\", 1) end", "function() coroutine.yield() end", "print", "sentx.zeros",
        "function(a) return { a, a } end", "function() return true end", "function() collectgarbage() end", "function() return 0/0 end",
    ]
    private static let oddities = [
        "nil", "true", "false", "{}", "sentx", "io.stdout", "print", "deep(150)", "deep(100000)", "ring()", "sentx.null", "coroutine.create(print)", "{ {} }", "{ 1, nil, 3 }",
        "{ [1e9] = 1 }", "{ a = 1 }", "{ \"a\", \"b\" }", "{ 1, 2, 3 }", "{ 0/0 }", "{ 1, \"a\" }", "setmetatable({}, { __index = error })", "{ math.mininteger }",
        "{ { 1, 2 }, { 3 } }", "sentx.Dataset", "setmetatable({}, { __len = function() return 2^60 // 1 end })", "_G", "{ \"a\\xff\" }", "{ true, false }",
    ]

    func anything(_ random: inout RandomSource) -> String {
        switch random.below(6) {
        case 0: return random.pick(Self.integers)
        case 1: return random.pick(Self.strings)
        case 2: return random.pick(Self.functions)
        case 3: return object(random.pick(classes.sorted()), &random)
        default: return random.pick(Self.oddities)
        }
    }

    func object(_ name: String, _ random: inout RandomSource) -> String { "o(\"\(name)\", \(random.below(12)))" }

    func value(_ parameter: Doc.Parameter, _ random: inout RandomSource) -> String {
        if random.once(in: 7) { return anything(&random) }
        if let known = known(parameter.name, &random) { return known }
        let type = parameter.type
        if type.contains("\""), !random.once(in: 6) {
            let words = quoted(type)
            if !words.isEmpty { return "\"\(random.pick(words))\"" }
        }
        let choices = alternatives(type)
        return value(ofType: random.pick(choices), parameter, &random)
    }

    /// "Tensor, SparseMatrix or table" are three.
    private func alternatives(_ type: String) -> [String] {
        var parts: [String] = [], part: [Substring] = []
        for word in type.split(separator: " ") {
            if word == "or" || word == "|" {
                parts.append(part.joined(separator: " "))
                part = []
            } else if word.hasSuffix(",") {
                parts.append((part + [word.dropLast()]).joined(separator: " "))
                part = []
            } else {
                part.append(word)
            }
        }
        parts.append(part.joined(separator: " "))
        return parts.filter { !$0.isEmpty }.isEmpty ? ["any"] : parts.filter { !$0.isEmpty }
    }

    private func value(ofType type: String, _ parameter: Doc.Parameter, _ random: inout RandomSource) -> String {
        if classes.contains(type) { return object(type, &random) }
        if type.hasPrefix("table") || type.hasPrefix("list") || type.hasPrefix("integers") { return table(type, &random) }
        if type.hasPrefix("function") { return random.pick(Self.functions) }
        switch type {
        case "integer": return small(Self.integers, &random)
        case "number", "fraction": return small(Self.numbers, &random)
        case "boolean": return random.once(in: 2) ? "true" : "false"
        case "string", "name": return string(parameter, &random)
        default: return anything(&random)
        }
    }

    /// The first ones mostly, which are ordinary.
    private func small(_ list: [String], _ random: inout RandomSource) -> String {
        random.once(in: 3) ? random.pick(list) : list[random.below(min(9, list.count))]
    }

    private func string(_ parameter: Doc.Parameter, _ random: inout RandomSource) -> String {
        let name = parameter.name
        if ["path", "dir", "folder", "file", "model"].contains(where: name.contains) { return random.pick(Self.paths) }
        let words = quoted(parameter.summary) + quoted(parameter.defaultValue ?? "")
        return words.isEmpty || random.once(in: 4) ? random.pick(Self.strings) : "\"\(random.pick(words))\""
    }

    /// The words in quotation marks, without those that Lua would not read.
    private func quoted(_ text: String) -> [String] {
        let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
        return parts.enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }.filter { !$0.contains("\\") && !$0.contains("\n") }
    }

    private func table(_ type: String, _ random: inout RandomSource) -> String {
        let count = random.once(in: 10) ? 2000 : random.below(5)
        if count == 2000 { return "(function() local t = {} for i = 1, 2000 do t[i] = \(random.pick(["i", "\"a\" .. i", "i / 3", "{ i }"])) end return t end)()" }
        func list(_ element: () -> String) -> String { "{ " + (0..<count).map { _ in element() }.joined(separator: ", ") + " }" }
        if type.contains("string") || type.contains("name") { return list { random.pick(Self.strings) } }
        if type.contains("integer") { return list { small(Self.integers, &random) } }
        if type.contains("number") { return list { small(Self.numbers, &random) } }
        if type.contains("pair") { return list { "{ \(random.pick(Self.strings)), \(random.pick(Self.strings)) }" } }
        if type.contains("Tensor") { return list { object("Tensor", &random) } }
        if type.contains("Module") { return list { object("Module", &random) } }
        if type.contains("Dataset") { return list { object("Dataset", &random) } }
        if type.contains("id") { return "{ q1 = \(random.pick(["\"a\"", "{ \"d1\" }", "{ d1 = 1, d2 = 0 }", "{ [3] = 1 }", "0/0"])), d1 = \"text\" }" }
        return list { anything(&random) }
    }

    /// What some parameters must look like for a call to get anywhere.
    private func known(_ name: String, _ random: inout RandomSource) -> String? {
        if random.once(in: 5) { return nil }
        switch name {
        case "texts", "sentences", "documents": return "{ \"the cat\", \"a dog\", \"\" }"
        case "sentences1", "sentences2", "questions": return "{ \"the cat\", \"a dog\" }"
        case "scores", "labels": return random.pick(["{ 1, 0 }", "{ 0.5, 0.25 }", "{ 0, 0 }", "{ 1, 0/0 }"])
        case "queries", "corpus": return "{ q1 = \"the cat\", d1 = \"a cat\", d2 = \"dogs\" }"
        case "relevant_docs": return random.pick(["{ q1 = { \"d1\" } }", "{ q1 = { d1 = 2, d2 = 0 } }", "{ q1 = {} }"])
        case "samples": return "{ { query = \"cat\", positive = { \"the cat\" }, negative = { \"a dog\", \"mat\" } } }"
        case "pairs": return "{ { \"the cat\", \"a cat\" }, { \"a\", \"\" } }"
        case "shape": return random.pick(["3", "{ 2, 3 }", "{}", "{ 0 }", "{ 3, -1 }", "{ 2^40, 2^40 }", "2^31", "{ -1 }", "{ 1e300 }", "{ 2, math.mininteger }"])
        case "dim", "dim0", "dim1": return small(Self.integers, &random)
        case "dtype": return random.pick(["\"float32\"", "\"int64\"", "\"bool\""])
        case "name" where random.once(in: 2): return random.pick(["\"anchor\"", "\"positive\"", "\"label\"", "\"text\""])
        case "dataset": return object("Dataset", &random)
        default: return nil
        }
    }
}
