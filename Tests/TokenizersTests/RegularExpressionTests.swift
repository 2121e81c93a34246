import Glibc
import JSON
import Synchronization
import TestSupport
import Testing
import Tokenizers

/// Regular expressions match as the reference's do, and take bounded time, memory and stack whatever they are.
@Suite struct RegularExpressionTests {
    static let fixture = try! Fixture.json("expressions.json")
    static let cases = fixture["cases"]!.asArray!

    @Test(arguments: cases.indices) func textsAreCutAsTheReferenceCutsThem(index: Int) throws {
        let pattern = Self.cases[index]["pattern"]!.asString!
        let tokenizer = try Self.tokenizer(pattern)
        for (text, ids) in zip(Self.fixture["texts"]!.asArray!, Self.cases[index]["ids"]!.asArray!) {
            #expect(try tokenizer.encode(text.asString!).ids == Fixture.ids(ids), "\(text.asString!.debugDescription) by \(pattern)")
        }
    }

    @Test(arguments: [
        (String(repeating: "a", count: 200_000), "longer than 16384 characters"),
        ("a" + String(repeating: "*", count: 100_000), "longer than 16384 characters"),
        ("a" + String(repeating: "*", count: 10_000), "repeats of repeats are nested too deeply"),
        (String(repeating: "(", count: 5_000) + "a" + String(repeating: ")", count: 5_000), "groups are nested too deeply"),
        (String(repeating: "(?:", count: 5_000), "groups are nested too deeply"),
        (String(repeating: "[", count: 5_000), "brackets are nested too deeply"),
        (#"(?:\s*?| ???|\p{N}+?){100000}"#, "with its counted repeats written out it has more than 20000 parts"),
        ("(?:(?:(?:ab{1,9}){1000}){1000}){1000}", "more than 20000 parts"),
        ("(?:(?:){99999}a?){99999}", "more than 20000 parts"),
        ("a{99999999999999999999}", "more than 100000 repeats"), ("a{3,2}", "the repeats run backwards"),
        (#"(a)\1"#, #"\1 is not supported"#), ("(?<=a)b", "this kind of group is not supported"),
    ]) func expressionsThatAreTooLargeAreRefused(pattern: String, problem: String) {
        let error = #expect(throws: ExpressionProblem.self) { try RegularExpression(pattern) }
        #expect("\(error!)".contains(problem), "\(error!)")
    }

    /// Each of these takes a time that grows with a power of the length, or exponentially, where failures are not remembered.
    @Test(arguments: [
        "(?:(?:a|b)+)+c", "(?:a+)+$b", "(?:(?:ab)*c?)*d", "a*a*a*c", "(a*)*(a*)*c", "(?:a?){50}a{50}c", "(?:a|a)*$z", "(?:a|aa)+$c",
        "(?=(?:a|aa)+c)a", "(?:a+?b?)+?c", "(?:.*a){9}c", "(?:(?:a|b)?c?)*d", "(?i:(?:a|A)+)+c",
    ]) func repeatsThatCanBeCombinedInManyWaysEnd(pattern: String) throws {
        let expression = try RegularExpression(pattern)
        for text in [String(repeating: "a", count: 30), String(repeating: "ab", count: 2_000), String(repeating: "a", count: 9_000)] {
            #expect(try !expression.isFound(in: text))
        }
        #expect(try RegularExpression("(?:" + pattern + ")|a+z").isFound(in: String(repeating: "a", count: 2_000) + "z"))
    }

    @Test func rememberedFailuresDoNotChangeWhatIsFound() throws {
        // Long enough that failures are remembered, with the only match at the end.
        let long = String(repeating: "aab", count: 4_000)
        for (pattern, text) in [("(?:(?:a|b)+)+c", long + "c"), ("(?>a+)(?>b+)$", long), ("(?:(?:a?b?)*)*c", long + "c"),
                                ("(?:a|(?=b)b)*c", long + "c"), ("(?:(?!c).)*cd", long + "cd"), ("(?:|a|b)*?c$", long + "c")] {
            #expect(try RegularExpression(pattern).isFound(in: text), "\(pattern)")
            #expect(try !RegularExpression(pattern).isFound(in: text == long ? text + "?" : long), "\(pattern)")
        }
    }

    @Test func aSearchThatTakesTooManyStepsNamesFileAndKey() throws {
        let tokenizer = try Self.tokenizer("(?:a{0,1000}b?){0,9}?c")
        let error = #expect(throws: TokenizerError.self) { try tokenizer.encode(String(repeating: "a", count: 400_000)) }
        #expect("\(error!)".contains("tokenizer.json: pre_tokenizer: regular expression: its search in a text of 400000 bytes takes more than"))
        // The tokenizer goes on.
        #expect(try tokenizer.encode("ac").ids.count == 2)
    }

    @Test func theHostEndsALongSearch() throws {
        struct Stop: Error {}
        let thread = pthread_self(), asked = Mutex(0)
        Cancellation.install { if pthread_equal(pthread_self(), thread) != 0, asked.withLock({ $0 += 1; return $0 }) > 2 { throw Stop() } }
        defer { Cancellation.install {} }
        let expression = try RegularExpression("(?:a{0,1000}b?){0,9}?c")
        #expect(throws: Stop.self) { try expression.isFound(in: String(repeating: "a", count: 400_000)) }
    }

    @Test(arguments: [
        ("query|value", "query", true), ("query|value", "keys.query", false), (#".*\.(query|value)"#, "layer.0.query", true),
        (#"(.*\.)?(query)"#, "a.b.query", true), ("a|ab", "ab", true), ("a*?", "aaa", true), ("^a$", "a", true), ("a$", "a\n", false),
        (#"a\Z"#, "a", true), ("(?i)QUERY", "query", true), ("(?s)a.b", "a\nb", true), ("a.b", "a\nb", false), ("(?P<layer>a)b", "ab", true),
        ("a{2}?", "aa", true), ("a{2}?", "", false), ("a{1,2}+a", "aa", false), ("[[a]", "[", true), ("[a&&b]", "&", true),
        ("(?!.*embed).*key", "x.key", true), ("(?!.*embed).*key", "embed.key", false),
    ]) func patternsOfLayersFollowPython(pattern: String, name: String, matches: Bool) throws {
        #expect(try RegularExpression(pattern, dialect: .python).matchesWhole(name) == matches)
    }

    private static func tokenizer(_ pattern: String) throws -> Tokenizer {
        var description = fixture["tokenizer"]!.asObject!
        description["pre_tokenizer"] = .object(["type": "Split", "pattern": .object(["Regex": .string(pattern)]), "behavior": "Isolated",
                                                "invert": false])
        let folder = TemporaryFolder()
        _ = folder.write(JSONValue.object(description).serialized(), to: "tokenizer.json")
        return try Tokenizer(folder: folder.path)
    }
}
