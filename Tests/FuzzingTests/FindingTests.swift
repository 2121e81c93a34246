import Foundation
import TestSupport
import Testing

/// The fuzzer on faults that are made on purpose.
@Suite("Findings") struct FindingTests {
    /// - Parameter limit: seconds of processor time.
    private func run(_ input: String, limit: Int = 10) throws -> (result: CommandResult, folder: TemporaryFolder) {
        let folder = TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder("faulty"), withIntermediateDirectories: true)
        return (try runFuzzer(["--repeat", folder.write(input, to: "faulty/input"), "--limit", "\(limit)"]), folder)
    }

    @Test("A trap is found, named and made small")
    func findsTraps() throws {
        let folder = TemporaryFolder()
        let result = try runFuzzer(["faulty", "20", "--seed", "1", "--inputs", "40", "--findings", folder.path, "--minimise", "5"])
        #expect(result.code == 1)
        let kept = try FileManager.default.contentsOfDirectory(atPath: folder("faulty"))
        let input = try #require(kept.first { $0.hasPrefix("SIG") && !$0.hasSuffix(".report") }, "\(result.output)\(result.error)")
        #expect(try contents(folder("faulty/\(input)")) == "trap")
        #expect(result.output.contains("--repeat \(folder.path)/faulty/\(input)"))
        #expect(try runFuzzer(["--repeat", folder("faulty/\(input)")]).code == 1)
    }

    @Test("A stack that overflows ends the worker, not the run")
    func findsStackOverflow() throws {
        let (result, _) = try run("overflow")
        #expect(result.code == 1)
        #expect(result.output.contains("SIGSEGV") || result.output.contains("SIGBUS"), "\(result.output)")
    }

    @Test("Memory without end is stopped")
    func findsMemory() throws {
        let (result, _) = try run("grow")
        #expect(result.code == 1)
        #expect(result.output.contains("faulty: memory"), "\(result.output)")
    }

    @Test("A loop without end is stopped")
    func findsHang() throws {
        let (result, _) = try run("spin", limit: 1)
        #expect(result.code == 1)
        #expect(result.output.contains("faulty: hang"), "\(result.output)")
    }

    @Test("A wrong answer and a message that is none are findings, a refusal is not")
    func findsWrongAnswers() throws {
        let (lie, _) = try run("lie")
        #expect(lie.code == 1)
        #expect(lie.output.contains("one and one are three"))
        #expect(try run("chatter").result.output.contains("a message of 8000 bytes"))
        let (refusal, _) = try run("refuse")
        #expect(refusal.code == 0)
        #expect(refusal.output.contains("does no harm"))
    }

    @Test("A command line that is not understood is refused before anything runs", arguments: [["nothing"], ["json", "-1"], ["json", "1", "2", "3"], ["--seed"]])
    func refusesNonsense(arguments: [String]) throws {
        let result = try runFuzzer(arguments)
        #expect(result.code == 64)
        #expect(result.error.contains("usage: scripts/fuzz.sh"))
    }
}
