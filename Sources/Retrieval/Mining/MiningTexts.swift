/// The texts of a mining run, each once. Rows with the same query are taken to name several positives of it.
struct MiningTexts {
    /// Different queries, in order of first appearance.
    let queries: [String]
    /// Different candidates: the corpus, if one is given, then positives that it lacks.
    let corpus: [String]
    /// For each query, the places of its positives in the corpus, in order of first appearance.
    let positives: [[Int32]]
    /// Rows of the query that has most, repeated pairs counted.
    let maximumPositives: Int
    /// Rows of the dataset.
    let rowCount: Int

    init(anchors: [String], positives positiveTexts: [String], corpus given: [String]?) {
        var corpus: [String] = []
        var corpusPlaces: [String: Int32] = [:]
        for text in (given ?? []) + positiveTexts where corpusPlaces[text] == nil {
            corpusPlaces[text] = Int32(corpus.count)
            corpus.append(text)
        }
        var queries: [String] = []
        var queryPlaces: [String: Int] = [:]
        var positives: [[Int32]] = []
        var counts: [Int] = []
        for (anchor, positive) in zip(anchors, positiveTexts) {
            let query: Int
            if let known = queryPlaces[anchor] {
                query = known
            } else {
                query = queries.count
                queryPlaces[anchor] = query
                queries.append(anchor)
                positives.append([])
                counts.append(0)
            }
            counts[query] += 1
            let place = corpusPlaces[positive]!
            if !positives[query].contains(place) { positives[query].append(place) }
        }
        self.queries = queries
        self.corpus = corpus
        self.positives = positives
        maximumPositives = counts.max() ?? 0
        rowCount = anchors.count
    }
}
