import JSON

/// JSON documents.
final class JSONKind: FuzzKind {
    static let name = "json"
    static let summary = "JSON documents"

    init(workspace: String) {}

    func seeds() -> [[UInt8]] {
        [
            #"{"a": [1, -2.5e3, true, false, null, "text"], "b": {"c": {}, "d": []}}"#,
            #"["\u0041\ud83d\ude00\n\t\"\\\/", "ß\u0301", 9223372036854775807, -9223372036854775808, 1e308, 5e-324, 0.1]"#,
            "[[[[[[1]]]]]]", #""text""#, "12", " [ 1 , 2 ] ", "null",
        ].map { Array($0.utf8) }
    }

    func mutated(_ input: [UInt8], _ random: inout RandomSource) -> [UInt8] {
        random.once(in: 2) ? JSONMutation.mutated(input, &random)
            : ByteMutation.mutated(input, words: ["\\u", "\\ud83d", "NaN", "Infinity", "1e5", "{\"a\":", "[[", "]]", "\u{FEFF}", "\0"], &random)
    }

    func attempt(_ input: [UInt8]) throws {
        var refusal: (any Error)?
        for (infinite, unique) in [(false, false), (true, false), (false, true)] {
            do {
                try check(input, JSONParsingOptions(allowsNonFinite: infinite, rejectsDuplicateKeys: unique))
            } catch let wrong as WrongAnswer {
                throw wrong
            } catch {
                refusal = error
            }
        }
        if let refusal { throw refusal }
    }

    /// What is written reads as what it was, in either form.
    private func check(_ input: [UInt8], _ options: JSONParsingOptions) throws {
        let value = try input.withUnsafeBytes { try JSONValue.parse(bytes: $0, options: options) }
        for isPretty in [false, true] {
            let text = value.serialized(pretty: isPretty)
            guard let again = try? JSONValue.parse(text, options: options) else { throw WrongAnswer("what was written is refused: \(text.prefix(200))") }
            // NaN differs from itself.
            if again != value, again.serialized() != value.serialized() { throw WrongAnswer("what was written reads as something else: \(text.prefix(200))") }
        }
    }
}
