import JSON
import Tensors
import Tokenizers

/// One step of a ``SentenceTransformer``: it reads some of the features of a batch and adds or replaces others.
///
/// A module is an object, so that two routes of a ``Router`` can share one.
public protocol Module: AnyObject {
    /// Its class in the reference.
    var type: ModuleType { get }

    /// Elements of what it gives; nil where it passes on what it gets.
    var embeddingDimension: Int? { get }

    /// Checks that it fits behind the modules before it, and says what it makes of their widths.
    /// - Throws: ``ModelError``
    func check(_ widths: inout FeatureWidths) throws

    /// Computes on the tape, with dropout while ``isTraining``.
    func forward(_ features: inout ModuleFeatures) throws

    /// Every tensor that can be trained, under the name that the reference's module gives it.
    var parameters: [NamedParameter] { get }

    /// Every parameter with its place within the module's own folder.
    /// - Throws: ``ModelError`` where it cannot be saved as it is.
    var storedParameters: [StoredParameter] { get throws }

    /// The transformers in it, depth first, with their folders within the module's own, empty for the same.
    var transformerPlaces: [(folder: String, module: TransformerModule)] { get }

    /// Whether dropout is active.
    var isTraining: Bool { get set }

    /// Whether activations of layers are computed again in the backward pass instead of kept.
    var usesGradientCheckpointing: Bool { get set }

    /// Writes the module into a folder that exists.
    func save(to folder: String) throws

    /// The options that describe it, under the names of the reference's constructor.
    var settings: JSONObject { get }
}

/// A module that reads texts, and so can be the first.
public protocol InputModule: Module {
    /// The tokenizer of the first route that has one.
    var tokenizer: Tokenizer? { get }

    /// The most tokens of a text, special tokens included; nil for no limit.
    var maximumLength: Int? { get }

    /// Says what texts are cut to.
    /// - Throws: ``ModelError`` for a length below 1 or above the model's positions, or a module that cannot be told.
    func setMaximumLength(_ length: Int) throws
}

extension Module {
    public var embeddingDimension: Int? { nil }
    public var parameters: [NamedParameter] { [] }
    public var storedParameters: [StoredParameter] {
        parameters.map { StoredParameter(file: "model.safetensors", name: $0.name, tensor: $0.tensor) }
    }
    public var transformerPlaces: [(folder: String, module: TransformerModule)] { [] }
    public var isTraining: Bool {
        get { false }
        set {}
    }
    public var usesGradientCheckpointing: Bool {
        get { false }
        set {}
    }

    /// Writes ``settings``, and ``parameters`` if there are any.
    public func save(to folder: String) throws {
        try ModelSaving.write(settings, to: folder, "config.json")
        if !parameters.isEmpty { try ModelSaving.writeWeights(parameters, to: folder) }
    }
}

/// The modules that can stand in `modules.json`, by the last part of their class path.
public enum ModuleType: String, CaseIterable, Sendable {
    case transformer = "Transformer"
    case pooling = "Pooling"
    case dense = "Dense"
    case normalize = "Normalize"
    case layerNorm = "LayerNorm"
    case dropout = "Dropout"
    case weightedLayerPooling = "WeightedLayerPooling"
    case staticEmbedding = "StaticEmbedding"
    case router = "Router"
    case spladePooling = "SpladePooling"
    case sparseStaticEmbedding = "SparseStaticEmbedding"
    case sparseAutoEncoder = "SparseAutoEncoder"

    /// Reads the last part of a class path; `Asym` is the older name of `Router`, and `MLMTransformer` that of a `Transformer` with a
    /// vocabulary head.
    init?(className: String) {
        self.init(rawValue: className == "Asym" ? "Router" : className == "MLMTransformer" ? "Transformer" : className)
    }

    /// The class path that the reference writes.
    var path: String {
        switch self {
        case .transformer, .dense, .normalize, .router: return "sentence_transformers.base.modules.\(rawValue.lowercased()).\(rawValue)"
        case .pooling, .dropout: return "sentence_transformers.sentence_transformer.modules.\(rawValue.lowercased()).\(rawValue)"
        case .layerNorm: return "sentence_transformers.sentence_transformer.modules.layer_norm.LayerNorm"
        case .weightedLayerPooling: return "sentence_transformers.sentence_transformer.modules.weighted_layer_pooling.WeightedLayerPooling"
        case .spladePooling: return "sentence_transformers.sparse_encoder.modules.splade_pooling.SpladePooling"
        case .sparseStaticEmbedding: return "sentence_transformers.sparse_encoder.modules.sparse_static_embedding.SparseStaticEmbedding"
        case .sparseAutoEncoder: return "sentence_transformers.sparse_encoder.modules.sparse_auto_encoder.SparseAutoEncoder"
        case .staticEmbedding: return "sentence_transformers.sentence_transformer.modules.static_embedding.StaticEmbedding"
        }
    }
}
