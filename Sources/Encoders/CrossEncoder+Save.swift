import Files
import JSON

extension CrossEncoder {
    /// Writes a folder that the reference's `CrossEncoder` loads: weights, tokenizer, settings and a model card.
    public func save(to folder: String) throws {
        try ModelSaving.replace(folder, adapters: [("", transformer.adapters)]) { folder in
            if transformer.adapters.isEmpty {
                try ModelSaving.writeWeights(ownParameters, to: folder)
                try ModelSaving.write(savedConfiguration, to: folder, "config.json")
            } else {
                try transformer.adapters.save(to: folder)
            }
            try texts.save(to: folder)
            var settings = ModelSaving.sharedSettings(kind: kind, prompts: prompts, loaded: nil)
            settings["activation_fn"] = .string(activation.path)
            try ModelSaving.write(settings, to: folder, "config_sentence_transformers.json")
            try ModelSaving.writeTransformerSettings(
                task: "sequence-classification", method: "logits", output: "scores", lowersCase: texts.lowersCase, to: folder)
            try ModelSaving.writeModules([("sentence_transformers.base.modules.transformer.Transformer", "")], to: folder)
            try AtomicFile.write(modelCard, to: Path.join(folder, "README.md"))
        }
    }

    private var savedConfiguration: JSONObject {
        var object = ModelSaving.transformerConfiguration(configuration.json, architecture: configuration.family.classPrefix
            + "ForSequenceClassification")
        object["num_labels"] = nil
        if object["id2label"]?.asObject?.count != numLabels {
            let labels = (0..<numLabels).map { ($0, "LABEL_\($0)") }
            object["id2label"] = .object(JSONObject(labels.map { (String($0), .string($1)) }))
            object["label2id"] = .object(JSONObject(labels.map { ($1, .integer(Int64($0))) }))
        }
        return object
    }

    /// A short model card with the metadata that the hub reads.
    private var modelCard: String {
        """
        ---
        tags:
        - sentence-transformers
        - cross-encoder
        - reranker
        \(ModelSaving.cardTags(adapters))pipeline_tag: text-\(numLabels == 1 ? "ranking" : "classification")
        library_name: sentence-transformers
        ---

        # CrossEncoder

        A cross-encoder of the \(configuration.family.rawValue) family, trained with sentx. It reads two texts together and gives \
        \(numLabels == 1 ? "a score" : "\(numLabels) scores").

        - Maximum sequence length: \(texts.maximumLength) tokens
        - Outputs: \(numLabels)
        - Layers: \(configuration.layerCount), hidden size \(configuration.hiddenSize)

        \(ModelSaving.cardText(adapters))```lua
        local sentx = require "sentx"
        local model = sentx.CrossEncoder("path/to/this/folder")
        print(model:predict({ { "a query", "a document" } }))
        ```

        ```python
        from sentence_transformers import CrossEncoder
        model = CrossEncoder("path/to/this/folder")
        print(model.predict([("a query", "a document")]))
        ```

        """
    }
}
