import Foundation

/// What a command did.
struct CommandResult {
    let code: Int32
    let output: String
    let error: String
}

/// Runs one of the built executables, which lie beside the test bundle.
/// - Parameters:
///   - input: its standard input.
///   - interruptsWhenReady: whether SIGINT is sent each time the command prints "ready".
func runCommand(_ name: String, _ arguments: [String] = [], input: String = "", environment: [String: String] = [:],
                interruptsWhenReady: Bool = false) throws -> CommandResult {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent().appendingPathComponent(name)
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let (inputPipe, outputPipe, errorPipe) = (Pipe(), Pipe(), Pipe())
    process.standardInput = inputPipe
    process.standardOutput = outputPipe
    process.standardError = errorPipe
    try process.run()
    inputPipe.fileHandleForWriting.write(Data(input.utf8))
    try inputPipe.fileHandleForWriting.close()
    var output = Data()
    while case let part = outputPipe.fileHandleForReading.availableData, !part.isEmpty {
        output += part
        if interruptsWhenReady, part.range(of: Data("ready\n".utf8)) != nil {
            // The loop behind the line is to be running.
            Thread.sleep(forTimeInterval: 0.05)
            process.interrupt()
        }
    }
    let error = errorPipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return CommandResult(code: process.terminationReason == .uncaughtSignal ? 128 + process.terminationStatus : process.terminationStatus,
                         output: String(decoding: output, as: UTF8.self), error: String(decoding: error, as: UTF8.self))
}

/// A file with the given text for the time of a test.
func withScript<R>(_ text: String, _ body: (String) throws -> R) throws -> R {
    let path = NSTemporaryDirectory() + "script-\(UInt64.random(in: 0 ... .max)).lua"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

/// Runs a line of shell in which `$BIN` is the folder of the executables and `$TMP` a fresh folder, for redirections and limits.
func runShell(_ line: String, environment: [String: String] = [:]) throws -> CommandResult {
    let folder = NSTemporaryDirectory() + "shell-\(UInt64.random(in: 0 ... .max))"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", line]
    let programs = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path
    process.environment = ProcessInfo.processInfo.environment.merging(["BIN": programs, "TMP": folder]) { $1 }.merging(environment) { $1 }
    let (outputPipe, errorPipe) = (Pipe(), Pipe())
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = outputPipe
    process.standardError = errorPipe
    try process.run()
    let output = outputPipe.fileHandleForReading.readDataToEndOfFile()
    let error = errorPipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return CommandResult(code: process.terminationReason == .uncaughtSignal ? 128 + process.terminationStatus : process.terminationStatus,
                         output: String(decoding: output, as: UTF8.self), error: String(decoding: error, as: UTF8.self))
}

/// The repository.
let repositoryRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
