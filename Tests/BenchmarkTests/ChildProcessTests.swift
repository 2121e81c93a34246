import Testing
import Benchmark

@Suite struct ChildProcessTests {
    @Test func linesGoBothWays() throws {
        let process = try ChildProcess(["sh", "-c", "while read line; do echo \"$GREETING $line\"; done"], environment: ["GREETING": "hello"])
        for word in ["one", "two"] {
            try process.send(word)
            #expect(try process.readLine() == "hello \(word)")
        }
        #expect(process.finish() > 0)
    }

    @Test func aProcessThatEndsIsAnError() throws {
        let process = try ChildProcess(["true"])
        #expect(throws: BenchmarkError.self) { try process.readLine() }
        #expect(throws: BenchmarkError.self) { try ChildProcess(["/no/such/program"]) }
    }
}
