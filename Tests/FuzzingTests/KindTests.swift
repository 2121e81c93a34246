import Fuzzing
import TestSupport
import Testing

@Suite("Kinds of input") struct KindTests {
    /// Inputs from a fixed seed, so that a failure can be repeated: `sentx-fuzz KIND --seed 1 --inputs 10000`.
    @Test("A second of nearly right inputs does no harm", arguments: FuzzKinds.all.map { $0.name })
    func aSecondOfInputs(kind: String) throws {
        let folder = TemporaryFolder()
        let result = try runFuzzer([kind, "0.8", "--seed", "1", "--minimise", "2", "--findings", folder.path])
        #expect(result.code == 0, "\(result.output)\(result.error)")
        #expect(result.output.contains("0 findings"), "\(result.output)\(result.error)")
        // Seeds that are refused would test nothing, and end the run as wrong answers.
        let counts = result.output.split(separator: "\n").last?.split(separator: " ").compactMap { Int($0) } ?? []
        #expect(counts.count >= 2 && counts[0] > 0 && counts[1] > 0, "\(result.output)")
    }

    @Test("The same seed and number of inputs give the same run")
    func isRepeatable() throws {
        let runs = try (0..<2).map { _ in try runFuzzer(["split", "30", "--seed", "5", "--inputs", "3000"]) }
        #expect(runs[0].output == runs[1].output)
        #expect(runs[0].code == 0)
        #expect(try runFuzzer(["split", "30", "--seed", "6", "--inputs", "3000"]).output != runs[0].output)
    }
}
