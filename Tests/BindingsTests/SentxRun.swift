import Files
import Foundation

/// The program as users run it.
enum SentxRun {
    struct Result {
        let status: Int32
        let output: String
        let errors: String
    }

    /// Built beside the tests.
    static let program = Path.join(Path.parent(of: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""), "sentx-run")

    static func run(_ arguments: [String], in folder: String, environment: [String: String] = [:]) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        // Files, not pipes: a full pipe would stop the program.
        let (output, errors) = (Path.join(folder, ".stdout"), Path.join(folder, ".stderr"))
        for path in [output, errors] { try AtomicFile.write("", to: path) }
        process.standardOutput = FileHandle(forWritingAtPath: output)
        process.standardError = FileHandle(forWritingAtPath: errors)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        func text(_ path: String) throws -> String { String(decoding: try FileContents.read(path), as: UTF8.self) }
        return Result(status: process.terminationStatus, output: try text(output), errors: try text(errors))
    }
}
