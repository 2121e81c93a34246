import Encoders
import Tensors

extension SentenceTransformer {
    /// The embeddings that a student is to learn, of texts that may come several times: each is computed once, and kept in a
    /// folder for the next run if one is named.
    ///
    /// - Parameters:
    ///   - cacheFolder: where embeddings are kept; see ``EmbeddingCache``.
    ///   - log: gets a sentence on what the cache did.
    /// - Returns: `[texts, dimension]`
    public func precomputedEmbeddings(
        of texts: [String], cacheFolder: String? = nil, options: EncodeOptions = EncodeOptions(), log: ((String) -> Void)? = nil
    ) throws -> Tensor {
        var distinct: [String] = []
        var places: [String: Int] = [:]
        let rows = texts.map { text -> Int in
            if let place = places[text] { return place }
            places[text] = distinct.count
            distinct.append(text)
            return distinct.count - 1
        }
        if distinct.isEmpty { return try encode([], options: options) }
        var embeddings: Tensor
        if let cacheFolder {
            var kind = "teacher"
            if options.normalizeEmbeddings { kind += "_normalized" }
            if let task = options.task { kind += "_\(task)" }
            if let width = options.truncateDim ?? truncateDim { kind += "_\(width)" }
            embeddings = try EmbeddingCache(folder: cacheFolder, log: log).embeddings(
                of: distinct, kind: kind, prompt: EmbeddingPrompt(text: options.prompt,
                    name: options.promptName)) { try encode($0, options: options) }
        } else {
            embeddings = try encode(distinct, options: options)
        }
        if distinct.count < texts.count { embeddings = try embeddings.indexSelect(dim: 0, indices: rows) }
        return embeddings
    }
}
