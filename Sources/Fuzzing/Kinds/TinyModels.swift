import Files
import JSON
import SafeTensors

/// Model folders of a few kilobytes: transformers of every family, and around them every module that sentx has.
enum TinyModels {
    /// Families, by `model_type`.
    static let families = ["bert", "roberta", "xlm-roberta", "distilbert", "mpnet"]
    /// Folders with `modules.json`.
    static let modular = ["mean", "pooled", "layers", "static", "router", "splade", "sparse-router", "autoencoder"]
    static let adapters = ["lora"]
    static let hidden = 8

    /// Makes the folders below `folder` that are not there.
    static func write(to folder: String) throws {
        guard !Folder.exists(Path.join(folder, adapters[0])) else { return }
        for family in families { try writeTransformer(family, to: Path.join(folder, family)) }
        try ScriptHost().run("local folder = \"\(folder)/\"\n" + script)
    }

    /// Saves models by the writers that users have.
    private static let script = """
        local m = sentx.models
        sentx.manual_seed(1)
        local function save(name, modules, make)
          (make or sentx.SentenceTransformer) { modules = modules }:save_pretrained(folder .. name)
        end
        local function transformer(family, task) return m.Transformer(folder .. family, { transformer_task = task, max_seq_length = 16 }) end
        save("mean", { transformer("bert"), m.Pooling(8, "mean"), m.Normalize() })
        save("pooled", { transformer("bert"), m.Pooling(8, { "cls", "max", "mean", "weightedmean", "lasttoken" }), m.LayerNorm(40),
          m.Dense { in_features = 40, out_features = 6, activation_function = "PReLU", use_residual = true }, m.Dropout(0.1) })
        save("layers", { transformer("bert"), m.WeightedLayerPooling(8, { num_hidden_layers = 2, layer_start = 1 }), m.Pooling(8) })
        save("static", { m.StaticEmbedding(folder .. "bert", { embedding_dim = 6 }), m.Normalize() })
        save("router", { m.Router.for_query_document({ m.StaticEmbedding(folder .. "bert", { embedding_dim = 8 }) },
          { transformer("bert"), m.Pooling(8) }) })
        save("splade", { transformer("bert", "fill-mask"), m.SpladePooling("max") }, sentx.SparseEncoder)
        save("sparse-router", { m.Router.for_query_document({ m.SparseStaticEmbedding(folder .. "bert") },
          { transformer("bert", "fill-mask"), m.SpladePooling("sum") }) }, sentx.SparseEncoder)
        save("autoencoder", { transformer("bert"), m.Pooling(8), m.SparseAutoEncoder(8, { hidden_dim = 12, k = 3, k_aux = 4 }) }, sentx.SparseEncoder)
        sentx.CrossEncoder(folder .. "bert", { num_labels = 2 }):save_pretrained(folder .. "reranker")
        local model = sentx.SentenceTransformer(folder .. "mean")
        model:add_adapter { r = 2, target_modules = { "query", "value" }, rank_pattern = { ["layer.0.attention.self.query"] = 3 } }
        model:save_pretrained(folder .. "lora")
        """

    private static func writeTransformer(_ family: String, to folder: String) throws {
        try TinyTokenizer.write(TinyTokenizer.wordPiece, to: folder)
        var config: JSONObject = ["model_type": .string(family), "vocab_size": .integer(Int64(TinyTokenizer.wordPieces.count)), "max_position_embeddings": 24]
        let names = family == "distilbert" ? ["dim", "n_layers", "n_heads", "hidden_dim"]
            : ["hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size"]
        for (name, value) in zip(names, [hidden, 2, 2, 16]) { config[name] = .integer(Int64(value)) }
        if family == "bert" { config["type_vocab_size"] = 2 }
        if family == "mpnet" { config["relative_attention_num_buckets"] = 32 }
        if family.hasSuffix("roberta") {
            config["type_vocab_size"] = 1
            config["pad_token_id"] = 1
        }
        config["layer_norm_eps"] = .number(1e-5)
        try PlainFile.write(Array(JSONValue.object(config).serialized(pretty: true).utf8), to: Path.join(folder, "config.json"))
        try write(shapes(family), to: Path.join(folder, "model.safetensors"))
    }

    private static func shapes(_ family: String) -> [(String, [Int])] {
        let words = TinyTokenizer.wordPieces.count, inner = 16
        var list: [(String, [Int])] = [("embeddings.word_embeddings.weight", [words, hidden]), ("embeddings.position_embeddings.weight", [24, hidden])]
        func norm(_ name: String) { list += [("\(name).weight", [hidden]), ("\(name).bias", [hidden])] }
        func linear(_ name: String, _ outputs: Int, _ inputs: Int) { list += [("\(name).weight", [outputs, inputs]), ("\(name).bias", [outputs])] }
        norm("embeddings.LayerNorm")
        if family == "bert" || family.hasSuffix("roberta") { list.append(("embeddings.token_type_embeddings.weight", [family == "bert" ? 2 : 1, hidden])) }
        if family == "mpnet" { list.append(("encoder.relative_attention_bias.weight", [32, 2])) }
        let isDistilled = family == "distilbert"
        for layer in 0..<2 {
            let prefix = (isDistilled ? "transformer" : "encoder") + ".layer.\(layer)."
            let projections = isDistilled ? ["attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin"]
                : family == "mpnet" ? ["attention.attn.q", "attention.attn.k", "attention.attn.v", "attention.attn.o"]
                : ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"]
            for name in projections { linear(prefix + name, hidden, hidden) }
            norm(prefix + (isDistilled ? "sa_layer_norm" : family == "mpnet" ? "attention.LayerNorm" : "attention.output.LayerNorm"))
            linear(prefix + (isDistilled ? "ffn.lin1" : "intermediate.dense"), inner, hidden)
            linear(prefix + (isDistilled ? "ffn.lin2" : "output.dense"), hidden, inner)
            norm(prefix + (isDistilled ? "output_layer_norm" : "output.LayerNorm"))
        }
        return list
    }

    /// Small random numbers; norms begin at 1.
    private static func write(_ shapes: [(String, [Int])], to path: String) throws {
        var random = RandomSource(seed: 7)
        let values = shapes.map { name, shape -> [Float] in
            let isScale = name.contains("orm.weight") || name.contains("norm.weight")
            return (0..<shape.reduce(1, *)).map { _ in isScale ? 1 : Float(random.below(2001) - 1000) / 4000 }
        }
        let starts = values.reduce(into: [0]) { $0.append($0.last! + $1.count) }
        try values.flatMap { $0 }.withUnsafeBytes { raw in
            try SafeTensorsWriter.write(to: path, tensors: zip(shapes, starts).map { shape, start in
                let end = start + shape.1.reduce(1, *)
                return SafeTensorsOutput(name: shape.0, dtype: .float32, shape: shape.1, bytes: UnsafeRawBufferPointer(rebasing: raw[(start * 4)..<(end * 4)]))
            }, metadata: ["format": "pt"])
        }
    }
}
