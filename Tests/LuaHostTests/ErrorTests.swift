import LuaHost
import Testing

@Suite struct ErrorTests {
    @Test func swiftErrorHasThePositionOfTheCallInFront() throws {
        #expect(try makeState().messageOfError("\n\ndemo.raise()") == "test.lua:3: swift says no")
    }

    @Test func aMessageIsCutInTheMiddleAndHasNoCodesOfTerminals() throws {
        let long = try makeState().messageOfError("demo[('n'):rep(100000)]()")
        #expect(long.utf8.count < 3000)
        #expect(long.contains("characters left out"))
        let coded = try makeState().messageOfError("demo['a\\27[2J\\0b']()")
        #expect(coded.contains("a\\u{1b}[2J\\u{0}b"), "\(coded)")
        #expect(coded.unicodeScalars.allSatisfy { $0.value >= 32 || $0 == "\n" })
    }

    @Test func positionIsThatOfTheScriptWhenPcallCallsTheFunction() throws {
        #expect(try makeState().evaluate("return select(2, pcall(demo.raise))") == .string("test.lua:1: swift says no"))
    }

    @Test func errorThatPassesThroughSwiftKeepsItsMessage() throws {
        let code = "local function inner() error('deep') end\nlocal function outer()\ndemo.call(inner) end\ndemo.call(outer)"
        let error = try makeState().errorOf(code)
        #expect(error.message == "test.lua:1: deep")
        #expect(error.traceback?.contains("in upvalue 'inner'") == true || error.traceback?.contains("test.lua:1: in function") == true)
    }

    @Test func callbackInCallbackInPcallGivesTheFirstMessageOnly() throws {
        let code = """
            local ok, message = pcall(function()
              demo.call(function() demo.call(function() demo.raise() end) end)
            end)
            return tostring(ok) .. ' ' .. message
            """
        #expect(try makeState().evaluate(code) == .string("false test.lua:2: swift says no"))
    }

    @Test func errorValuesThatAreNoStringsComeBackAsTheyWere() throws {
        let code = "local t = {code = 7}; local ok, e = pcall(demo.call, function() error(t) end); return e == t and e.code"
        #expect(try makeState().evaluate(code) == .integer(7))
    }

    @Test(arguments: [
        ("error(nil)", "error without a message: error() was given nil"), ("error({})", "error object: {}"), ("error(42)", "42"),
        ("error({code = 3, why = {'a', 'b'}})", "error object: {code = 3, why = {\"a\", \"b\"}}"), ("error(false)", "error object: false"),
        ("local t = {} t.t = t error(t)", "error object: {t = {cycle}}"),
        ("error(setmetatable({}, {__tostring = function() return 'custom' end}))", "custom"),
        ("error(setmetatable({}, {__tostring = function() error('x') end}))", "error object: <table whose tostring fails: test.lua:1: x>"),
    ]) func errorValueBecomesText(code: String, message: String) throws {
        #expect(try makeState().messageOfError(code) == message)
    }

    @Test func runawayRecursionIsAnError() throws {
        let state = try makeState()
        #expect(try state.messageOfError("local function f() return 1 + f() end f()").contains("stack overflow"))
        #expect(try state.messageOfError("local function f() demo.call(f) end f()").contains("stack overflow"))
        #expect(try state.evaluate("return 1") == .integer(1))
    }

    @Test func errorInFinalizerEndsNothing() throws {
        let state = try makeState()
        _ = try state.evaluate("setmetatable({}, {__gc = function() error('late') end})")
        try state.collectGarbage()
        #expect(try state.evaluate("return 1") == .integer(1))
    }

    @Test func errorInCloseIsRaised() throws {
        let code = "do local x <close> = setmetatable({}, {__close = function() demo.raise() end}) end"
        #expect(try makeState().messageOfError(code) == "test.lua:1: swift says no")
    }

    @Test func syntaxErrorNamesTheLine() throws {
        #expect(try makeState().messageOfError("\nx = = 2") == "test.lua:2: unexpected symbol near '='")
    }

    @Test func errorInCoroutineKeepsMessageAndInnerTraceback() throws {
        let error = try makeState().errorOf("local f = coroutine.wrap(function()\n demo.raise() end)\nf()")
        #expect(error.message == "test.lua:2: swift says no")
        #expect(error.traceback?.contains("test.lua:2:") == true)
        #expect(error.traceback?.contains("test.lua:3:") == true)
    }

    @Test func swiftFunctionsWorkInCoroutines() throws {
        let code = """
            local co = coroutine.wrap(function() for i in demo.range(3) do coroutine.yield(demo.Counter(i)) end end)
            return co().value + co().value * 10 + co().value * 100
            """
        #expect(try makeState().evaluate(code) == .integer(321))
    }

    @Test func yieldThroughSwiftIsAnError() throws {
        let code = "return select(2, coroutine.resume(coroutine.create(function() demo.call(coroutine.yield) end)))"
        #expect(try makeState().evaluate(code) == .string("attempt to yield across a C-call boundary"))
    }

    @Test func interruptStopsALuaLoop() throws {
        let state = try makeState()
        try state.globals.set("stop", .function(state.function("stop") { _ in
            Interrupt.request()
            return []
        }))
        let error = try state.errorOf("stop() while true do end")
        #expect(error.isInterrupt)
        #expect(error.message == "test.lua:1: interrupted!")
        #expect(try state.errorOf("coroutine.wrap(function() stop() while true do end end)()").isInterrupt)
        // It lasts until the host has control again.
        #expect(Interrupt.isRequested)
        #expect(try state.errorOf("return 1 + 1").isInterrupt)
        Interrupt.settle()
        #expect(try state.evaluate("return 1 + 1") == .integer(2))
    }
}
