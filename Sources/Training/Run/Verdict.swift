import TextFormat

/// What a run was good for: its score against the score before training.
public struct Verdict: Equatable, Sendable {
    public enum Outcome: String, Sendable {
        /// Better by 0.005 or more.
        case win = "WIN"
        /// Better by less, or equal.
        case marginal = "MARGINAL"
        case regression = "REGRESSION"
    }

    public let score: Double
    public let baseline: Double
    /// The improvement: positive is better, whichever way the metric counts.
    public let delta: Double

    public init(score: Double, baseline: Double, greaterIsBetter: Bool = true) {
        self.score = score
        self.baseline = baseline
        delta = greaterIsBetter ? score - baseline : baseline - score
    }

    /// A score that is no number is a regression; where only the baseline is none, anything is a win.
    public var outcome: Outcome {
        if baseline.isNaN, !score.isNaN { return .win }
        if delta >= 0.005 { return .win }
        return delta >= 0 ? .marginal : .regression
    }

    /// The improvement with its sign, such as `+0.2370`.
    var deltaText: String { (delta >= 0 ? "+" : "") + delta.fixed(4) }

    /// `VERDICT: WIN | score=0.3830 | baseline=0.1460 | delta=+0.2370`
    public var line: String {
        "VERDICT: \(outcome.rawValue) | score=\(score.fixed(4)) | baseline=\(baseline.fixed(4)) | "
            + "delta=\(deltaText)"
    }
}
