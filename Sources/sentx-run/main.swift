import Bindings
import Files
import Glibc
import LuaHost

/// Ends the process with a line on standard error.
func stop(_ message: String, _ code: ExitCode) -> Never {
    fflush(stdout)
    fputs(message + "\n", stderr)
    exit(code.rawValue)
}

/// Runs a script to its end.
func run(_ script: ScriptSource, arguments: [String], in state: LuaState) -> ExitCode {
    do {
        let table = try state.list(arguments.map { .string($0) })
        try table.set(.integer(0), .string(script.argumentZero))
        try table.set(.integer(-1), .string(CommandLine.arguments[0]))
        try state.globals.set("arg", .table(table))
        let function: LuaFunction
        do {
            function = try state.load(bytes: script.bytes, name: script.chunkName)
        } catch {
            stop("\(error)", .doesNotCompile)
        }
        try function.call(arguments.map { .string($0) })
        return .success
    } catch let error as LuaError {
        stop(error.message + (error.traceback.map { "\n" + $0 } ?? ""), error.isInterrupt || Interrupt.isRequested ? .interrupted : .scriptFailed)
    } catch {
        stop("\(error)", .scriptFailed)
    }
}

ProgramOutput.prepare(program: "sentx-run")
do {
    switch try Invocation(Array(CommandLine.arguments.dropFirst())) {
    case .help: print(Invocation.usage)
    case .version: print("sentx-run \(sentxVersion)")
    case .apiDocumentation:
        let state = try LuaState()
        try SentxModule.install(in: state) { print($0) }
        try state.run("require 'sentx'")
        print(state.documentation.markdown(title: "The sentx module"))
    case .run(let source, let arguments):
        let script = try ScriptSource(source)
        if case .file(let path) = source, let usage = ScriptUsage(script.bytes) {
            if ScriptUsage.isHelp(arguments) {
                print(usage.comment)
                exit(ExitCode.success.rawValue)
            }
            try usage.check(arguments, script: path)
        }
        let state = try LuaState()
        try SentxModule.install(in: state) { print($0) }
        Interrupt.install(endingProcessAt: 2)
        let code = run(script, arguments: arguments, in: state)
        state.close()
        exit(code.rawValue)
    }
} catch let error as UsageError {
    stop("sentx-run: \(error)" + (error.showsUsage ? "\n\(Invocation.usage)" : ""), .usage)
} catch let error as ScriptUnreadable {
    stop("sentx-run: \(error)", .cannotRead)
} catch {
    stop("sentx-run: \(error)", .scriptFailed)
}
