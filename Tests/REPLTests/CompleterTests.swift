import LuaHost
import REPL
import Testing

@Suite struct CompleterTests {
    private let state: LuaState
    private let completer: Completer

    init() throws {
        state = try LuaState()
        completer = Completer(state: state)
        try state.run("""
            shop = setmetatable({price = 1, _secret = 2, print_all = function() end}, {__index = {price_list = {}, sell = print}})
            trap = setmetatable({}, {__index = function() error('was run') end})
            """)
    }

    @Test(arguments: [
        ("pri", "nt("), ("x = pri", "nt("), ("string.form", "at("), ("print(string.form", "at("), ("shop.sel", "l("),
        ("shop:print", "_all("), ("shop.pri", ""), ("shop.price", ""), ("whi", "le"), ("functio", "n"),
        ("", ""), ("x = ", ""), ("trap.a", ""), ("f().pri", ""), ("3.", ""), ("nothing.at", ""), ("_VER", "SION"),
    ]) func nameIsCompleted(line: String, insertion: String) {
        #expect(completer.complete(line).insertion == insertion)
    }

    @Test(arguments: [
        ("shop.", ["price", "price_list", "print_all", "sell"]), ("shop.pri", ["price", "price_list", "print_all"]),
        ("shop:", ["print_all", "sell"]), ("shop._", []), ("string.re", ["rep", "reverse"]), ("string.rep", []),
    ]) func candidatesAreListed(line: String, candidates: [String]) {
        #expect(completer.complete(line).candidates == candidates)
    }

    @Test func columnsFitTheWidth() {
        #expect(Completer.columns(["a", "bb", "ccc", "dd", "e"], width: 12) == "a    dd\nbb   e\nccc")
        #expect(Completer.columns(["a", "b"], width: 1) == "a\nb")
        #expect(Completer.columns([], width: 80) == "")
    }
}
