import Glibc

/// How many ranks the measures of a search look at.
public struct RetrievalCutoffs: Equatable, Sendable {
    public var mrr = [10]
    public var ndcg = [10]
    public var accuracy = [1, 3, 5, 10]
    public var precisionRecall = [1, 3, 5, 10]
    public var map = [100]

    public init() {}

    /// The most ranks that any of them needs.
    public var greatest: Int { [mrr, ndcg, accuracy, precisionRecall, map].compactMap { $0.max() }.max() ?? 0 }
}

/// The measures of a search, mean over its queries.
public struct RetrievalQuality: Equatable {
    /// Share of queries with a relevant document within the first k, in the order of the cutoffs; likewise below.
    public private(set) var accuracy: [Double]
    /// Share of the first k ranks that are relevant. Ranks that the corpus cannot fill count as not relevant.
    public private(set) var precision: [Double]
    /// Share of the relevant documents that are within the first k.
    public private(set) var recall: [Double]
    /// Discounted gain of the first k ranks, divided by that of the best order.
    public private(set) var ndcg: [Double]
    /// One over the rank of the first relevant document, 0 if it is not within the first k.
    public private(set) var mrr: [Double]
    /// The precision at each relevant document within the first k, summed and divided by the most that there can be.
    public private(set) var map: [Double]

    /// - Parameters:
    ///   - relevance: for each query, whether each hit is relevant, best first; not empty.
    ///   - relevantCounts: for each query, how many relevant documents there are; at least 1.
    public init(relevance: [[Bool]], relevantCounts: [Int], cutoffs: RetrievalCutoffs) {
        let count = Double(relevance.count)
        func mean(_ values: [Int], _ measure: (ArraySlice<Bool>, _ k: Int, _ relevantCount: Int) -> Double) -> [Double] {
            values.map { k in zip(relevance, relevantCounts).reduce(0) { $0 + measure($1.0.prefix(k), k, $1.1) } / count }
        }
        func found(_ hits: ArraySlice<Bool>) -> Double { Double(hits.reduce(0) { $1 ? $0 + 1 : $0 }) }
        accuracy = mean(cutoffs.accuracy) { hits, _, _ in hits.contains(true) ? 1 : 0 }
        precision = mean(cutoffs.precisionRecall) { hits, k, _ in found(hits) / Double(k) }
        recall = mean(cutoffs.precisionRecall) { hits, _, relevant in found(hits) / Double(relevant) }
        ndcg = mean(cutoffs.ndcg) { hits, k, relevant in
            let best = (0 ..< min(k, relevant)).reduce(0) { $0 + 1 / log2(Double($1 + 2)) }
            return hits.enumerated().reduce(0) { $1.element ? $0 + 1 / log2(Double($1.offset + 2)) : $0 } / best
        }
        mrr = mean(cutoffs.mrr) { hits, _, _ in hits.firstIndex(of: true).map { 1 / Double($0 - hits.startIndex + 1) } ?? 0 }
        map = mean(cutoffs.map) { hits, k, relevant in
            var right = 0.0
            var sum = 0.0
            for (rank, isRelevant) in hits.enumerated() where isRelevant {
                right += 1
                sum += right / Double(rank + 1)
            }
            return sum / Double(min(k, relevant))
        }
    }
}
