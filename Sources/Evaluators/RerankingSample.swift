/// A query with the documents that a reranker has to put in order.
public struct RerankingSample: Equatable, Sendable {
    /// What the relevant documents have to be told apart from.
    public enum Candidates: Equatable, Sendable {
        /// Irrelevant documents.
        case negative([String])
        /// What a first retrieval found, best first, relevant ones included where it found them.
        case documents([String])
    }

    public let query: String
    /// The relevant documents.
    public let positive: [String]
    public let candidates: Candidates

    public init(query: String, positive: [String], negative: [String]) {
        self.query = query
        self.positive = positive
        candidates = .negative(negative)
    }

    public init(query: String, positive: [String], documents: [String]) {
        self.query = query
        self.positive = positive
        candidates = .documents(documents)
    }

    /// A list in the order in which it is scored, with the relevance of each document.
    struct List {
        var documents: [String]
        var relevance: [Bool]
        /// Relevant documents that the first retrieval missed and that are not scored either.
        var missedCount = 0
        var hasRelevant: Bool { relevance.contains(true) }

        /// How good the order by `scores`, one for each of the documents, is. What was missed counts behind everything that was
        /// found, as it does in the order of the first retrieval.
        func quality(_ scores: [Float], k: Int) -> RankingQuality {
            var all = scores, last = scores.min() ?? 0
            for _ in 0..<missedCount {
                last = last.nextDown
                all.append(last)
            }
            return RankingQuality(relevance: relevance + [Bool](repeating: true, count: missedCount), scores: all, k: k)
        }
    }

    /// What the model puts in order.
    ///
    /// - Parameter alwaysRerankPositives: whether positives that the first retrieval missed are put in; else they are counted as missed.
    func list(alwaysRerankPositives: Bool) -> List {
        switch candidates {
        case .negative(let negative):
            return List(documents: positive + negative,
                        relevance: positive.map { _ in true } + negative.map { _ in false })
        case .documents(let documents):
            let positives = Set(positive)
            if !alwaysRerankPositives {
                return List(documents: documents, relevance: documents.map(positives.contains), missedCount: missedCount(in: documents))
            }
            let others = documents.filter { !positives.contains($0) }
            return List(documents: positive + others, relevance: positive.map { _ in true } + others.map { _ in false })
        }
    }

    /// The relevance of each rank of the first retrieval, with positives that it missed at the end; nil if the sample
    /// has no retrieved documents.
    var retrievedRelevance: [Bool]? {
        guard case .documents(let documents) = candidates else { return nil }
        let positives = Set(positive)
        let relevance = documents.map(positives.contains)
        if !relevance.contains(true) { return relevance }
        return relevance + [Bool](repeating: true, count: missedCount(in: documents))
    }

    /// How many of the relevant documents are not among these.
    private func missedCount(in documents: [String]) -> Int {
        let positives = Set(positive)
        return max(0, positive.count - documents.reduce(0) { positives.contains($1) ? $0 + 1 : $0 })
    }
}
