import Testing
import Benchmark

@Suite struct BenchmarkArgumentsTests {
    @Test func optionsAreRead() throws {
        let arguments = try BenchmarkArguments(["--only", "a,c1", "--rounds", "5", "--threads", "2", "--precision", "bf16", "--parts", "speed,tokens"])
        #expect(arguments.workloads.map(\.name) == ["a", "c1"])
        #expect(arguments.rounds == 5 && arguments.threads == 2)
        #expect(arguments.precisions == [.bf16] && arguments.chosenParts == [.speed, .tokens])
    }

    @Test func everythingIsMeasuredForThePage() throws {
        #expect(try BenchmarkArguments([]).chosenParts == [.speed])
        #expect(try BenchmarkArguments(["--page", "x.md"]).chosenParts == BenchmarkArguments.Part.allCases)
        #expect(try BenchmarkArguments([]).workloads.map(\.name) == Workload.all.map(\.name))
        #expect(try BenchmarkArguments(["--quick"]).workloads.first { $0.name == "g1" }?.rows == 2_000)
    }

    @Test(arguments: [
        (["--round", "3"], "unknown option '--round'; did you mean --rounds? (sentx-bench --help)"), (["--rounds"], "--rounds needs a value"),
        (["--rounds", "0"], "--rounds needs a whole number above 0, got '0'"),
        (["--precision", "fp16"], "--precision: 'fp16' is not known; known are fp32, bf16"),
        (["--only", "k"], "there is no workload 'k'; there are a, b, c1, c2, d, e, f, g1, g2, h, i, j, splade"),
    ]) func mistakesAreNamed(arguments: [String], message: String) {
        #expect(throws: BenchmarkError(message)) { try BenchmarkArguments(arguments) }
    }
}
