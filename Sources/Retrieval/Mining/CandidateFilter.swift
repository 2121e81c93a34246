import Tensors

/// Drops candidates that are positives, or too close to them, or outside the limits on scores.
struct CandidateFilter {
    /// How many candidates one option dropped.
    struct Dropped: Equatable {
        /// The option's name and value.
        let option: String
        let value: Double
        let count: Int
        /// Candidates that were there before it.
        let of: Int
    }

    /// One entry per option that dropped something, in the order in which they act.
    private(set) var dropped: [Dropped] = []

    /// Filters `candidates` in place. All comparisons are made in float32; what equals a limit but for rounding stays.
    init(_ candidates: inout MiningCandidates, texts: MiningTexts, options: MiningOptions) {
        if !options.includePositives {
            for query in candidates.candidates.indices {
                let positives = texts.positives[query]
                candidates.candidates[query].removeAll { positives.contains($0.place) }
            }
        }
        // With several positives, the lowest scoring one sets the margin.
        let reference = candidates.positiveScores.map { $0.min() ?? .infinity }
        if let margin = options.absoluteMargin {
            drop(from: &candidates, "absolute_margin", margin) { SimilarityTolerance.isAbove($0 + Float(margin), reference[$1]) }
        }
        if let margin = options.relativeMargin {
            // The margin is a share of the magnitude, so that it lowers the limit also below a negative score.
            let limits = reference.map { $0 - abs($0) * Float(margin) }
            drop(from: &candidates, "relative_margin", margin) { SimilarityTolerance.isAbove($0, limits[$1]) }
        }
        if let limit = options.maxScore { drop(from: &candidates, "max_score", limit) { score, _ in SimilarityTolerance.isAbove(score, Float(limit)) } }
        if let limit = options.minScore { drop(from: &candidates, "min_score", limit) { score, _ in SimilarityTolerance.isBelow(score, Float(limit)) } }
    }

    private mutating func drop(
        from candidates: inout MiningCandidates, _ option: String, _ value: Double, where drops: (Float, Int) -> Bool
    ) {
        let before = candidates.candidates.reduce(0) { $0 + $1.count }
        for query in candidates.candidates.indices { candidates.candidates[query].removeAll { drops($0.score, query) } }
        let count = before - candidates.candidates.reduce(0) { $0 + $1.count }
        if count > 0 { dropped.append(Dropped(option: option, value: value, count: count, of: before)) }
    }
}
