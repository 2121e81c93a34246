import LuaHost
import Testing

@Suite struct DocumentationTests {
    private func helped(_ code: String) throws -> String {
        let state = try makeState()
        var text = ""
        try state.installHelp(overview: "overview") { text += $0 }
        _ = try state.evaluate(code)
        return text
    }

    @Test(arguments: [
        ("help()", "overview"), ("help(print)", "No help on function."), ("help('nothing')", "No help on string 'nothing'."),
        ("help(demo.raise)", "demo.raise()\n  Throws."),
        ("help('raise')", "demo.raise()\n  Throws."),
        ("help('Counter:add')", "Counter:add([by])\n  Adds.\n  Parameters:\n    by  (integer, default 1) how much"),
        ("help(demo.Counter(1).add)", "Counter:add([by])\n  Adds.\n  Parameters:\n    by  (integer, default 1) how much"),
    ]) func helpPrintsTheDocumentation(code: String, text: String) throws {
        #expect(try helped(code) == text)
    }

    @Test func helpOnAClassListsItsMembers() throws {
        let text = try helped("help(demo.StepCounter())")
        #expect(text.hasPrefix("demo.StepCounter\n  Counts in steps.\n  Has all of Counter.\ndemo.StepCounter()"))
        #expect(text.contains("  StepCounter:step()  Adds its step."))
        #expect(try helped("help(demo.Counter)").contains("demo.Counter.from()"))
    }

    @Test func markdownHoldsEverything() throws {
        let state = try makeState()
        _ = try state.evaluate("")
        let text = state.documentation.markdown(title: "Demo")
        for part in ["# Demo\n\n## demo\n\nFor tests.", "### `demo.raise()`\n\nThrows.", "### demo.Counter\n\nCounts.",
            "#### `demo.Counter([start])`",
                     "| `start` | integer | `0` | first value |", "#### `Counter:add([by])`", "- `Counter.value`: The count.",
                     "### demo.StepCounter\n\nCounts in steps. Has all of `Counter`."] {
            #expect(text.contains(part), "\(part)")
        }
    }

    @Test func membersOfAnObjectIncludeInheritedOnes() throws {
        let state = try makeState()
        let members = state.members(of: try state.evaluate("return demo.StepCounter()"))
        #expect(members.map(\.name) == ["add", "each", "fail", "step", "value"])
        #expect(members.map(\.isCallable) == [true, true, true, true, false])
    }
}
