import Bindings
import Files
import Glibc
import LuaHost
import REPL

let usage = """
    usage: sentx-repl
    A prompt for Lua with sentx. Lines may be piped in; then the exit code is 1 if one of them failed.
      --help     this text
      --version  the version
    """

ProgramOutput.prepare(program: "sentx-repl")
switch CommandLine.arguments.dropFirst().first {
case nil: break
case "--help", "-h":
    print(usage)
    exit(0)
case "--version":
    print("sentx-repl \(sentxVersion)")
    exit(0)
case let argument?:
    fputs("sentx-repl: unknown argument '\(argument)'\n\(usage)\n", stderr)
    exit(64)
}

do {
    let state = try LuaState()
    try SentxModule.install(in: state) { print($0) }
    Interrupt.install(endingProcessAt: 4, warning: "\nstill running; Ctrl-C once more ends sentx-repl\n")
    let code = Prompt(state: state, program: "sentx-repl").run(banner: "sentx \(sentxVersion). ? lists what the prompt can do.")
    state.close()
    exit(code)
} catch {
    fputs("sentx-repl: \(error)\n", stderr)
    exit(1)
}
