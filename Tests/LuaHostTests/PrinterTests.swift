import LuaHost
import Testing

@Suite struct PrinterTests {
    @Test(arguments: [
        ("1", "1"), ("1.0", "1.0"), ("1/3", "0.33333333333333"), ("2^53", "9.007199254741e+15"), ("-0.0", "-0.0"), ("0/0", "nan"), ("-(0/0)", "nan"), ("{0/0, a = -(0/0)}", "{nan, a = nan}"), ("true", "true"), ("nil", "nil"),
        (#""a\"b\n\0""#, #""a\"b\n\000""#), ("{}", "{}"), ("{1, 'a', nil, 4}", "{1, \"a\", nil, 4}"),
        ("{b = 1, a = {2}, [10] = 3, [2.5] = 4, [true] = 5}", "{[2.5] = 4, [10] = 3, a = {2}, b = 1, [true] = 5}"),
        ("{['a b'] = 1, ['end'] = 2, _x1 = 3}", #"{_x1 = 3, ["a b"] = 1, ["end"] = 2}"#),
        ("(function() local t = {} t.me = t return t end)()", "{me = {cycle}}"),
        ("{{{{{{{}}}}}}}", "{{{{{{...}}}}}}"),
        ("setmetatable({1}, {__tostring = function() return 'mine' end})", "mine"),
        ("{setmetatable({1}, {__tostring = function() return 'a\\nb' end})}", "{a ...}"),
        ("demo.Counter(3)", "Counter(3)"), ("{demo.Counter(3)}", "{Counter(3)}"),
        ("demo.range", "function demo.range()"), ("demo.Counter", "class demo.Counter"), ("demo", "module demo"),
    ]) func valueBecomesText(code: String, text: String) throws {
        let state = try makeState()
        #expect(LuaPrinter(state: state).text(of: try state.evaluate("return " + code)) == text)
    }

    @Test func wideTablesAreBroken() throws {
        let state = try makeState()
        let value = try state.evaluate("return {name = 'abcdefghij', list = {1, 2, 3}, inner = {x = 'abcdefghijklmnop', y = 2, z = 3}}")
        #expect(LuaPrinter(state: state, width: 30).text(of: value) == """
            {
              inner = {
                x = "abcdefghijklmnop",
                y = 2,
                z = 3
              },
              list = {1, 2, 3},
              name = "abcdefghij"
            }
            """)
    }

    @Test func longListsAreCut() throws {
        let state = try makeState()
        let text = LuaPrinter(state: state, width: 40).text(of: try state.evaluate("local t = {} for i = 1, 1000 do t[i] = i end return t"))
        #expect(text.hasPrefix("{\n  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,\n"))
        #expect(text.hasSuffix("59, 60,\n  ... 940 more\n}") || text.hasSuffix("60, ... 940 more\n}"))
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 40 })
    }

    @Test func aTableOfManyTablesIsCut() throws {
        let state = try makeState()
        let code = "local t = {} for i = 1, 60 do t[i] = {} for j = 1, 60 do t[i][j] = {i, j} end end return t"
        #expect(LuaPrinter(state: state).text(of: try state.evaluate(code)).count < 20_000)
    }
}
