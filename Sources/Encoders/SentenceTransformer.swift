import Files
import JSON
import Tensors
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
public final class SentenceTransformer: EncoderModel, SentenceEmbedder {
    public let kind = "SentenceTransformer"
    /// The folder that the model, or its first module, was loaded from.
    public let folder: String
    /// The modules in their order; the first one is an ``InputModule``.
    public let modules: [any Module]
    /// The first module, which reads texts.
    public let input: any InputModule
    /// Of the first module, or of the first route that has one.
    public let tokenizer: Tokenizer
    public var prompts: Prompts
    /// How embeddings are compared.
    public var similarityFunction: SimilarityFunction
    /// Leading elements of an embedding that `encode` keeps; nil keeps all.
    public var truncateDim: Int?
    /// What a user should know about how the model was loaded, a sentence each.
    public let notes: [String]
    /// Elements of an embedding before ``truncateDim``.
    private let width: Int

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
        let modules = try list.entries.enumerated().map { index, entry in
            try ModuleLoading.module(classPath: entry.classPath, folder: entry.folder, named: list.path, usesModuleSettings: true,
                                     maximumLength: index == 0 ? options.maxSequenceLength : nil)
        }
        if WeightedLayerPooling.transformers(in: modules).contains(where: { !$0.outputsAllLayers }) {
            notes.append("""
                \(folder): WeightedLayerPooling passes token embeddings on unchanged, because config.json does not say \
                \"output_hidden_states\": true
                """)
        }
        do {
            try self.init(modules: modules, folder: folder, notes: notes, options: options, saved: list.settings)
            if list.entries[0].folder == folder { transformer?.adapters.nameBase(path) }
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
        if let length = options.maxSequenceLength { maxSequenceLength = length }
    }

    private init(modules: [any Module], folder: String, notes: [String], options: SentenceTransformerOptions, saved: ConfigurationFile?) throws {
        guard let first = modules.first else {
            throw ModelError("a SentenceTransformer needs at least one module, such as Transformer or StaticEmbedding")
        }
        if let router = first as? Router, router.tokenizer == nil {
            throw ModelError("""
                the first module is a Router, and none of its routes begins with a module that reads texts, Transformer or \
                StaticEmbedding
                """)
        }
        guard let input = first as? any InputModule, let tokenizer = input.tokenizer else {
            throw ModelError("""
                the first module is \(first.type.rawValue), which does not read texts; begin with Transformer, StaticEmbedding \
                or Router
                """)
        }
        var widths = FeatureWidths()
        for (index, module) in modules.enumerated() {
            do { try module.check(&widths) } catch { throw ModelError("module \(index + 1): \(error)") }
        }
        guard let width = widths.sentence else {
            throw ModelError("no module makes a sentence embedding of the token embeddings; put a Pooling module behind the Transformer")
        }
        if options.maxSequenceLength != nil, input.maximumLength == nil {
            throw ModelError("max_seq_length does not apply: \(first.type.rawValue) reads texts of any length")
        }
        if let dim = options.truncateDim, dim < 1 { throw ModelError("truncate_dim: a whole number above 0 is wanted, it is \(dim)") }
        self.width = width
        self.modules = modules
        self.input = input
        self.tokenizer = tokenizer
        self.folder = folder
        self.notes = notes
        var prompts = options.prompts
        if let saved { prompts = try prompts.completed(by: saved) }
        for name in ["query", "document"] where prompts[name] == nil { prompts.texts.append((name, "")) }
        try prompts.check(where: "prompts")
        self.prompts = prompts
        similarityFunction = try options.similarity ?? saved.flatMap { try SimilarityFunction(in: $0) } ?? .cosine
        truncateDim = try options.truncateDim ?? saved.flatMap { ($0.object["truncate_dim"]?.isNull ?? true) ? nil : try $0.size("truncate_dim") }
    }

    /// The body of the first module; nil where that is no transformer.
    public var transformer: Transformer? { (modules[0] as? TransformerModule)?.transformer }

    /// The most tokens of a text, special tokens included; nil for no limit. Setting it above the model's positions sets it to them.
    public var maxSequenceLength: Int? {
        get { input.maximumLength }
        set { input.maximumLength = newValue }
    }

    /// Elements of an embedding.
    public var embeddingDimension: Int { truncateDim.map { min($0, width) } ?? width }

    /// Under the names of the reference's model: the place of the module from 0, then the name in the module.
    public var parameters: [NamedParameter] {
        NamedParameter.distinct(modules.enumerated().flatMap { index, module in
            module.parameters.map { NamedParameter(name: "\(index).\($0.name)", tensor: $0.tensor) }
        })
    }

    public var storedParameters: [StoredParameter] {
        zip(modules, moduleFolders).flatMap { module, folder in
            module.storedParameters.map {
                StoredParameter(file: folder.isEmpty ? $0.file : "\(folder)/\($0.file)", name: $0.name, tensor: $0.tensor)
            }
        }
    }

    public var isTraining = false {
        didSet { for module in modules { module.isTraining = isTraining } }
    }

    public var usesGradientCheckpointing = false {
        didSet { for module in modules { module.usesGradientCheckpointing = usesGradientCheckpointing } }
    }

    public func embeddings(_ input: TextInput) throws -> Tensor {
        try sentenceEmbedding(of: features(of: input))
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

    /// The folder of each module in a saved model.
    var moduleFolders: [String] {
        modules.enumerated().map { $0 == 0 ? "" : "\($0)_\($1.type.rawValue)" }
    }

    private func features(of input: TextInput, prepare: (inout ModuleFeatures) -> Void = { _ in }) throws -> ModuleFeatures {
        var features = ModuleFeatures(input)
        prepare(&features)
        try features.run(modules)
        return features
    }

    private func sentenceEmbedding(of features: ModuleFeatures) throws -> Tensor {
        guard let embedding = features.sentenceEmbedding else { throw ModelError("the modules made no sentence embedding for this batch") }
        return embedding
    }
}

extension SimilarityFunction {
    /// The one that a saved model names; nil if it names none.
    /// - Throws: ``ModelError`` for one that is not known.
    fileprivate init?(in settings: ConfigurationFile) throws {
        if settings.object["similarity_fn_name"]?.isNull ?? true { return nil }
        let name = try settings.string("similarity_fn_name")
        guard let function = SimilarityFunction(rawValue: name) else {
            let known = SimilarityFunction.allCases.map(\.rawValue).joined(separator: ", ")
            throw ModelError("\(settings.path): similarity_fn_name \"\(name)\" is not supported; supported are \(known)")
        }
        self = function
    }
}
