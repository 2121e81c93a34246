import Files
import JSON

extension SentenceTransformer {
    /// Writes a folder that the reference's `SentenceTransformer` loads.
    public func save(to folder: String) throws {
        try ModelSaving.replace(folder, adapters: adapterPlaces) { folder in
            try writeModules(to: folder)
            var settings = ModelSaving.sharedSettings(kind: kind, prompts: prompts, loaded: nil)
            settings["similarity_fn_name"] = .string(similarityFunction.rawValue)
            if let truncateDim { settings["truncate_dim"] = .integer(Int64(truncateDim)) }
            try ModelSaving.write(settings, to: folder, "config_sentence_transformers.json")
            try AtomicFile.write(modelCard, to: Path.join(folder, "README.md"))
        }
    }

    /// A short model card with the metadata that the hub reads.
    private var modelCard: String {
        let list = modules.enumerated().map { "\($0 + 1). \($1.type.rawValue)" }.joined(separator: "\n")
        let length = maxSequenceLength.map { "\($0) tokens" } ?? "unlimited"
        return """
        ---
        tags:
        - sentence-transformers
        - sentence-similarity
        - feature-extraction
        \(ModelSaving.cardTags(adapters))pipeline_tag: sentence-similarity
        library_name: sentence-transformers
        ---

        # SentenceTransformer

        A sentence-embedding model, written by sentx. It maps texts to vectors of \(embeddingDimension) numbers, to be compared by \
        \(similarityFunction.rawValue) similarity.

        - Maximum sequence length: \(length)
        - Output dimension: \(embeddingDimension)
        - Similarity function: \(similarityFunction.rawValue)

        Modules:

        \(list)

        \(ModelSaving.cardText(adapters))```lua
        local sentx = require "sentx"
        local model = sentx.SentenceTransformer("path/to/this/folder")
        print(model:encode({ "a sentence", "another" }):shape())
        ```

        ```python
        from sentence_transformers import SentenceTransformer
        model = SentenceTransformer("path/to/this/folder")
        print(model.encode(["a sentence", "another"]).shape)
        ```

        """
    }
}
