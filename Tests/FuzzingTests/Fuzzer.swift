import Foundation

/// What a command did.
struct CommandResult {
    let code: Int32
    let output: String
    let error: String
}

/// Runs the fuzzer, which lies beside the test bundle and starts processes of its own, since inputs may kill them.
func runFuzzer(_ arguments: [String]) throws -> CommandResult {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent("sentx-fuzz")
    process.arguments = arguments
    let (outputPipe, errorPipe) = (Pipe(), Pipe())
    process.standardOutput = outputPipe
    process.standardError = errorPipe
    try process.run()
    let output = outputPipe.fileHandleForReading.readDataToEndOfFile()
    let error = errorPipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return CommandResult(code: process.terminationReason == .uncaughtSignal ? 128 + process.terminationStatus : process.terminationStatus,
                         output: String(decoding: output, as: UTF8.self), error: String(decoding: error, as: UTF8.self))
}
