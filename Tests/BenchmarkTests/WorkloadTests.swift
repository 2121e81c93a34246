import Testing
import Benchmark

@Suite struct WorkloadTests {
    @Test func everyPieceOfTheListIsThere() {
        #expect(Workload.all.map(\.name) == ["a", "b", "c1", "c2", "d", "e", "f", "g1", "g2", "h", "i", "j", "splade"])
        #expect(Set(Workload.all.map(\.title)).count == Workload.all.count)
    }

    @Test func workloadsAreFoundByName() throws {
        #expect(try Workload.named(["c1", "a"]).map(\.name) == ["c1", "a"])
        #expect(throws: BenchmarkError.self) { try Workload.named(["a", "z"]) }
    }

    @Test func allTextsToEncodeAreEncodedWhateverTheRounds() throws {
        let encode = try Workload.named(["g1"])[0], step = try Workload.named(["b"])[0]
        for rounds in 1...7 { #expect(encode.rowsPerUnit(rounds: rounds) * rounds >= 10_000) }
        #expect(encode.rowsPerUnit(rounds: 3) == 3_334)
        #expect(step.rowsPerUnit(rounds: 3) == 32)
    }

    @Test func whatTakesLongHasFewerRounds() throws {
        let base = try Workload.named(["h"])[0]
        #expect(base.rounds(of: 5) == 2 && base.quick.rows == 4)
        #expect(try Workload.named(["a"])[0].rounds(of: 5) == 5)
    }
}
