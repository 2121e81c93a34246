import Encoders
import Files

/// Folders of models, of which one file or several are spoilt.
class ModelFolderKind: FuzzKind {
    class var name: String { "" }
    class var summary: String { "" }
    /// The folders that inputs begin with.
    class var folders: [String] { [] }
    /// Keys and values of the files.
    class var words: [String] { [] }

    let workspace: String
    let source: String

    required init(workspace: String) throws {
        self.workspace = workspace
        source = Path.join(workspace, "source")
        try TinyModels.write(to: source)
    }

    func seeds() throws -> [[UInt8]] { Self.folders.map { FolderInput(folder: $0).bytes } }

    func mutated(_ input: [UInt8], _ random: inout RandomSource) -> [UInt8] {
        FolderInput(input).mutated(&random, from: source) { name, bytes, random in
            if name.hasSuffix(".safetensors") { return SafeTensorsMutation.mutated(bytes, &random) }
            return name.hasSuffix(".json") ? JSONMutation.mutated(bytes, words: Self.words, &random) : ByteMutation.mutated(bytes, &random)
        }.bytes
    }

    func attempt(_ input: [UInt8]) throws {
        let folder = Path.join(workspace, "folder"), copy = Path.join(workspace, "copy"), input = FolderInput(input)
        try input.write(to: folder, from: source, names: Self.folders)
        try? Folder.remove(copy)
        try load(folder, copy: copy, input: input)
    }

    /// Reads the folder as a model and uses it.
    func load(_ folder: String, copy: String, input: FolderInput) throws {}
}

final class ConfigurationKind: ModelFolderKind {
    override class var name: String { "config" }
    override class var summary: String { "config.json, weights and settings of transformers and rerankers" }
    override class var folders: [String] { TinyModels.families + ["reranker"] }
    override class var words: [String] {
        ["model_type", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "vocab_size", "max_position_embeddings", "type_vocab_size", "hidden_act",
         "pad_token_id", "layer_norm_eps", "id2label", "num_labels", "architectures", "dim", "n_layers", "n_heads", "hidden_dim", "position_embedding_type", "gelu", "relu", "gelu_new",
         "relative_attention_num_buckets", "tie_word_embeddings", "hidden_dropout_prob", "initializer_range", "sentence_transformers", "activation_fn"] + TinyModels.families
    }

    override func load(_ folder: String, copy: String, input: FolderInput) throws {
        if input.folder == "reranker" {
            try ModelCheck.use(CrossEncoder(path: folder), copy: copy)
        } else {
            try ModelCheck.use(SentenceTransformer(path: folder), copy: copy)
        }
    }
}

final class ModulesKind: ModelFolderKind {
    override class var name: String { "modules" }
    override class var summary: String { "modules.json, and the files of every module" }
    override class var folders: [String] { TinyModels.modular }
    override class var words: [String] {
        ["sentence_transformers.models.Transformer", "sentence_transformers.models.Pooling", "sentence_transformers.models.Dense", "sentence_transformers.models.Normalize",
         "sentence_transformers.models.Router", "sentence_transformers.models.StaticEmbedding", "sentence_transformers.models.WeightedLayerPooling",
         "sentence_transformers.sparse_encoder.models.SpladePooling", "sentence_transformers.sparse_encoder.models.SparseAutoEncoder", "idx", "name", "path", "type",
         "word_embedding_dimension", "embedding_dimension", "pooling_mode", "pooling_mode_mean_tokens", "pooling_mode_cls_token", "include_prompt", "in_features", "out_features",
         "bias", "activation_function", "torch.nn.modules.activation.Tanh", "input_dim", "hidden_dim", "k", "k_aux", "num_hidden_layers", "layer_start", "types", "structure",
         "parameters", "default_route", "route_mappings", "allow_empty_key", "query", "document", "query_0_StaticEmbedding", "('query', None)", "max_seq_length", "prompts",
         "default_prompt_name", "similarity_fn_name", "cosine", "model_type", "SparseEncoder", "", ".", "1_Pooling", "frozen", "transformer_task", "fill-mask"]
    }

    override func load(_ folder: String, copy: String, input: FolderInput) throws {
        if ["splade", "sparse-router", "autoencoder"].contains(input.folder) {
            try ModelCheck.use(SparseEncoder(path: folder), copy: copy)
        } else {
            try ModelCheck.use(SentenceTransformer(path: folder), copy: copy)
        }
    }
}

final class AdapterKind: ModelFolderKind {
    override class var name: String { "adapter" }
    override class var summary: String { "adapters in PEFT's format" }
    override class var folders: [String] { TinyModels.adapters }
    override class var words: [String] {
        ["LORA", "r", "lora_alpha", "target_modules", "exclude_modules", "modules_to_save", "layers_to_transform", "layers_pattern", "rank_pattern", "alpha_pattern", "use_rslora",
         "base_model_name_or_path", "query", "value", "key", "dense", "all-linear", "bias", "lora_only", ".*", "(query|value)", "(a|b)*", "layer", "encoder.layer.0.attention.self.query",
         "init_lora_weights", "gaussian", "task_type", "fan_in_fan_out", "modules", "../mean", "."]
    }

    /// As a model of its own, and as an adapter of another.
    override func load(_ folder: String, copy: String, input: FolderInput) throws {
        let model = try SentenceTransformer(path: Path.join(source, "mean"))
        if let adapters = model.adapters {
            try adapters.load(folder: folder, name: "other")
            _ = try model.encode(ModelCheck.texts)
            try adapters.merge()
            _ = try model.encode(ModelCheck.texts)
            try adapters.unmerge()
        }
        try ModelCheck.use(SentenceTransformer(path: folder), copy: copy)
    }
}
