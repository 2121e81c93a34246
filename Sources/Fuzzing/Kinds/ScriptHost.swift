import Bindings
import LuaHost

/// A Lua state as a script has it, whose output goes nowhere.
final class ScriptHost {
    let state: LuaState

    init() throws {
        state = try LuaState()
        try SentxModule.install(in: state) { _ in }
        try state.run("print = function() end; io.write = function() end; sentx = require 'sentx'")
    }

    deinit { state.close() }

    func run(_ script: String) throws { try state.run(script, name: "=script") }
}
