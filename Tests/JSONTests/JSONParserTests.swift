import JSON
import Testing

@Suite struct JSONParserTests {
    static let values: [(String, JSONValue)] = [
        ("null", .null), (" true ", .bool(true)), ("false", .bool(false)), ("0", .integer(0)), ("-0", .integer(0)),
        ("-12", .integer(-12)), ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .number(0x1p63)), ("1.5", .number(1.5)), ("-0.0", .number(-0.0)),
        ("1e3", .number(1000)), ("2E-05", .number(2e-05)), ("0.1", .number(0.1)),
        ("1000000000000000019884624838656", .number(1e30)), ("-18446744073709551616", .number(-0x1p64)),
        ("2.2250738585072014e-308", .number(2.2250738585072014e-308)), ("5e-324", .number(.leastNonzeroMagnitude)),
        ("1.7976931348623157e308", .number(.greatestFiniteMagnitude)), ("1e-400", .number(0)),
        ("0.30000000000000004", .number(0.1 + 0.2)), ("\u{feff}[1]", .array([.integer(1)])),
        (#""a\"\\\/\b\f\n\r\t\u00e9""#, .string("a\"\\/\u{8}\u{c}\n\r\té")), (#""é😀""#, .string("é😀")),
        (#""""#, .string("")), ("[]", .array([])),
        ("[1, [2], {}]", .array([.integer(1), .array([.integer(2)]), .object(JSONObject())])),
        (#"{"b": 1, "a": {"c": null}}"#,
         .object(JSONObject([("b", .integer(1)), ("a", .object(JSONObject([("c", .null)])))]))),
    ]

    @Test(arguments: values)
    func readsEveryKindOfValue(text: String, expected: JSONValue) throws {
        #expect(try JSONValue.parse(text) == expected)
    }

    @Test func keepsTheOrderOfKeys() throws {
        let text = "{" + (0..<100).map { "\"k\(($0 * 37) % 100)\": \($0)" }.joined(separator: ",") + "}"
        let object = try #require(try JSONValue.parse(text).asObject)
        #expect(object.keys == (0..<100).map { "k\(($0 * 37) % 100)" })
        for position in 0..<100 { #expect(object["k\((position * 37) % 100)"] == .integer(Int64(position))) }
        #expect(object["k100"] == nil)
    }

    @Test(arguments: [2, 30]) func lastOfDuplicateKeysWins(fill: Int) throws {
        let others = (0..<fill).map { "\"x\($0)\": 0" }.joined(separator: ",")
        let object = try #require(try JSONValue.parse("{\"a\": 1, \(others), \"a\": 2}").asObject)
        #expect(object["a"] == 2)
        #expect(object.keys == ["a"] + (0..<fill).map { "x\($0)" })
    }

    @Test(arguments: [0, 30]) func keepsCanonicallyEquivalentKeysApart(fill: Int) throws {
        let others = (0..<fill).map { ", \"x\($0)\": 0" }.joined()
        let object = try #require(try JSONValue.parse("{\"\u{e9}\": 1, \"e\u{301}\": 2\(others)}").asObject)
        #expect(object.count == fill + 2)
        #expect(object["\u{e9}"] == 1)
        #expect(object["e\u{301}"] == 2)
    }

    @Test(arguments: [#""\ud83d\ude00""#: "😀", #""\ud83d""#: "\u{fffd}", #""\ud83dx""#: "\u{fffd}x",
                      #""\ud83d\ud83d\ude00""#: "\u{fffd}😀", #""\ude00""#: "\u{fffd}", #""\ud83d\n""#: "\u{fffd}\n"])
    func joinsSurrogatePairsAndReplacesLoneOnes(text: String, expected: String) throws {
        #expect(try JSONValue.parse(text).asString == expected)
    }

    @Test(arguments: [
        ("", 1, 1, "expected a value, found the end of the text"),
        ("  \n ", 2, 2, "expected a value, found the end of the text"),
        ("{\"a\": 1,\n \"b\" 2}", 2, 6, "expected ':' after the key, found '2'"),
        ("{\"é\": 1,}", 1, 9, "expected a key in double quotes, found '}'"),
        ("[1, 2", 1, 6, "expected ',' or ']' after an element, found the end of the text"),
        ("[1 2]", 1, 4, "expected ',' or ']' after an element, found '2'"),
        ("{\"a\": 1 \"b\"}", 1, 9, "expected ',' or '}' after a member, found '\"'"),
        ("[1,]", 1, 4, "expected a value, found ']'"),
        ("[1] x", 1, 5, "expected the end of the document, found 'x'"),
        ("tru", 1, 1, "expected a value, found 't'"),
        ("01", 1, 1, "a number must not start with 0"),
        ("1.", 1, 3, "expected a digit after the point, found the end of the text"),
        ("-x", 1, 2, "expected a digit, found 'x'"),
        ("1e+", 1, 4, "expected a digit in the exponent, found the end of the text"),
        ("1e999", 1, 1, "the number is too large for a double"),
        ("[123456789012345678901234567890]", 1, 2, "the integer has more than 64 bits and is not a double either; write it as a text"),
        ("9223372036854775809", 1, 1, "the integer has more than 64 bits and is not a double either; write it as a text"),
        ("[NaN]", 1, 2, "NaN is not a JSON number"),
        ("-Infinity", 1, 2, "Infinity is not a JSON number"),
        ("\"abc", 1, 1, "the string that starts here is not closed"),
        ("[\"abc\n\"]", 1, 2, "the string that starts here is not closed on its line"),
        ("\"a\u{1}\"", 1, 3, "a control character in a string must be escaped as \\u0001"),
        (#""\x""#, 1, 2, #"'\' must be followed by one of " \ / b f n r t u, found 'x'"#),
        (#""\u12g4""#, 1, 2, #"'\u' must be followed by four hexadecimal digits"#),
        ("'a'", 1, 1, "expected a value, found '''"),
    ])
    func namesLineAndColumnOfTheFirstFault(text: String, line: Int, column: Int, message: String) {
        #expect(throws: JSONError(line: line, column: column, message: message)) { try JSONValue.parse(text) }
    }

    @Test(arguments: [[0x22, 0x61, 0xFF, 0x22], [0x22, 0x61, 0xC3, 0x22], [0x22, 0x61, 0xED, 0xA0, 0x80, 0x22],
                      [0x22, 0x61, 0xC0, 0x80, 0x22]] as [[UInt8]])
    func refusesBytesThatAreNotUTF8(bytes: [UInt8]) {
        #expect(throws: JSONError(file: "x.json", line: 1, column: 3, message: "the bytes from here are not UTF-8")) {
            try bytes.withUnsafeBytes { try JSONValue.parse(bytes: $0, file: "x.json") }
        }
    }

    @Test func refusesDeepNestingWithoutExhaustingTheStack() throws {
        let deep = { String(repeating: "[", count: $0) + String(repeating: "]", count: $0) }
        #expect(try JSONValue.parse(deep(512)).asArray?.count == 1)
        #expect(throws: JSONError(line: 1, column: 513, message: "nested deeper than 512 levels")) {
            try JSONValue.parse(deep(100_000))
        }
    }

    @Test func readsNonFiniteNumbersOnlyWhenAllowed() throws {
        let options = JSONParsingOptions(allowsNonFinite: true)
        let values = try JSONValue.parse("[NaN, Infinity, -Infinity, 1e999]", options: options).asArray
        #expect(values?[0].asNumber?.isNaN == true)
        #expect(values?.dropFirst() == [.number(.infinity), .number(-.infinity), .number(.infinity)])
    }

    @Test func integersAreReadOutOfNumbersOnlyWhereTheyAreCertain() throws {
        for (text, value) in [("2.0", 2), ("1e3", 1000), ("-9007199254740991.0", -9_007_199_254_740_991), ("9007199254740993", 9_007_199_254_740_993)] {
            #expect(try JSONValue.parse(text).asInteger == value)
        }
        for text in ["2.5", "1e300", "9007199254740993.0", "9007199254740992.0", "1e18", "\"1\"", "18446744073709551616"] {
            #expect(try JSONValue.parse(text).asInteger == nil, "\(text)")
        }
        #expect(try JSONValue.parse("9007199254740993").asNumber == nil && JSONValue.parse("9007199254740992").asNumber == 0x1p53)
    }

    @Test func aNumberOfAMillionDigitsIsRefused() {
        let digits = String(repeating: "7", count: 1_000_000)
        #expect(throws: JSONError(line: 1, column: 1, message: "the number is too large for a double")) {
            try JSONValue.parse(digits, options: .init(allowsNonFinite: true))
        }
    }

    @Test func missingFileIsNamedWithTheReason() {
        let error = #expect(throws: (any Error).self) { try JSONValue.parse(contentsOfFile: "no/such.json") }
        #expect("\(error!)" == "cannot read no/such.json: No such file or directory")
    }

    @Test func aChangedObjectKeepsItsOrder() throws {
        var object = JSONObject((0..<20).map { ("k\($0)", .integer(Int64($0))) })
        object["k3"] = nil
        object["k5"] = "five"
        object["new"] = true
        object["absent"] = nil
        #expect(object.keys == (0..<20).filter { $0 != 3 }.map { "k\($0)" } + ["new"])
        #expect(object["k5"] == "five")
        #expect(object["k3"] == nil)
        #expect(object["k19"] == 19)
        for index in 0..<100 { object["more\(index)"] = .integer(Int64(index)) }
        #expect(object["more99"] == 99)
        #expect(object.count == 120)
    }
}
