import Encoders
import Files
import JSON
import Tensors

/// Writes sparse embeddings as JSON lines that the bulk loading of Elasticsearch and OpenSearch takes: a field of token weights, for
/// mappings of the types `rank_features` and `sparse_vector`.
public struct BulkDocuments {
    /// The index that an action line before each document names; without one there are documents only.
    public var indexName: String?
    /// The field of the weights.
    public var field = "tokens"
    /// One for each embedding; by default the numbers from 1.
    public var ids: [String]?
    /// One for each embedding, written as the field `text`.
    public var texts: [String]?

    public init() {}

    /// Writes the file in one step. Those fields take only weights above zero and no dots in names: other weights are left out, and a dot becomes
    /// an underscore, where of two names that become one the greater weight stays.
    ///
    /// - Throws: ``SearchIndexError`` if there are not as many ids or texts as embeddings, or a weight is not finite; `FileError`.
    public func write(_ embeddings: SparseMatrix, of model: SparseEncoder, to path: String) throws {
        for (name, list) in [("ids", ids), ("texts", texts)] {
            if let list, list.count != embeddings.rowCount {
                throw SearchIndexError("\(name) has \(list.count) entries for \(embeddings.rowCount) embeddings")
            }
        }
        if field == "text" && texts != nil { throw SearchIndexError("the weights cannot stand in the field 'text', which holds the texts") }
        let file = try AtomicFile(path)
        for row in 0..<embeddings.rowCount {
            let id = ids?[row] ?? String(row + 1)
            if let indexName {
                let action: JSONValue = ["index": ["_index": .string(indexName), "_id": .string(id)]]
                try file.append(action.serialized() + "\n")
            }
            var weights: [String: Float] = [:], names: [String] = []
            for (token, weight) in try model.decode(embeddings[row ..< row + 1], topK: nil)[0] {
                guard weight.isFinite else { throw SearchIndexError("embedding \(row + 1) has the weight \(weight) for '\(token)'") }
                let name = token.split(separator: ".", omittingEmptySubsequences: false).joined(separator: "_")
                guard weight >= .leastNormalMagnitude, !name.isEmpty else { continue }
                if weights[name] == nil { names.append(name) }
                weights[name] = max(weights[name] ?? 0, weight)
            }
            // The shortest digits that give the same float.
            let features = names.map { ($0, JSONValue.number(Double("\(weights[$0]!)") ?? Double(weights[$0]!))) }
            var document: [(String, JSONValue)] = indexName == nil ? [("id", .string(id))] : []
            if let texts { document.append(("text", .string(texts[row]))) }
            document.append((field, .object(JSONObject(features))))
            try file.append(JSONValue.object(JSONObject(document)).serialized() + "\n")
        }
        try file.commit()
    }
}
