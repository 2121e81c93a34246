import Testing
import Training

struct RunTextTests {
    @Test(arguments: [(0.383, 0.146, true, "VERDICT: WIN | score=0.3830 | baseline=0.1460 | delta=+0.2370"),
                      // What is shown fits together, to the last decimal.
                      (0.93416, 0.93624, true, "VERDICT: REGRESSION | score=0.9342 | baseline=0.9362 | delta=-0.0020"),
                      (0.93422, 0.93618, false, "VERDICT: MARGINAL | score=0.9342 | baseline=0.9362 | delta=+0.0020"),
                      (0.50496, 0.5, true, "VERDICT: WIN | score=0.5050 | baseline=0.5000 | delta=+0.0050"),
                      (0.49999, 0.5, true, "VERDICT: MARGINAL | score=0.5000 | baseline=0.5000 | delta=+0.0000"),
                      (0.504, 0.5, true, "VERDICT: MARGINAL | score=0.5040 | baseline=0.5000 | delta=+0.0040"),
                      (0.5, 0.5, true, "VERDICT: MARGINAL | score=0.5000 | baseline=0.5000 | delta=+0.0000"),
                      (0.4, 0.5, true, "VERDICT: REGRESSION | score=0.4000 | baseline=0.5000 | delta=-0.1000"),
                      (0.4, 0.5, false, "VERDICT: WIN | score=0.4000 | baseline=0.5000 | delta=+0.1000")])
    func theVerdictNamesScoreBaselineAndImprovement(_ score: Double, _ baseline: Double, _ greater: Bool, _ line: String) {
        #expect(Verdict(score: score, baseline: baseline, greaterIsBetter: greater).line == line)
    }

    @Test func aVerdictOnSparseEmbeddingsNamesTheirActiveDimensions() {
        let line = Verdict(score: 0.4, baseline: 0.1, activeDims: .init(query: 42.25, corpus: 180)).line
        #expect(line == "VERDICT: WIN | score=0.4000 | baseline=0.1000 | delta=+0.3000 | query_active_dims=42.2 | corpus_active_dims=180.0")
    }

    @Test(arguments: [(0.0, 180.0), (42.0, 17_000.0), (Double.nan, 180.0)])
    func collapsedSparsityIsNoWin(query: Double, corpus: Double) {
        #expect(Verdict(score: 0.4, baseline: 0.1, activeDims: .init(query: query, corpus: corpus)).outcome == .marginal)
    }

    private let progress = ProgressLine(step: 420, total: 1000, measuredSteps: 420, seconds: 52.5, loss: 0.33123)

    @Test func progressWithoutATerminalIsOnePlainLine() {
        #expect(progress.plain == "step 420/1000 (42%) | loss 0.3312 | 8.00 steps/s | 01:12 left")
    }

    @Test func slowStepsAreGivenInSecondsAStep() {
        #expect(ProgressLine(step: 1, total: 3, measuredSteps: 1, seconds: 4, loss: nil).plain == "step 1/3 (33%) | 4.00 s/step | 00:08 left")
    }

    @Test func theBarFillsAWideTerminal() {
        let bar = progress.bar(width: 100)
        #expect(bar.count == 100)
        #expect(bar.hasPrefix("42% |####") && bar.hasSuffix("| 420/1000 [00:52<01:12, 8.00 steps/s, loss 0.3312]"))
    }

    @Test(arguments: 0..<120)
    func theBarIsNeverWiderThanTheTerminal(_ width: Int) {
        #expect(progress.bar(width: width).count <= width)
    }

    @Test func aNarrowTerminalStillShowsHowFarItIs() {
        #expect(progress.bar(width: 12) == "42% 420/1000")
        #expect(progress.bar(width: 5) == "42%")
    }
}
