import LuaHost
import Testing

@Suite struct NumbersTests {
    @Test(arguments: [
        ("{1, 2, 3}", [1.0, 2, 3], [3], LuaNumbers.Kind.integer), ("{{1, 2.5}, {3, 4}}", [1, 2.5, 3, 4], [2, 2], .number),
        ("{true, false}", [1, 0], [2], .boolean), ("{}", [], [0], .number), ("{{}, {}}", [], [2, 0], .number),
        ("{{{1}}}", [1], [1, 1, 1], .integer),
    ]) func nestedListsAreRead(code: String, values: [Double], shape: [Int], kind: LuaNumbers.Kind) throws {
        let state = try makeState()
        defer { state.close() }
        guard case .table(let table) = try state.evaluate("return " + code) else { return }
        let numbers = try table.nestedNumbers()
        #expect(numbers.values == values && numbers.shape == shape && numbers.kind == kind)
    }

    @Test(arguments: [
        ("{1, 'x'}", "entry [2]: expected a number, got string 'x'"),
        ("{{1, 2}, {3}}", "entry [2] has 1 values where the first one has 2"),
        ("{{1}, 2}", "entry [2]: expected a list, got number 2"), ("{1, {2}}", "entry [2]: expected a number, got table"),
        ("{true, 1}", "booleans and numbers are mixed in one list"),
        ("(function() local t = {} t[1] = t return t end)()", "lists are nested more than 16 deep"),
    ]) func raggedListsAreRefused(code: String, message: String) throws {
        let state = try makeState()
        defer { state.close() }
        guard case .table(let table) = try state.evaluate("return " + code) else { return }
        do {
            _ = try table.nestedNumbers()
            Issue.record("no error")
        } catch {
            #expect("\(error)" == message)
        }
    }

    @Test func nanHasNoSignOnEitherSide() throws {
        let state = try makeState()
        defer { state.close() }
        for code in ["0/0", "-(0/0)"] {
            let value = try state.evaluate("return " + code)
            #expect(value.asNumber.map { "\($0)" } == "nan" && state.describe(value) == "number nan")
            guard case .table(let table) = try state.evaluate("return {\(code)}") else { return }
            #expect("\(try table.nestedNumbers().values)" == "[nan]")
        }
        #expect(try state.tostring(.number(-Double.nan)) == "nan")
        guard case .string(let text) = try state.load("return tostring((...)[1])", name: "=test")
            .callForOne([.table(state.nestedList([-Double.nan], shape: [1]))]) else { return }
        #expect(text == "nan")
    }

    @Test func nestedListsAreMade() throws {
        let state = try LuaState()
        let printer = LuaPrinter(state: state)
        #expect(printer.text(of: .table(try state.nestedList([1, 2, 3, 4.5], shape: [2, 2]))) == "{{1.0, 2.0}, {3.0, 4.5}}")
        #expect(printer.text(of: .table(try state.nestedList([Int64(1), 2], shape: [2, 1]))) == "{{1}, {2}}")
        #expect(printer.text(of: .table(try state.nestedList([Int64](), shape: [2, 0]))) == "{{}, {}}")
        #expect(throws: LuaError.self) { try state.nestedList([1.0], shape: [2]) }
    }
}
