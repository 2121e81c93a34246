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
    /// The same of the numbers as ``line`` shows them, with four decimals. It decides, so that the line can be checked by itself.
    private let shownDelta: Double

    /// How many elements of embeddings are not zero; nil for models that are not sparse.
    public let activeDims: ActiveDims?

    /// Mean numbers of elements that are not zero.
    public struct ActiveDims: Equatable, Sendable {
        public let query, corpus: Double

        public init(query: Double, corpus: Double) {
            self.query = query
            self.corpus = corpus
        }

        /// Above it an inverted index is no faster than comparing everything.
        public static let greatest = 1_000.0

        /// Whether embeddings are empty or no longer sparse, so that the score says nothing about sparse retrieval.
        public var isCollapsed: Bool { ![query, corpus].allSatisfy { $0 >= 1 && $0 <= Self.greatest } }
    }

    public init(score: Double, baseline: Double, greaterIsBetter: Bool = true, activeDims: ActiveDims? = nil) {
        self.activeDims = activeDims
        self.score = score
        self.baseline = baseline
        delta = greaterIsBetter ? score - baseline : baseline - score
        let shown = (Self.shown(score) - Self.shown(baseline)) * (greaterIsBetter ? 1 : -1)
        // A difference of two numbers with four decimals has four decimals, which binary fractions miss by a hair.
        shownDelta = (shown * 10_000).rounded() / 10_000 + 0
    }

    private static func shown(_ value: Double) -> Double { Double(value.fixed(4)) ?? value }

    /// A score that is no number is a regression; where only the baseline is none, anything is a win. With collapsed sparsity
    /// nothing is.
    public var outcome: Outcome {
        let best: Outcome = activeDims?.isCollapsed == true ? .marginal : .win
        if baseline.isNaN, !score.isNaN { return best }
        if shownDelta >= 0.005 { return best }
        return shownDelta >= 0 ? .marginal : .regression
    }

    /// The improvement with its sign, such as `+0.2370`.
    var deltaText: String { (shownDelta >= 0 ? "+" : "") + shownDelta.fixed(4) }

    /// `VERDICT: WIN | score=0.3830 | baseline=0.1460 | delta=+0.2370`
    public var line: String {
        "VERDICT: \(outcome.rawValue) | score=\(score.fixed(4)) | baseline=\(baseline.fixed(4)) | "
            + "delta=\(deltaText)"
            + (activeDims.map { " | query_active_dims=\($0.query.fixed(1)) | corpus_active_dims=\($0.corpus.fixed(1))" } ?? "")
    }
}
