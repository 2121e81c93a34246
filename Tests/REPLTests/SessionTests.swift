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
        ("error({code = 1})", "(error object is a table value)"),
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
        #expect(session.finish()?.message == "stdin:2: 'end' expected (to close 'for' at line 1) near <eof>")
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
