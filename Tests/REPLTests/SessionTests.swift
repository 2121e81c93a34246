import LuaHost
import REPL
import Testing

/// What a session made of some lines, in short: "…" for incomplete, "= values", "! message".
private func transcript(_ lines: [String]) throws -> [String] {
    let state = try LuaState()
    let session = Session(state: state)
    let transcript = Transcript(state: state, isColoured: false)
    return lines.map { line in
        switch session.feed(line) {
        case .incomplete: return "…"
        case .values(_, isSilent: true): return "="
        case .values(let values, _): return "= " + transcript.text(of: values, width: 80)
        case .error(let error): return "! " + transcript.text(of: error)
        case .help(let name): return "? " + (name ?? "")
        case .leave: return "leave"
        }
    }
}

@Suite struct SessionTests {
    @Test(arguments: [
        (["1 + 1"], ["= 2"]),
        (["1, 'a', nil"], ["= 1\t\"a\"\tnil"]),
        (["x = 5", "x"], ["= ", "= 5"]),
        (["nil"], ["= nil"]),
        (["7;"], ["="]),
        (["", "  "], ["=", "="]),
        (["20 + 1", "_ * 2", "_"], ["= 21", "= 42", "= 42"]),
        (["local a, b = 1, 2", "a + b"], ["= ", "= 3"]),
        (["return 3"], ["= 3"]),
        (["for i = 1, 2 do", "x = i", "end", "x"], ["…", "…", "= ", "= 2"]),
        (["{1,", "2}"], ["…", "= {1, 2}"]),
        (["t = [[a", "b]]", "t"], ["…", "= ", "= \"a\\nb\""]),
        (["--[[ open", "]] 5"], ["…", "= 5"]),
        (["-- only a comment"], ["= "]),
        (["x ="], ["…"]),
        (["function f(", "a) return a end", "f(3)"], ["…", "= ", "= 3"]),
        (["goto out ::out::"], ["= "]),
        (["?"], ["? "]), (["? string.rep "], ["? string.rep"]), (["quit"], ["leave"]),
    ]) func inputGivesValuesOrAsksForMore(lines: [String], outcomes: [String]) throws {
        #expect(try transcript(lines) == outcomes)
    }

    @Test(arguments: [
        ("x = = 2", "stdin:1: unexpected symbol near '='"),
        ("1 +* 2", "stdin:1: unexpected symbol near '*'"),
        ("foo bar", "stdin:1: syntax error near 'bar'"),
        ("print('abc", "stdin:1: unfinished string near ''abc'"),
        ("for end", "stdin:1: <name> expected near 'end'"),
        (")", "stdin:1: unexpected symbol near ')'"),
        ("nothing.at.all", "stdin:1: attempt to index a nil value (global 'nothing')"),
        ("error({code = 1})", "error object: {code = 1}"), ("error()", "error without a message: error() was given nil"),
    ]) func mistakesAreReportedAtOnce(line: String, message: String) throws {
        #expect(try transcript([line, "1"]) == ["! " + message, "= 1"])
    }

    @Test func errorsBelowTheTypedLineHaveATraceback() throws {
        let text = try transcript(["function f() local x = g() end function g() local y = nil + 1 end", "f()"])[1]
        #expect(text.hasPrefix("! stdin:1: attempt to perform arithmetic on a nil value\nstack traceback:\n"))
        #expect(text.contains("in function 'g'"))
    }

    @Test func interruptLeavesTheSessionUsable() throws {
        let state = try LuaState()
        try state.globals.set("stop", .function(state.function("stop") { _ in
            Interrupt.request()
            return []
        }))
        let session = Session(state: state)
        guard case .error(let error) = session.feed("stop() while true do end") else {
            Issue.record("the loop was not stopped")
            return
        }
        #expect(error.isInterrupt)
        #expect(Transcript(state: state, isColoured: false).text(of: error) == "stdin:1: interrupted!")
        guard case .values(let values, _) = session.feed("1") else {
            Issue.record("the session is broken")
            return
        }
        #expect(values == [.integer(1)])
    }

    /// Each of these catches the error of the interrupt, and would go on; the interrupt comes at the thousandth call.
    @Test(arguments: [
        "while true do pcall(function() while true do soon() end end) end",
        "while true do pcall(soon) end",
        "while true do xpcall(function() while true do soon() end end, function(m) return m end) end",
        "while true do coroutine.resume(coroutine.create(function() while true do soon() end end)) end",
        "while true do pcall(coroutine.wrap(function() while true do pcall(soon) end end)) end",
        "while true do pcall(function() local x <close> = setmetatable({}, {__close = function() while true do soon() end end}) error('x') end) end",
        "while true do pcall(checking) end",
        "while true do pcall(taking) end",
        "local function again() soon() pcall(again) end while true do again() end",
        "while true do table.sort({ 3, 2, 1 }, function(a, b) pcall(soon) return a < b end) end",
    ]) func interruptGetsThroughWhatCatchesErrors(code: String) throws {
        let state = try LuaState()
        var calls = 0
        func count() {
            calls += 1
            if calls == 1000 { Interrupt.request() }
        }
        for (name, body) in [
            ("soon", { _ in count(); return [] }), ("checking", { _ in count(); try Interrupt.check(); return [] }),
            // As a trainer does, which saves its state first.
            ("taking", { _ in count(); if Interrupt.take() { throw Interrupted() }; return [] }),
        ] as [(String, (LuaCall) throws -> [LuaValue])] {
            try state.globals.set(name, .function(state.function(name, body)))
        }
        let session = Session(state: state)
        guard case .error(let error) = session.feed(code) else {
            Issue.record("it was not stopped")
            return
        }
        #expect(error.isInterrupt)
        guard case .values(let values, _) = session.feed("1") else {
            Issue.record("the session is broken")
            return
        }
        #expect(values == [.integer(1)])
    }

    /// Blocks that are typed or pasted line by line; the long ones are not compiled at each line.
    @Test(arguments: [
        ("function f()", "x = (x or 0) + 1", "end", "f() return x", 10_000),
        ("t = {", "  1,", "}", "return #t", 10_000),
        ("s = [==[", "a ]] end", "]==]", "return select(2, s:gsub('end', ''))", 10_000),
        ("--[[", "function (", "]] n = 7", "return n", 10_000),
        ("for i = 1, 1 do", "if i == 1 then while false do end repeat local y = { [i] = (1) } until true end", "end", "return 1", 3_000),
        ("u = 0 +", "1 +", "1", "return u", 150),
        ("v = 'a\\", "b\\", "c'", "return #v", 3_000),
    ]) func longBlocksAreReadInReasonableTime(first: String, line: String, last: String, result: String, count: Int) throws {
        let session = Session(state: try LuaState())
        let clock = ContinuousClock()
        let time = try clock.measure {
            for line in [first] + Array(repeating: line, count: count) {
                guard case .incomplete = session.feed(line) else {
                    Issue.record("\(line) did not continue the chunk")
                    return
                }
            }
            guard case .values = session.feed(last), case .values(let values, _) = session.feed(result) else {
                Issue.record("the block did not run")
                return
            }
            #expect(values.count == 1)
        }
        #expect(time < .seconds(20))
    }

    @Test func aMistakeInALongBlockIsFoundBeforeItsEnd() throws {
        let session = Session(state: try LuaState())
        _ = session.feed("function f()")
        for _ in 0..<2000 { _ = session.feed("  x = 1") }
        _ = session.feed("x = = 1")
        for _ in 0..<20_000 where session.isContinuing { _ = session.feed("  x = 1") }
        #expect(!session.isContinuing)
    }

    @Test func cancelDropsTheUnfinishedChunk() throws {
        let session = Session(state: try LuaState())
        _ = session.feed("function f()")
        #expect(session.isContinuing)
        session.cancel()
        guard case .values(let values, _) = session.feed("2") else {
            Issue.record("the next line was not taken for itself")
            return
        }
        #expect(values == [.integer(2)])
    }

    @Test func endOfInputInAChunkIsAnError() throws {
        let session = Session(state: try LuaState())
        _ = session.feed("for i = 1, 2 do")
        guard case .error(let error)? = session.finish() else {
            Issue.record("the unfinished chunk was no error")
            return
        }
        #expect(error.message == "stdin:2: 'end' expected (to close 'for' at line 1) near <eof>")
        #expect(session.finish() == nil)
    }

    @Test func noTraceOfThePromptStaysInTheGlobals() throws {
        let state = try LuaState()
        let names = { try state.globals.keys().compactMap(\.asString) }
        let before = Set(try names())
        _ = Session(state: state).feed("local mine = 1")
        #expect(Set(try names()).subtracting(before) == ["mine"])
    }

    @Test func helpFindsValuesAndNames() throws {
        let state = try LuaState()
        try state.installHelp(overview: "overview") { _ in }
        let transcript = Transcript(state: state, isColoured: false)
        #expect(transcript.help("help").hasPrefix("help([x])\n"))
        #expect(transcript.help("nothing") == "No help on 'nothing'.")
    }
}
