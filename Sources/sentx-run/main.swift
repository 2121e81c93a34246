import Bindings
import Glibc
import LuaHost

// Runs one Lua file.
let state = try LuaState()
try SentxModule.install(in: state) { print($0) }
let function = try state.globals.get("dofile")
guard case .function(let dofile) = function, CommandLine.arguments.count > 1 else { exit(64) }
do {
    try dofile.call([.string(CommandLine.arguments[1])])
} catch {
    fputs("\(error)\n\((error as? LuaError)?.traceback ?? "")\n", stderr)
    exit(1)
}
