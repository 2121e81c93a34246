import JSON

/// What a search found, one line of JSON for each query: `query_id`, `query`, and `results`, best first, each with
/// `corpus_id` and `score`.
struct RetrievalPredictions {
    let queries: [(id: String, text: String, results: [(id: String, score: Double)])]

    /// Replaces the file `name` of `folder`, which is made if it is not there.
    func write(to folder: String, name: String) throws {
        try PredictionsFile.write(queries.lazy.map { query in
            let results = query.results.map { JSONValue.object(["corpus_id": .string($0.id), "score": .number($0.score)]) }
            return ["query_id": .string(query.id), "query": .string(query.text), "results": .array(results)]
        }, to: folder, name: name)
    }
}
