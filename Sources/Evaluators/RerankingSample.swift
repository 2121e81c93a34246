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
        var hasRelevant: Bool { relevance.contains(true) }
    }

    /// What the model puts in order.
    ///
    /// - Parameter alwaysRerankPositives: whether positives that the first retrieval missed are put in.
    func list(alwaysRerankPositives: Bool) -> List {
        switch candidates {
        case .negative(let negative):
            return List(documents: positive + negative,
                        relevance: positive.map { _ in true } + negative.map { _ in false })
        case .documents(let documents):
            let positives = Set(positive)
            if !alwaysRerankPositives { return List(documents: documents, relevance: documents.map(positives.contains)) }
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
        let found = relevance.reduce(0) { $1 ? $0 + 1 : $0 }
        if found == 0 { return relevance }
        return relevance + [Bool](repeating: true, count: max(0, positive.count - found))
    }
}
