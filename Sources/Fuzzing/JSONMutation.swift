import _StringProcessing
import JSON

/// Changes of JSON documents that leave them documents, mostly: values become extremes, other values of the document or other
/// types; members go, double or get other names; lists grow; things are put deep into others.
package enum JSONMutation {
    /// Texts that no value is written as; a marker stands for each until the document is written.
    private static let rawTexts: [String] = [
        "1e999", "-1e999", "1e-999", "-0", "-0.0", "123456789012345678901234567890", "9223372036854775808", "-9223372036854775809", "NaN", "Infinity",
        "nul", "", "1.", ".5", "01", "\"\\ud800\"", "\"\\u0000\"", "\"\u{1}\"", "\"\\ud83d\\ude00\"",
        String(repeating: "[", count: 300) + String(repeating: "]", count: 300),
        String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000),
        String(repeating: "{\"a\":", count: 400) + "1" + String(repeating: "}", count: 400),
        "{\"type\":1,\"type\":2}", "[" + String(repeating: "0,", count: 3000) + "0]",
    ]

    private static let texts: [String] = [
        "", " ", "\0", "../x", "/dev/zero", "/etc/passwd", ".", "[PAD]", "[UNK]", "##", "\u{FFFD}", "\u{301}", "\u{1F600}\u{200D}", "ß", "İ", "\u{2581}",
        "(a|b)*", "(?:(?:a|b)+)+c", "[", "\\", "*", "^", ".*", "true", "null", "0", "-1", "1e9", "list<list<list<string>>>", "float64", "a\nb",
        String(repeating: "a", count: 5000), String(repeating: "ab ", count: 300),
    ]

    /// - Parameter words: what stands in files of the kind: keys, types, names.
    package static func mutated(_ input: [UInt8], words: [String] = [], _ random: inout RandomSource) -> [UInt8] {
        guard !random.once(in: 12), var value = try? input.withUnsafeBytes({
            try JSONValue.parse(bytes: $0, options: JSONParsingOptions(allowsNonFinite: true))
        }) else { return ByteMutation.mutated(input, words: words, &random) }
        var material = Material(words: words)
        material.collect(value, depth: 0)
        for _ in 0..<random.count(upTo: 6) { value = changed(value, material, depth: 0, &random) }
        return Array(written(value).prefix(ByteMutation.longest * 4))
    }

    private static func marker(_ index: Int) -> JSONValue { .string("\u{E000}\(index)\u{E000}") }

    private static func written(_ value: JSONValue) -> [UInt8] {
        var text = value.serialized()
        for (index, raw) in rawTexts.enumerated() {
            let mark = marker(index).serialized()
            while let place = text.firstRange(of: mark) { text.replaceSubrange(place, with: raw) }
        }
        return Array(text.utf8)
    }

    /// What the document holds, to be put elsewhere.
    private struct Material {
        var words: [String]
        var keys: [String] = []
        var values: [JSONValue] = []

        mutating func collect(_ value: JSONValue, depth: Int) {
            guard values.count < 400, depth < 12 else { return }
            values.append(value)
            switch value {
            case .array(let elements): for element in elements.prefix(20) { collect(element, depth: depth + 1) }
            case .object(let members):
                for (key, member) in members.prefix(40) {
                    keys.append(key)
                    collect(member, depth: depth + 1)
                }
            default: break
            }
        }
    }

    /// Goes down to a random place, and the deeper the less likely, and changes what is there.
    private static func changed(_ value: JSONValue, _ material: Material, depth: Int, _ random: inout RandomSource) -> JSONValue {
        switch value {
        case .array(var elements) where !elements.isEmpty && !random.once(in: 4):
            let place = random.below(elements.count)
            elements[place] = changed(elements[place], material, depth: depth + 1, &random)
            return .array(elements)
        case .object(let members) where !members.isEmpty && !random.once(in: 4):
            var list = members.map { ($0.key, $0.value) }
            let place = random.below(list.count)
            list[place].1 = changed(list[place].1, material, depth: depth + 1, &random)
            return .object(JSONObject(list))
        default: return replaced(value, material, &random)
        }
    }

    private static func replaced(_ value: JSONValue, _ material: Material, _ random: inout RandomSource) -> JSONValue {
        if random.once(in: 5) { return anything(material, &random) }
        switch value {
        case .array(let elements): return .array(list(elements, material, &random))
        case .object(let members): return object(members, material, &random)
        case .integer(let number): return integer(number, &random)
        case .number(let number): return random.once(in: 2) ? .number(random.pick([-number, number * 1e9, 0, 1e308, -1, 0.5])) : extreme(&random)
        case .string(let text): return .string(string(text, material, &random))
        case .bool(let flag): return .bool(!flag)
        case .null: return anything(material, &random)
        }
    }

    private static func integer(_ number: Int64, _ random: inout RandomSource) -> JSONValue {
        switch random.below(4) {
        case 0: return .integer(random.once(in: 2) ? number &+ 1 : number &- 1)
        case 1: return .integer(random.pick([0 &- number, number &* 2, number / 2, number &* 1000]))
        default: return extreme(&random)
        }
    }

    private static func extreme(_ random: inout RandomSource) -> JSONValue {
        switch random.below(3) {
        case 0: return marker(random.below(rawTexts.count))
        case 1: return .number(random.pick([0.5, -0.5, 1e18, 1e300, -1e300, .leastNonzeroMagnitude]))
        default: return .integer(random.pick(ByteMutation.extremes))
        }
    }

    private static func string(_ text: String, _ material: Material, _ random: inout RandomSource) -> String {
        switch random.below(6) {
        case 0: return random.pick(texts)
        case 1 where !material.words.isEmpty, 2 where !material.words.isEmpty: return random.pick(material.words)
        case 3 where !material.keys.isEmpty: return random.pick(material.keys)
        case 4: return String(repeating: text, count: random.count(upTo: 64))
        default: return String(decoding: ByteMutation.mutated(Array(text.utf8), words: material.words, &random), as: UTF8.self)
        }
    }

    private static func anything(_ material: Material, _ random: inout RandomSource) -> JSONValue {
        switch random.below(7) {
        case 0: return .null
        case 1: return .bool(random.once(in: 2))
        case 2: return .string(string("", material, &random))
        case 3: return random.once(in: 2) ? .array([]) : .object(JSONObject())
        case 4, 5: return material.values.isEmpty ? .null : random.pick(material.values)
        default: return extreme(&random)
        }
    }

    private static func list(_ elements: [JSONValue], _ material: Material, _ random: inout RandomSource) -> [JSONValue] {
        var elements = elements
        let place = random.below(elements.count)
        switch random.below(5) {
        case 0 where !elements.isEmpty: elements.remove(at: place)
        case 1 where !elements.isEmpty: elements.swapAt(place, random.below(elements.count))
        case 2 where !elements.isEmpty: elements += [JSONValue](repeating: elements[place], count: random.count(upTo: 300))
        case 3: elements = []
        default: elements.append(anything(material, &random))
        }
        return elements
    }

    private static func object(_ members: JSONObject, _ material: Material, _ random: inout RandomSource) -> JSONValue {
        var list = members.map { ($0.key, $0.value) }
        let place = random.below(list.count)
        switch random.below(7) {
        case 0 where !list.isEmpty: list.remove(at: place)
        case 1 where !list.isEmpty: list[place].0 = string(list[place].0, material, &random)
        case 2 where list.count > 1:
            let other = random.below(list.count)
            (list[place].1, list[other].1) = (list[other].1, list[place].1)
        case 3:
            // A document within itself, as a normaliser in a sequence of normalisers.
            return .array([JSONValue](repeating: .object(members), count: random.count(upTo: 20)))
        case 4:
            let key = material.words.isEmpty || random.once(in: 3) ? string("", material, &random) : random.pick(material.words)
            list.append((key, anything(material, &random)))
        case 5 where !list.isEmpty:
            var inner = JSONValue.object(members)
            for _ in 0..<random.count(upTo: 30) { inner = .object(JSONObject([(list[place].0, inner)])) }
            return inner
        default: if !material.keys.isEmpty { list.append((random.pick(material.keys), anything(material, &random))) }
        }
        return .object(JSONObject(list))
    }
}
