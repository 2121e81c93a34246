/// How good one ranking is, by the three measures of a reranking evaluation.
public struct RankingQuality: Equatable {
    public let averagePrecision: Double
    public let reciprocalRank: Double
    public let normalizedDiscountedGain: Double

    /// Nothing relevant was there to find.
    public static let zero = RankingQuality(averagePrecision: 0, reciprocalRank: 0, normalizedDiscountedGain: 0)

    private init(averagePrecision: Double, reciprocalRank: Double, normalizedDiscountedGain: Double) {
        self.averagePrecision = averagePrecision
        self.reciprocalRank = reciprocalRank
        self.normalizedDiscountedGain = normalizedDiscountedGain
    }

    /// - Parameters:
    ///   - relevance: by document.
    ///   - scores: by document, finite; the highest ranks first.
    ///   - k: how many ranks the last two measures look at.
    ///   - earlierFirst: whether of documents with equal scores the earlier one ranks first.
    public init(relevance: [Bool], scores: [Float], k: Int, earlierFirst: Bool = false) {
        let ranking = Ranking(scores, earlierFirst: earlierFirst)
        averagePrecision = Evaluators.averagePrecision(relevance: relevance, ranking: ranking)
        reciprocalRank = Evaluators.reciprocalRank(relevance: relevance, ranking: ranking, k: k)
        normalizedDiscountedGain = Evaluators.normalizedDiscountedGain(relevance: relevance, ranking: ranking, k: k)
    }

    /// Average precision, reciprocal rank, nDCG: the order of an evaluator's keys.
    var values: [Double] { [averagePrecision, reciprocalRank, normalizedDiscountedGain] }

    fileprivate init(values: [Double]) {
        self.init(averagePrecision: values[0], reciprocalRank: values[1], normalizedDiscountedGain: values[2])
    }
}

/// The mean quality over queries.
struct MeanRankingQuality {
    private(set) var count = 0
    private var sums = [0.0, 0.0, 0.0]

    mutating func add(_ quality: RankingQuality) {
        count += 1
        for (index, value) in quality.values.enumerated() { sums[index] += value }
    }

    /// The mean of what was added, which must be something.
    var mean: RankingQuality { RankingQuality(values: sums.map { $0 / Double(count) }) }
}
