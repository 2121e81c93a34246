import Files
import JSON

extension SentenceTransformer {
    /// Writes a folder that the reference's `SentenceTransformer` loads.
    public func save(to folder: String) throws {
        try AtomicFolder.replace(folder) { folder in
            try ModelSaving.writeWeights(transformer.parameters + unused, to: folder)
            try texts.save(to: folder)
            try ModelSaving.write(ModelSaving.transformerConfiguration(configuration.json, architecture: architecture), to: folder, "config.json")
            var settings = ModelSaving.sharedSettings(kind: kind, prompts: prompts, loaded: nil)
            settings["similarity_fn_name"] = .string(similarityFunction.rawValue)
            if let truncateDim { settings["truncate_dim"] = .integer(Int64(truncateDim)) }
            try ModelSaving.write(settings, to: folder, "config_sentence_transformers.json")
            try ModelSaving.writeTransformerSettings(
                task: "feature-extraction", method: "last_hidden_state", output: "token_embeddings", lowersCase: texts.lowersCase, to: folder)
            try saveStages(to: folder)
            try AtomicFile.write(modelCard, to: Path.join(folder, "README.md"))
        }
    }

    private func saveStages(to folder: String) throws {
        var modules = [("sentence_transformers.base.modules.transformer.Transformer", ""),
                       ("sentence_transformers.sentence_transformer.modules.pooling.Pooling", "1_Pooling")]
        try Folder.create(Path.join(folder, "1_Pooling"))
        try ModelSaving.write(pooling.json, to: Path.join(folder, "1_Pooling"), "config.json")
        for (stage, name) in zip(stages, stageFolders) {
            let place = Path.join(folder, name)
            try Folder.create(place)
            switch stage {
            case .dense(let dense):
                try ModelSaving.write(dense.json, to: place, "config.json")
                try ModelSaving.writeWeights(dense.parameters, to: place)
                modules.append(("sentence_transformers.base.modules.dense.Dense", name))
            case .normalize:
                try ModelSaving.write(["module_input_name": "sentence_embedding", "module_output_name": "sentence_embedding"], to: place, "config.json")
                modules.append(("sentence_transformers.base.modules.normalize.Normalize", name))
            }
        }
        try ModelSaving.writeModules(modules, to: folder)
    }

    private var architecture: String { configuration.family.classPrefix + "Model" }

    /// A short model card with the metadata that the hub reads.
    private var modelCard: String {
        """
        ---
        tags:
        - sentence-transformers
        - sentence-similarity
        - feature-extraction
        pipeline_tag: sentence-similarity
        library_name: sentence-transformers
        ---

        # SentenceTransformer

        A sentence-embedding model of the \(configuration.family.rawValue) family, written by sentx. It maps texts to vectors of \
        \(embeddingDimension) numbers, to be compared by \(similarityFunction.rawValue) similarity.

        - Maximum sequence length: \(texts.maximumLength) tokens
        - Pooling: \(pooling.modes.map(\.rawValue).joined(separator: ", "))

        ```lua
        local sentx = require "sentx"
        local model = sentx.SentenceTransformer("path/to/this/folder")
        print(model:encode({ "a sentence", "another" }):shape())
        ```

        """
    }
}
