import Files
import Glibc
import JSON

/// What a search found, one line of JSON for each query: `query_id`, `query`, and `results`, best first, each with
/// `corpus_id` and `score`.
struct RetrievalPredictions {
    let queries: [(id: String, text: String, results: [(id: String, score: Double)])]

    /// Replaces the file `name` of `folder`, which is made if it is not there.
    func write(to folder: String, name: String) throws {
        try Folder.create(folder)
        let path = Path.join(folder, name)
        guard let file = fopen(path, "w") else { throw FileError("cannot open", path: path, code: errno) }
        var isWritten = true
        for query in queries {
            let results = query.results.map { JSONValue.object(["corpus_id": .string($0.id), "score": .number($0.score)]) }
            let line = JSONValue.object(["query_id": .string(query.id), "query": .string(query.text), "results": .array(results)])
            isWritten = isWritten && fputs(line.serialized() + "\n", file) >= 0
        }
        // What was buffered may meet a full disk only here.
        let isClosed = fclose(file) == 0
        if !isWritten || !isClosed { throw FileError("cannot write", path: path, code: errno) }
    }
}
