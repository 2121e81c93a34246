import Testing
import Benchmark

@Suite struct ComparisonTableTests {
    /// sentx takes 1, 2 and 1 s, torch 3 times as long in float32 and 1.5 times in bf16, on a machine that does 100 GFLOP/s.
    private var result: WorkloadResult {
        var workload = Workload.all[1]
        workload.stepsPerRound = 1
        var result = WorkloadResult(workload)
        func measurement(_ seconds: [Double], check: Double, gigaflops: Double) -> Measurement {
            var measurement = Measurement()
            measurement.seconds = seconds
            measurement.check = check
            measurement.peakMebibytes = 1_000
            measurement.peakGigaflops = gigaflops
            return measurement
        }
        result.operations = [6e10, 6e10, 6e10]
        result[.sentx, .fp32] = measurement([1, 2, 1], check: 0.5, gigaflops: 90)
        result[.reference, .fp32] = measurement([3, 6, 3], check: 0.5, gigaflops: 100)
        result[.reference, .bf16] = measurement([1.5, 3, 1.5], check: 0.51, gigaflops: 200)
        return result
    }

    @Test func theRatioIsAgainstTheFasterPrecision() {
        #expect(result.fasterPrecision(of: .reference) == .bf16 && result.fasterPrecision(of: .sentx) == .fp32)
        #expect(result.ratio(.fp32) == 1.5)
        #expect(result.ratio(.bf16) == nil)
    }

    @Test func thePeakIsTheBestOfBothSides() throws {
        #expect(result.peak(.fp32) == 100)
        #expect(try abs(#require(result.shareOfPeak(.sentx, .fp32)) - 0.6) < 1e-12)
        #expect(try abs(#require(result.greatestRatio(.fp32)) - 2.5) < 1e-12)
    }

    @Test func theTableMarksTheFasterOne() {
        let table = ComparisonTable([result]).table
        #expect(table.header.first == "work" && table.header.contains("ratio fp32") && !table.header.contains("sentx bf16"))
        #expect(table.rows == [[
            "b  MNRL step, 32 pairs of 128 tokens", "1.00 s", "3.00 s", "1.50 s *", "1.50", "2.50", "60 %", "1,000", "1,000",
        ]])
    }

    @Test func whatIsBelowTheGoalIsExplained() {
        #expect(ComparisonTable([result]).notes.first?.hasPrefix(
            "b: 1.50 times, below 2.00; the matrix products allow 2.50 times, 60 % of the fp32 peak is reached") == true)
        var fast = result
        fast[.sentx, .fp32]?.seconds = [0.5, 1, 0.5]
        #expect(ComparisonTable([fast]).notes == [])
    }

    @Test func differentWorkIsNoticed() {
        var other = result
        other[.sentx, .fp32]?.seconds = [0.5, 1, 0.5]
        other[.sentx, .fp32]?.check = 0.6
        #expect(ComparisonTable([other]).notes == ["b: the sides did not do the same work: their values differ by 20 %."])
    }

    @Test func timesAreOfAStepOrOfAllTexts() throws {
        var workload = try Workload.named(["a"])[0]
        workload.stepsPerRound = 2
        var steps = WorkloadResult(workload), texts = WorkloadResult(try Workload.named(["g1"])[0])
        steps.operations = [1, 1]
        texts.operations = [1, 1]
        #expect(steps.unitsPerRound == 0.5)
        #expect(texts.unitsPerRound == 2)
    }
}
