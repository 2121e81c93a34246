import Files
import JSON

extension SparseEncoder {
    /// Writes a folder that the reference's `SparseEncoder` loads.
    public func save(to folder: String) throws {
        try ModelSaving.replace(folder, adapters: adapterPlaces) { folder in
            try writeModules(to: folder)
            var settings = ModelSaving.sharedSettings(kind: kind, prompts: prompts, loaded: nil)
            settings["similarity_fn_name"] = .string(similarityFunction.rawValue)
            try ModelSaving.write(settings, to: folder, "config_sentence_transformers.json")
            try AtomicFile.write(modelCard, to: Path.join(folder, "README.md"))
        }
    }

    /// A short model card with the metadata that the hub reads.
    private var modelCard: String {
        let list = modules.enumerated().map { "\($0 + 1). \($1.type.rawValue)" }.joined(separator: "\n")
        let isSplade = modules.contains { $0 is SpladePooling }
        return """
        ---
        tags:
        - sentence-transformers
        - sparse-encoder
        - sparse
        \(isSplade ? "- splade\n" : "")\(ModelSaving.cardTags(adapters))pipeline_tag: feature-extraction
        library_name: sentence-transformers
        ---

        # SparseEncoder

        A sparse encoder, written by sentx. It maps texts to vectors of \(embeddingDimension) numbers, most of them zero, to be compared \
        by \(similarityFunction.rawValue) similarity.

        - Maximum sequence length: \(maxSequenceLength.map { "\($0) tokens" } ?? "unlimited")
        - Output dimension: \(embeddingDimension)
        - Similarity function: \(similarityFunction.rawValue)

        Modules:

        \(list)

        \(ModelSaving.cardText(adapters))```lua
        local sentx = require "sentx"
        local model = sentx.SparseEncoder("path/to/this/folder")
        print(model:decode(model:encode("a sentence"), 10))
        ```

        ```python
        from sentence_transformers import SparseEncoder
        model = SparseEncoder("path/to/this/folder")
        print(model.decode(model.encode("a sentence"), top_k=10))
        ```

        """
    }
}
