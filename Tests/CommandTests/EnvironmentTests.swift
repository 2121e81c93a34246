import Foundation
import Testing

/// What the environment asks of computing, and what it leaves of it.
@Suite("Environment of a command")
struct EnvironmentTests {
    private static let product = "local s = require 'sentx' print(s.ones(300, 300):matmul(s.ones(300, 300)):sum():item())"

    @Test("settings that make no sense end the program with one line and a status of their own",
          arguments: [("SENTX_NUM_THREADS", "abc"), ("SENTX_NUM_THREADS", "0"), ("SENTX_NUM_THREADS", "-1"), ("SENTX_NUM_THREADS", "40000"),
                      ("SENTX_INSTRUCTIONS", "avx1024"), ("SENTX_OVERSUBSCRIBE", "maybe")])
    func refused(name: String, value: String) throws {
        let result = try runCommand("sentx-run", ["-e", Self.product], environment: [name: value])
        #expect(result.code == 78 && result.output.isEmpty)
        #expect(result.error.hasPrefix("sentx: \(name)=\(value): ") && result.error.filter(\.isNewline).count == 1)
    }

    @Test("more threads than processors are not started, and that is said")
    func fewerThreads() throws {
        let result = try runCommand("sentx-run", ["-e", Self.product], environment: ["SENTX_NUM_THREADS": "1000"])
        #expect(result.code == 0 && result.output == "27000000.0\n")
        #expect(result.error.contains("SENTX_NUM_THREADS=1000") || ProcessInfo.processInfo.activeProcessorCount >= 1000)
    }

    /// Runs a script within limits of the shell.
    private func run(_ script: String, limits: String, environment: [String: String]) throws -> CommandResult {
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent("sentx-run").path
        let process = Process(), output = Pipe(), error = Pipe()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "\(limits); exec timeout -k 1 60 \"$0\" -e \"$1\"", program, script]
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        (process.standardOutput, process.standardError) = (output, error)
        try process.run()
        let text = output.fileHandleForReading.readDataToEndOfFile(), errors = error.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return CommandResult(code: process.terminationReason == .uncaughtSignal ? 128 + process.terminationStatus : process.terminationStatus,
                             output: String(decoding: text, as: UTF8.self), error: String(decoding: errors, as: UTF8.self))
    }

    @Test("threads that the system does not let start are not waited for")
    func limitedThreads() throws {
        let result = try run(Self.product, limits: "ulimit -v 3000000", environment: ["SENTX_NUM_THREADS": "1000", "SENTX_OVERSUBSCRIBE": "1"])
        #expect(result.error.contains("of 1000 threads could be started"))
        #expect(result.output == "27000000.0\n" || result.error.contains("address space"), "\(result)")
    }

    @Test("where OpenBLAS cannot have its memory, a product is an error and the script goes on",
          arguments: ["ulimit -v 200000", "ulimit -v 170000"])
    func littleAddressSpace(limits: String) throws {
        let script = "local s = require 'sentx' print(pcall(function() return s.ones(300, 300):matmul(s.ones(300, 300)):sum():item() end)) print('on')"
        let result = try run(script, limits: limits, environment: ["SENTX_NUM_THREADS": "1", "SENTX_INSTRUCTIONS": "portable"])
        #expect(result.code == 0 && result.output.hasSuffix("on\n"), "\(result)")
        #expect(result.output.hasPrefix("true\t27000000.0") || result.output.contains("address space"), "\(result)")
    }

    @Test("a tensor that the limits leave no room for is an error, and what is free afterwards can be had",
          arguments: ["ulimit -v 2000000", "ulimit -d 2000000"])
    func limitedMemory(limits: String) throws {
        let script = """
            local s = require 'sentx'
            local ok, message = pcall(s.zeros, 30000, 30000)
            print(ok, message)
            for i = 1, 20 do local x = s.zeros(10000, 10000) end
            print(s.ones(1000, 1000):sum():item())
            """
        let result = try run(script, limits: limits, environment: ["SENTX_NUM_THREADS": "1"])
        #expect(result.code == 0 && result.output.hasPrefix("false\t") && result.output.hasSuffix("1000000.0\n"), "\(result)")
        #expect(result.output.contains("[30000, 30000]") && result.output.contains("3.4 GiB") && result.output.contains("ulimit"), "\(result)")
    }
}
