import Files
import JSON
import Tensors
import TextFormat
import Tokenizers

/// What a ``SentenceTransformer`` is made with; nil takes what the folder says.
public struct SentenceTransformerOptions {
    /// The most tokens of a text, special tokens included. Default: the folder's, at most the model's positions.
    public var maxSequenceLength: Int?
    /// Texts put before inputs, added to the folder's.
    public var prompts: Prompts
    /// Default: the folder's, else cosine.
    public var similarity: SimilarityFunction?
    /// Leading elements of an embedding to keep.
    public var truncateDim: Int?

    public init(maxSequenceLength: Int? = nil, prompts: Prompts = Prompts(), similarity: SimilarityFunction? = nil, truncateDim: Int? = nil) {
        self.maxSequenceLength = maxSequenceLength
        self.prompts = prompts
        self.similarity = similarity
        self.truncateDim = truncateDim
    }
}

/// Turns texts into vectors by a sequence of modules: mostly a transformer, pooling and what comes after.
public final class SentenceTransformer: ModularModel {
    public let kind = "SentenceTransformer"
    /// The folder that the model, or its first module, was loaded from.
    public let folder: String
    public let sequence: ModuleSequence
    public var prompts: Prompts
    /// How embeddings are compared.
    public var similarityFunction: SimilarityFunction
    /// Leading elements of an embedding that `encode` keeps; nil keeps all.
    public var truncateDim: Int?
    /// What a user should know about how the model was loaded, a sentence each.
    public let notes: [String]
    /// Loads a model folder, or a bare transformer, whose token embeddings are averaged.
    ///
    /// - Parameter path: a folder or a name; see ``ModelFolder/resolve(_:organization:)``.
    /// - Throws: ``ModelError`` or the tokenizer's error, naming file and key.
    public convenience init(path: String, options: SentenceTransformerOptions = SentenceTransformerOptions()) throws {
        let folder = try ModelFolder.resolve(path, organization: "sentence-transformers")
        let list = try ModuleList(folder: folder)
        let savedKind = list.settings?.object["model_type"]?.asString ?? "SentenceTransformer"
        var notes: [String] = []
        guard savedKind == "SentenceTransformer", !list.entries.isEmpty else {
            let transformer = try TransformerModule(folder: list.transformerFolder(), usesModuleSettings: false,
                maximumLength: options.maxSequenceLength)
            let reason = list.entries.isEmpty ? "has no modules.json" : "was saved as a \(savedKind)"
            notes.append("\(folder) \(reason): embeddings are the mean of its token embeddings")
            try self.init(modules: [transformer, Pooling(width: transformer.configuration.hiddenSize)], folder: folder, notes: notes,
                          options: options, saved: nil)
            return
        }
        let modules = try ModuleSequence.load(list, maximumLength: options.maxSequenceLength)
        if WeightedLayerPooling.transformers(in: modules).contains(where: { !$0.outputsAllLayers }) {
            notes.append("""
                \(folder): WeightedLayerPooling passes token embeddings on unchanged, because config.json does not say \
                \"output_hidden_states\": true
                """)
        }
        do {
            try self.init(modules: modules, folder: folder, notes: notes, options: options, saved: list.settings)
            if list.entries[0].folder == folder { (modules[0] as? TransformerModule)?.transformer.adapters.nameBase(path) }
        } catch let error as ModelError where !error.description.contains(folder) {
            throw ModelError("\(list.path): \(error)")
        }
    }

    /// Makes a model of modules. A `WeightedLayerPooling` switches the transformer before it to giving the outputs of all layers.
    ///
    /// - Throws: ``ModelError`` where a module does not fit behind those before it, or where no module makes a sentence embedding.
    public convenience init(modules: [any Module], options: SentenceTransformerOptions = SentenceTransformerOptions()) throws {
        for transformer in WeightedLayerPooling.transformers(in: modules) { transformer.outputsAllLayers = true }
        let folder = (modules.first as? TransformerModule)?.folder ?? (modules.first as? StaticEmbedding)?.folder ?? ""
        try self.init(modules: modules, folder: folder, notes: [], options: options, saved: nil)
        if let length = options.maxSequenceLength { try setMaxSequenceLength(length) }
    }

    private init(modules: [any Module], folder: String, notes: [String], options: SentenceTransformerOptions, saved: ConfigurationFile?) throws {
        sequence = try ModuleSequence(modules, kind: "SentenceTransformer", pooling: "Pooling", maximumLength: options.maxSequenceLength)
        if let dim = options.truncateDim, dim < 1 { throw ModelError("truncate_dim: a whole number above 0 is wanted, it is \(dim)") }
        self.folder = folder
        self.notes = notes
        prompts = try options.prompts.completedForTexts(by: saved)
        similarityFunction = try options.similarity ?? saved.flatMap { try SimilarityFunction(in: $0) } ?? .cosine
        truncateDim = try options.truncateDim ?? saved.flatMap { ($0.object["truncate_dim"]?.isNull ?? true) ? nil : try $0.size("truncate_dim") }
    }

    /// Elements of an embedding.
    public var embeddingDimension: Int { truncateDim.map { min($0, sequence.width) } ?? sequence.width }

    public var isTraining = false {
        didSet { for module in modules { module.isTraining = isTraining } }
    }

    public var usesGradientCheckpointing = false {
        didSet { for module in modules { module.usesGradientCheckpointing = usesGradientCheckpointing } }
    }

    public func layerEmbeddings(_ input: TextInput) throws -> [Tensor] {
        let first = try features(of: input) { $0.wantsLayers = true }
        guard let layers = first.layers else { throw ModelError("this model has no transformer layers whose outputs could be embeddings") }
        return try layers.indices.map { index in
            if index == layers.count - 1 { return try sentenceEmbedding(of: first) }
            return try sentenceEmbedding(of: features(of: input) {
                $0.offsets = first.offsets
                $0.promptLength = first.promptLength
                $0.layers = layers
                $0.replayedLayer = index
            })
        }
    }

    /// The token embeddings that the last module leaves, one tensor `[tokens, width]` for each text, on the tape.
    /// - Throws: ``ModelError`` for models without them, such as static embeddings.
    public func tokenEmbeddings(_ input: TextInput) throws -> [Tensor] {
        let features = try features(of: input) { $0.wantsTokens = true }
        guard let tokens = features.tokenEmbeddings else { throw ModelError("this model computes no token embeddings") }
        return try input.texts.indices.map {
            try tokens.narrow(dim: 0, start: features.offsets[$0], length: features.offsets[$0 + 1] - features.offsets[$0])
        }
    }
}

extension SimilarityFunction {
    /// The one that a saved model names; nil if it names none.
    /// - Throws: ``ModelError`` for one that is not known.
    init?(in settings: ConfigurationFile) throws {
        if settings.object["similarity_fn_name"]?.isNull ?? true { return nil }
        let name = try settings.string("similarity_fn_name")
        guard let function = SimilarityFunction(rawValue: name) else {
            let known = SimilarityFunction.allCases.map(\.rawValue).joined(separator: ", ")
            throw ModelError("\(settings.path): similarity_fn_name \"\(name)\" is not supported; supported are \(known)")
        }
        self = function
    }
}
