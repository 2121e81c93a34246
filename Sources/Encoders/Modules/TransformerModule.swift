import Files
import JSON
import Tensors
import Tokenizers

/// A tokenizer and a transformer: texts become token embeddings, or, with a vocabulary head, scores of all words for every token.
public final class TransformerModule: InputModule {
    public let type = ModuleType.transformer

    /// What it computes, under the reference's names of `transformer_task`.
    public enum Task: String, CaseIterable, Sendable {
        /// Token embeddings.
        case featureExtraction = "feature-extraction"
        /// Scores of all words for every token, by the head of masked language models.
        case fillMask = "fill-mask"
    }

    /// Where it was loaded from.
    public let folder: String
    public let transformer: Transformer
    /// The head of a masked language model; nil where token embeddings are computed.
    public let head: VocabularyHead?
    /// Whether the outputs of all layers are kept as a feature (`output_hidden_states` of `config.json`).
    public var outputsAllLayers: Bool
    /// Tensors of the folder that embeddings do not need (BERT's pooler), kept for saving.
    let unused: [NamedParameter]
    var texts: TextEncoder

    /// - Parameters:
    ///   - path: a folder or a name; see ``ModelFolder/resolve(_:organization:)``. The transformer of a saved model of several
    ///     modules is taken from its folder.
    ///   - maximumLength: the most tokens of a text; nil takes what the folder says, at most the model's positions.
    ///   - lowersCase: whether texts are lowered before the tokenizer sees them; nil takes what the folder says.
    ///   - task: what is computed; nil takes what the folder says.
    ///   - generator: makes a vocabulary head where the folder has none.
    public convenience init(
        path: String, maximumLength: Int? = nil, lowersCase: Bool? = nil, task: Task? = nil, generator: Generator = .shared
    ) throws {
        let folder = try ModelFolder.resolve(path, organization: "sentence-transformers")
        try self.init(folder: ModuleList(folder: folder).transformerFolder(), usesModuleSettings: true, maximumLength: maximumLength,
                      task: task, generator: generator)
        if let lowersCase { texts.lowersCase = lowersCase }
    }

    /// - Parameter usesModuleSettings: see ``TextEncoder``.
    init(folder: String, usesModuleSettings: Bool, maximumLength: Int?, task: Task? = nil, generator: Generator = .shared) throws {
        self.folder = folder
        let source = try TransformerSource(folder: folder)
        let configuration = try TransformerConfiguration(folder: source.folder)
        texts = try TextEncoder(folder: folder, tokenizerFolder: source.tokenizerFolder, usesModuleSettings: usesModuleSettings,
            maximumLength: maximumLength, configuration: configuration)
        let weights = try WeightFiles(folder: source.folder)
        transformer = try Transformer(configuration: configuration, weights: weights)
        let saved = usesModuleSettings ? try TextEncoder.moduleSettings(folder)?.object["transformer_task"]?.asString : nil
        let hasHead = (task ?? saved.flatMap { Task(rawValue: $0) }) == .fillMask
        head = hasHead ? try VocabularyHead(configuration: configuration, weights: weights, words: transformer.embeddings.words,
                                            generator: generator) : nil
        unused = hasHead ? [] : try Self.pooler(configuration, weights)
        outputsAllLayers = configuration.json["output_hidden_states"]?.asBool ?? false
        describeAdapters()
        try transformer.adapters.begin(with: source)
    }

    /// A module that computes the same, with weights of its own and no adapters.
    init(copyOf other: TransformerModule) throws {
        folder = other.folder
        texts = other.texts
        let weights = CopiedWeights(other.ownParameters)
        transformer = try Transformer(configuration: other.configuration, weights: weights)
        head = other.head == nil ? nil : try VocabularyHead(
            configuration: other.configuration, weights: weights, words: transformer.embeddings.words, generator: Generator(seed: 0))
        unused = other.unused.map { NamedParameter(name: $0.name, tensor: $0.tensor.detach().contiguousCopy()) }
        outputsAllLayers = other.outputsAllLayers
        describeAdapters()
    }

    private func describeAdapters() {
        let names = TransformerNames(family: configuration.family)
        transformer.adapters.unusedLayers = unused.isEmpty ? [] : [names.pooler]
        if head != nil { transformer.adapters.describe = { [unowned transformer] in transformer.adapterScope(prefix: names.prefix) } }
    }

    public var configuration: TransformerConfiguration { transformer.configuration }
    public var tokenizer: Tokenizer? { texts.tokenizer }
    public var embeddingDimension: Int? { head?.wordCount ?? configuration.hiddenSize }
    public var task: Task { head == nil ? .featureExtraction : .fillMask }

    public var maximumLength: Int? { texts.maximumLength }
    public func setMaximumLength(_ length: Int) throws { try texts.setMaximumLength(length) }

    public var isTraining: Bool {
        get { transformer.isTraining }
        set { transformer.isTraining = newValue }
    }

    public var usesGradientCheckpointing: Bool {
        get { transformer.usesGradientCheckpointing }
        set { transformer.usesGradientCheckpointing = newValue }
    }

    public var parameters: [NamedParameter] {
        (ownParameters + transformer.adapters.parameters).map { NamedParameter(name: "model." + $0.name, tensor: $0.tensor) }
    }

    /// Under their names in a file, without those of adapters.
    private var ownParameters: [NamedParameter] {
        guard let head else { return transformer.baseParameters(prefix: "") }
        return transformer.baseParameters(prefix: TransformerNames(family: configuration.family).prefix) + head.parameters
    }

    public var storedParameters: [StoredParameter] {
        get throws {
            if !transformer.adapters.isEmpty { return try transformer.adapters.stored() }
            return ownParameters.map { StoredParameter(file: "model.safetensors", name: $0.name, tensor: $0.tensor) }
        }
    }

    public var transformerPlaces: [(folder: String, module: TransformerModule)] { [("", self)] }

    public var settings: JSONObject {
        ["model_type": .string(configuration.family.rawValue), "max_seq_length": .integer(Int64(texts.maximumLength)),
         "do_lower_case": .bool(texts.lowersCase)]
    }

    public func check(_ widths: inout FeatureWidths) throws {
        widths = FeatureWidths()
        if let head { widths.vocabulary = head.wordCount } else { widths.token = configuration.hiddenSize }
    }

    public func forward(_ features: inout ModuleFeatures) throws {
        features.sentenceEmbedding = nil
        features.firstTokenEmbeddings = nil
        if let layer = features.replayedLayer, let layers = features.layers {
            features.tokenEmbeddings = layers[layer]
            return
        }
        let read = try features.tokens ?? tokenized(features.input)
        let batch = read.batch
        features.offsets = batch.offsets
        features.promptLength = read.promptLength
        if let head {
            features.tokenEmbeddings = nil
            features.vocabularyScores = VocabularyScores(head: head, transformed: head.transformed(try transformer.hiddenStates(batch)))
        } else if outputsAllLayers || features.wantsLayers {
            let layers = try transformer.allHiddenStates(batch)
            features.layers = layers
            features.tokenEmbeddings = layers.last
        } else if !features.wantsTokens, let pooling = features.next as? Pooling, pooling.needsFirstOnly(promptLength: features.promptLength) {
            features.tokenEmbeddings = nil
            features.firstTokenEmbeddings = try transformer.firstHiddenStates(batch)
        } else {
            features.tokenEmbeddings = try transformer.hiddenStates(batch)
        }
    }

    public func save(to folder: String) throws {
        try texts.save(to: folder)
        try ModelSaving.writeTransformerSettings(
            task: task.rawValue, method: head == nil ? "last_hidden_state" : "logits", output: "token_embeddings",
            lowersCase: texts.lowersCase, to: folder)
        guard transformer.adapters.isEmpty else { return try transformer.adapters.save(to: folder) }
        try ModelSaving.writeWeights(ownParameters + unused, to: folder)
        var json = ModelSaving.transformerConfiguration(
            configuration.json, architecture: configuration.family.classPrefix + (head == nil ? "Model" : "ForMaskedLM"))
        if outputsAllLayers || json["output_hidden_states"] != nil { json["output_hidden_states"] = .bool(outputsAllLayers) }
        try ModelSaving.write(json, to: folder, "config.json")
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
