import Files
import Tensors
import TextFormat
import Tokenizers

/// What a ``SparseEncoder`` is made with; nil takes what the folder says.
public struct SparseEncoderOptions {
    /// The most tokens of a text, special tokens included. Default: the folder's, at most the model's positions.
    public var maxSequenceLength: Int?
    /// Texts put before inputs, added to the folder's.
    public var prompts: Prompts
    /// Default: the folder's, else the dot product.
    public var similarity: SimilarityFunction?
    /// The greatest elements of an embedding that `encode` keeps; nil keeps all.
    public var maxActiveDims: Int?

    public init(maxSequenceLength: Int? = nil, prompts: Prompts = Prompts(), similarity: SimilarityFunction? = nil, maxActiveDims: Int? = nil) {
        self.maxSequenceLength = maxSequenceLength
        self.prompts = prompts
        self.similarity = similarity
        self.maxActiveDims = maxActiveDims
    }
}

/// Turns texts into sparse vectors: mostly a weight for every word of the vocabulary, of which few are not zero.
public final class SparseEncoder: ModularModel {
    public let kind = "SparseEncoder"
    public let folder: String
    public let sequence: ModuleSequence
    public var prompts: Prompts
    /// How embeddings are compared.
    public var similarityFunction: SimilarityFunction
    /// The greatest elements of an embedding that `encode` keeps; nil keeps all.
    public var maxActiveDims: Int?
    /// What a user should know about how the model was loaded, a sentence each.
    public let notes: [String]

    /// Loads a saved sparse encoder, or a transformer, whose vocabulary head is pooled by ``SpladePooling``; a head that the folder
    /// does not have is made fresh.
    ///
    /// - Parameters:
    ///   - path: a folder or a name; see ``ModelFolder/resolve(_:organization:)``.
    ///   - generator: makes a fresh head.
    /// - Throws: ``ModelError`` or the tokenizer's error, naming file and key.
    public convenience init(path: String, options: SparseEncoderOptions = SparseEncoderOptions(), generator: Generator = .shared) throws {
        let folder = try ModelFolder.resolve(path, organization: "sparse-encoder")
        let list = try ModuleList(folder: folder)
        let savedKind = list.settings?.object["model_type"]?.asString
        let isOwn = savedKind == "SparseEncoder" || (savedKind == nil && list.entries.contains { $0.classPath.contains("sparse_encoder") })
        guard isOwn, !list.entries.isEmpty else {
            let transformer = try TransformerModule(folder: list.transformerFolder(), usesModuleSettings: false,
                maximumLength: options.maxSequenceLength, task: .fillMask, generator: generator)
            let reason = list.entries.isEmpty ? "has no modules.json" : "was saved as a \(savedKind ?? "SentenceTransformer")"
            try self.init(modules: [transformer, SpladePooling()], folder: folder,
                          notes: ["\(folder) \(reason): embeddings are the scores of its vocabulary head, pooled by SpladePooling"],
                          options: options, saved: nil)
            return
        }
        do {
            try self.init(modules: ModuleSequence.load(list, maximumLength: options.maxSequenceLength), folder: folder, notes: [],
                          options: options, saved: list.settings)
            if list.entries[0].folder == folder { (modules[0] as? TransformerModule)?.transformer.adapters.nameBase(path) }
        } catch let error as ModelError where !error.description.contains(folder) {
            throw ModelError("\(list.path): \(error)")
        }
    }

    /// Makes a model of modules.
    /// - Throws: ``ModelError`` where a module does not fit behind those before it, or where no module makes an embedding.
    public convenience init(modules: [any Module], options: SparseEncoderOptions = SparseEncoderOptions()) throws {
        try self.init(modules: modules, folder: (modules.first as? TransformerModule)?.folder ?? "", notes: [], options: options, saved: nil)
        if let length = options.maxSequenceLength { try setMaxSequenceLength(length) }
    }

    private init(modules: [any Module], folder: String, notes: [String], options: SparseEncoderOptions, saved: ConfigurationFile?) throws {
        if let count = options.maxActiveDims, count < 1 { throw ModelError("max_active_dims: a whole number above 0 is wanted, it is \(count)") }
        sequence = try ModuleSequence(modules, kind: "SparseEncoder", pooling: "SpladePooling", maximumLength: options.maxSequenceLength)
        self.folder = folder
        prompts = try options.prompts.completedForTexts(by: saved)
        similarityFunction = try options.similarity ?? saved.flatMap { try SimilarityFunction(in: $0) } ?? .dot
        maxActiveDims = options.maxActiveDims ?? modules.lazy.compactMap { $0 as? SparseAutoEncoder }.first?.options.k
        let heads = Self.heads(of: modules)
        self.notes = notes + (heads.contains(where: \.isNew) ? ["""
            \(folder) has no masked-language-model head: a new one was made, train it (first as a masked language model) before use
            """] : [])
    }

    /// Elements of an embedding, zeros included.
    public var embeddingDimension: Int { sequence.width }

    /// Whether a vocabulary head was made fresh, because the folder has none, and has not learnt to guess words since.
    public var isHeadNew: Bool { Self.heads(of: modules).contains(where: \.isNew) }

    public var isTraining = false {
        didSet { for module in modules { module.isTraining = isTraining } }
    }

    public var usesGradientCheckpointing = false {
        didSet { for module in modules { module.usesGradientCheckpointing = usesGradientCheckpointing } }
    }

    private static func heads(of modules: [any Module]) -> [VocabularyHead] {
        modules.flatMap { module -> [VocabularyHead] in
            if let router = module as? Router { return router.routes.flatMap { heads(of: $0.modules) } }
            return (module as? TransformerModule)?.head.map { [$0] } ?? []
        }
    }
}
