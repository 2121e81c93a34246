import Files
import JSON
import Tensors
import Tokenizers

/// What a ``SentenceTransformer`` is loaded with; nil takes what the folder says.
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

/// Turns texts into vectors: a transformer, pooling, and what `modules.json` puts after it.
public final class SentenceTransformer: EncoderModel, SentenceEmbedder {
    /// A module after the pooling.
    enum Stage {
        case dense(Dense)
        case normalize
    }

    public let kind = "SentenceTransformer"
    /// The folder that the model was loaded from.
    public let folder: String
    public let configuration: TransformerConfiguration
    public let transformer: Transformer
    public let pooling: Pooling
    public var prompts: Prompts
    /// How embeddings are compared.
    public var similarityFunction: SimilarityFunction
    /// Leading elements of an embedding that `encode` keeps; nil keeps all.
    public var truncateDim: Int?
    /// What a user should know about how the model was loaded, a sentence each.
    public let notes: [String]
    let stages: [Stage]
    /// Tensors of the folder that embeddings do not need (BERT's pooler), kept for saving.
    let unused: [NamedParameter]
    var texts: TextEncoder

    /// - Parameter path: a folder or a name; see ``ModelFolder/resolve(_:organization:)``.
    /// - Throws: ``ModelError`` or the tokenizer's error, naming file and key.
    public init(path: String, options: SentenceTransformerOptions = SentenceTransformerOptions()) throws {
        folder = try ModelFolder.resolve(path, organization: "sentence-transformers")
        let modules = try ModuleList(folder: folder)
        configuration = try TransformerConfiguration(folder: modules.transformerFolder)
        let savedKind = modules.settings?.object["model_type"]?.asString ?? kind
        let isOwnKind = savedKind == kind && !modules.entries.isEmpty
        texts = try TextEncoder(folder: modules.transformerFolder, usesModuleSettings: isOwnKind, maximumLength: options.maxSequenceLength,
                                configuration: configuration)
        let weights = try WeightFiles(folder: modules.transformerFolder)
        transformer = try Transformer(configuration: configuration, weights: weights)
        unused = try Self.pooler(configuration, weights)

        var notes: [String] = []
        if isOwnKind {
            (pooling, stages) = try Self.modules(after: modules, hidden: configuration.hiddenSize)
        } else {
            pooling = Pooling(width: configuration.hiddenSize)
            stages = []
            let reason = modules.entries.isEmpty ? "has no modules.json" : "was saved as a \(savedKind)"
            notes.append("\(folder) \(reason): embeddings are the mean of its token embeddings")
        }
        self.notes = notes

        var prompts = options.prompts
        if isOwnKind, let settings = modules.settings { prompts = try prompts.completed(by: settings) }
        for name in ["query", "document"] where prompts[name] == nil { prompts.texts.append((name, "")) }
        try prompts.check(where: "prompts")
        self.prompts = prompts
        let savedSimilarity = isOwnKind ? modules.settings?.object["similarity_fn_name"]?.asString : nil
        similarityFunction = options.similarity ?? savedSimilarity.flatMap { SimilarityFunction(rawValue: $0) } ?? .cosine
        truncateDim = options.truncateDim ?? (isOwnKind ? modules.settings?.object["truncate_dim"]?.asInteger : nil)
    }

    public var tokenizer: Tokenizer { texts.tokenizer }

    /// The most tokens of a text, special tokens included. Setting it above the model's positions sets it to them.
    public var maxSequenceLength: Int {
        get { texts.maximumLength }
        set { texts.maximumLength = min(max(1, newValue), configuration.maximumLength) }
    }

    /// Elements of an embedding.
    public var embeddingDimension: Int {
        let full = stages.reduce(pooling.outputWidth) { width, stage in
            if case .dense(let dense) = stage { return dense.linear.outputCount }
            return width
        }
        return truncateDim.map { min($0, full) } ?? full
    }

    public var parameters: [NamedParameter] { transformer.parameters + stageParameters }

    public var storedParameters: [StoredParameter] {
        transformer.parameters.map { StoredParameter(file: "model.safetensors", name: $0.name, tensor: $0.tensor) }
            + zip(stages, stageFolders).flatMap { stage, folder -> [StoredParameter] in
                guard case .dense(let dense) = stage else { return [] }
                return dense.parameters.map { StoredParameter(file: "\(folder)/model.safetensors", name: $0.name, tensor: $0.tensor) }
            }
    }

    public var isTraining: Bool {
        get { transformer.isTraining }
        set { transformer.isTraining = newValue }
    }

    public var usesGradientCheckpointing: Bool {
        get { transformer.usesGradientCheckpointing }
        set { transformer.usesGradientCheckpointing = newValue }
    }

    public func embeddings(_ input: TextInput) throws -> Tensor {
        let prompt = input.prompt ?? ""
        let batch = try texts(input.texts.map { TokenizerInput(first: prompt + $0) })
        var x: Tensor
        if pooling.needsFirstOnly {
            x = try transformer.firstHiddenStates(batch)
        } else {
            let skipped = prompt.isEmpty || pooling.includesPrompt ? 0 : try promptLength(prompt)
            x = pooling(try transformer.hiddenStates(batch), offsets: batch.offsets, promptLength: skipped)
        }
        for stage in stages {
            switch stage {
            case .dense(let dense): x = try dense(x)
            case .normalize: x = try x.normalize(dim: 1)
            }
        }
        return x
    }

    /// The folders and class paths of the modules after the transformer, for saving, and the parameters of dense ones.
    var stageFolders: [String] {
        stages.enumerated().map { index, stage in
            if case .dense = stage { return "\(index + 2)_Dense" }
            return "\(index + 2)_Normalize"
        }
    }

    private var stageParameters: [NamedParameter] {
        zip(stages, stageFolders).flatMap { stage, folder -> [NamedParameter] in
            guard case .dense(let dense) = stage else { return [] }
            return dense.parameters.map { NamedParameter(name: "\(folder).\($0.name)", tensor: $0.tensor) }
        }
    }

    /// Tokens that a prompt takes at the start of a sequence, the leading special token included.
    private func promptLength(_ prompt: String) throws -> Int {
        let batch = try texts([TokenizerInput(first: prompt)])
        let last = batch.ids.last
        return batch.tokenCount - (last != nil && [tokenizer.sepId, tokenizer.eosId, tokenizer.clsId].contains(last) ? 1 : 0)
    }

    private static func modules(after list: ModuleList, hidden: Int) throws -> (Pooling, [Stage]) {
        let path = Path.join(list.folder, "modules.json")
        guard list.entries.count > 1, list.entries[1].type == "Pooling" else {
            throw ModelError("\(path): a Pooling module is wanted after the Transformer")
        }
        let pooling = try Pooling(folder: list.entries[1].folder, width: hidden)
        var width = pooling.outputWidth
        let stages = try list.entries.dropFirst(2).map { entry -> Stage in
            switch entry.type {
            case "Normalize": return .normalize
            case "Dense":
                let dense = try Dense(folder: entry.folder, inputs: width)
                width = dense.linear.outputCount
                return .dense(dense)
            default:
                throw ModelError("\(path): module \"\(entry.type)\" is not supported; supported after Pooling are Dense and Normalize")
            }
        }
        return (pooling, stages)
    }

    private static func pooler(_ configuration: TransformerConfiguration, _ weights: WeightFiles) throws -> [NamedParameter] {
        let names = TransformerNames(family: configuration.family)
        let hidden = configuration.hiddenSize
        guard let prefix = ["", names.prefix].first(where: { weights.contains($0 + names.pooler + ".weight") }) else { return [] }
        return [
            NamedParameter(name: names.pooler + ".weight", tensor: try weights.tensor(prefix + names.pooler + ".weight", shape: [hidden, hidden])),
            NamedParameter(name: names.pooler + ".bias", tensor: try weights.tensor(prefix + names.pooler + ".bias", shape: [hidden])),
        ]
    }
}
