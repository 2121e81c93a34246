import LuaHost
import Testing

@Suite(.serialized) struct ObjectTests {
    @Test func everyObjectIsFreedExactlyOnce() throws {
        let before = Counter.live
        let state = try makeState()
        _ = try state.evaluate("local keep = {} for i = 1, 10000 do keep[i % 7] = demo.Counter(i) end")
        try state.collectGarbage()
        #expect(Counter.live == before)
        _ = try state.evaluate("kept = {} for i = 1, 100 do kept[i] = demo.Counter(i) end")
        #expect(Counter.live == before + 100)
        state.close()
        #expect(Counter.live == before)
    }

    @Test func closeFreesAtOnceAndLaterUseIsAnError() throws {
        let before = Counter.live
        let state = try makeState()
        let message = try state.messageOfError("local kept do local c <close> = demo.Counter(1); kept = c end kept:add()")
        #expect(message == "test.lua:1: Counter: this object was closed")
        #expect(Counter.live == before)
    }

    @Test func pushingAnObjectTwiceGivesEqualValuesAndTableKeys() throws {
        #expect(try makeState().evaluate("local c = demo.Counter(1); local t = {[c] = 'x'}; return c:add() == c and t[c:add()]")
            == .string("x"))
    }

    @Test func growingNativeMemoryRunsTheCollector() throws {
        let before = Counter.live
        let state = try makeState()
        state.externalBytes = { (Counter.live - before) << 20 }
        _ = try state.evaluate("for i = 1, 1000 do demo.Counter(i) end")
        #expect(Counter.live - before < 200)
    }

    @Test func objectsThatAreGivenUpDoNotPileUpHoweverLongAProgramRuns() throws {
        let before = Counter.live
        let state = try makeState()
        var most = 0
        // A function that is given new objects again and again, as a callback of a long training is.
        let function = try state.evaluate("return function(a, b) return a.value + b.value end")
        guard case .function(let callback) = function else { return }
        for turn in 0..<200_000 {
            try callback.call([.object(Counter(turn)), .object(Counter(1)), .table(try state.record([("turn", .integer(turn))]))])
            most = max(most, Counter.live - before)
        }
        #expect(most < 40_000, "\(most) of 400,000 objects were alive at once")
    }

    @Test(arguments: [
        ("return demo.Counter(3):add(4).value", LuaValue.integer(7)),
        ("local c = demo.Counter(3); c.value = 9; return #c", .integer(9)),
        ("return tostring(demo.Counter(3))", .string("Counter(3)")),
        ("return (demo.Counter(3) + 4 + demo.Counter(1)).value", .integer(8)),
        ("return (4 + demo.Counter(3)).value", .integer(7)),
        ("local c = demo.StepCounter(); c:step(); c:add(2); return c.value", .integer(7)),
        ("return tostring(demo.StepCounter())", .string("Counter(0)")),
        ("return getmetatable(demo.Counter(1))", .string("Counter")),
        ("local s = 0; demo.Counter(4):each(function(i) s = s + i end); return s", .integer(10)),
        ("return demo.Label('a'):join(demo.Label('b')).text", .string("ab")),
        ("return tostring(demo.Counter)", .string("class demo.Counter")),
        ("return demo.Counter.from({start_value = 2.0}).value", .integer(2)),
    ]) func membersWork(code: String, result: LuaValue) throws {
        #expect(try makeState().evaluate(code) == result)
    }

    @Test(arguments: [
        ("demo.Counter('x')", "Counter: argument 1 (start): expected integer, got string 'x'"),
        ("demo.Counter(1.5)", "Counter: argument 1 (start): expected integer, got number 1.5"),
        ("demo.Label()", "Label: argument 1: expected string, got nil"),
        ("demo.Label('a'):join(demo.Counter(1))", "Label:join: argument 1 (other): expected Label, got Counter"),
        ("demo.Label('a').join(demo.Counter(1))", "Label:join: expected Label, got Counter (call methods with ':')"),
        ("demo.Label('a').join()", "Label:join: expected Label, got nil (call methods with ':')"),
        ("demo.Counter(1):fail()", "Counter:fail: no luck"),
        ("return demo.Counter(1).valeu", "Counter has no member 'valeu' (did you mean 'value'?)"),
        ("return demo.Counter(1)[1]", "Counter has no entries, got key number 1"),
        ("demo.Label('a').text = 'b'", "Label.text cannot be assigned"),
        ("demo.Label('a').size = 'b'", "Label has no member 'size'"),
        ("demo.Counter(1).value = 'b'", "Counter.value: expected integer, got string 'b'"),
        ("demo.Countre(1)", "demo has no member 'Countre' (did you mean 'Counter'?)"),
        ("demo.Counter.form({})", "demo.Counter has no member 'form' (did you mean 'from'?)"),
        ("demo.Counter.from{start_vlue = 1}", "Counter.from: unknown option 'start_vlue' (did you mean 'start_value'?)"),
        ("demo.Counter.from{zzz = 1}", "Counter.from: unknown option 'zzz' (known: mode, start_value)"),
        ("demo.Counter.from{start_value = true}", "Counter.from: option 'start_value': expected integer, got boolean true"),
        ("demo.Counter.from{mode = 'dwn'}", "Counter.from: option 'mode': expected one of 'up', 'down', got 'dwn' (did you mean 'down'?)"),
        ("demo.Counter.from{3}", "Counter.from: options are named (name = value), got an entry with key number 1"),
        ("demo.Counter.from(3)", "Counter.from: argument 1: expected table of options, got number 3"),
        ("demo.range(io.stdout)", "range: argument 1 (last): expected integer, got file"),
    ]) func mistakesAreNamed(code: String, message: String) throws {
        #expect(try makeState().messageOfError(code) == "test.lua:1: " + message)
    }

    @Test func valuesOfAnotherStateAreRefused() throws {
        let table = try LuaState().list([])
        let state = try makeState()
        #expect(throws: LuaError.self) { try state.globals.set("x", .table(table)) }
    }

    @Test func referencesOutliveTheirState() throws {
        let state = try makeState()
        let function = try state.load("return 1", name: "=x")
        state.close()
        #expect(throws: LuaError.self) { try function.call() }
    }
}
