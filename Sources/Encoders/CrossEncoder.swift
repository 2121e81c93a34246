import Files
import JSON
import Tensors
import Tokenizers

/// What a ``CrossEncoder`` is made with; nil takes what the folder says.
public struct CrossEncoderOptions {
    /// Outputs of the classifier. Default: the folder's if it holds a classification model, else 1.
    public var numLabels: Int?
    /// The most tokens of a pair, special tokens included. Default: the tokenizer's, at most the model's positions.
    public var maxLength: Int?
    /// Applied to logits by `predict`. Default: the folder's, else sigmoid for one label and identity for more.
    public var activation: ScoreActivation?
    /// Texts put before the first text of each pair, added to the folder's.
    public var prompts: Prompts
    /// Seeds a head that is made fresh. Default: the shared generator goes on.
    public var seed: UInt64?

    public init(numLabels: Int? = nil, maxLength: Int? = nil, activation: ScoreActivation? = nil, prompts: Prompts = Prompts(), seed: UInt64? = nil) {
        self.numLabels = numLabels
        self.maxLength = maxLength
        self.activation = activation
        self.prompts = prompts
        self.seed = seed
    }
}

/// Reads two texts together and gives a score, or a score per class: a transformer with a sequence-classification head.
public final class CrossEncoder: EncoderModel, PairScorer {
    public let kind = "CrossEncoder"
    /// The folder that the model was loaded from.
    public let folder: String
    public let transformer: Transformer
    public let head: ClassificationHead
    /// Outputs of the classifier.
    public let numLabels: Int
    /// Applied to logits by ``predict(_:options:)``; training losses take logits.
    public var activation: ScoreActivation
    public var prompts: Prompts
    /// What a user should know about how the model was loaded, a sentence each.
    public let notes: [String]
    /// Whether the classifier was made fresh and has never been trained.
    public let isHeadNew: Bool
    var texts: TextEncoder

    /// Loads a model folder, either a saved cross-encoder or any supported body, which gets a fresh head.
    ///
    /// - Parameter path: a folder or a name; see ``ModelFolder/resolve(_:organization:)``.
    /// - Throws: ``ModelError`` or the tokenizer's error, naming file and key.
    public init(path: String, options: CrossEncoderOptions = CrossEncoderOptions()) throws {
        folder = try ModelFolder.resolve(path, organization: "cross-encoder")
        let modules = try ModuleList(folder: folder)
        let body = try modules.transformerFolder()
        let source = try TransformerSource(folder: body, name: path)
        let configuration = try TransformerConfiguration(folder: source.folder)
        let settings = modules.settings
        let isOwnKind = settings?.object["model_type"]?.asString == kind
        if isOwnKind { try modules.checkIsTransformerOnly() }
        if let count = options.numLabels, count < 1 { throw ModelError("num_labels: a whole number above 0 is wanted, it is \(count)") }
        // transformers takes two labels where a classification model's file names none.
        let adapterLabels = try source.adapterFolder.flatMap { try ClassificationHead.labelCount(AdapterFiles(folder: $0), configuration.family) }
        numLabels = try options.numLabels ?? adapterLabels ?? (configuration.isForClassification ? configuration.labelCount() ?? 2 : 1)
        texts = try TextEncoder(folder: body, tokenizerFolder: source.tokenizerFolder, usesModuleSettings: isOwnKind,
            maximumLength: options.maxLength, configuration: configuration)

        let weights = try WeightFiles(folder: source.folder)
        transformer = try Transformer(configuration: configuration, weights: weights)
        head = try ClassificationHead(
            configuration: configuration, weights: weights, labelCount: numLabels,
            generator: options.seed.map { Generator(seed: $0) } ?? .shared)
        isHeadNew = head.isNew && adapterLabels == nil
        transformer.adapters.describe = { [unowned transformer, head] in
            transformer.adapterScope(prefix: TransformerNames(family: transformer.configuration.family).prefix).including(head)
        }
        try transformer.adapters.begin(with: source)
        prompts = options.prompts
        if isOwnKind, let settings { prompts = try prompts.completed(by: settings) }
        try prompts.check(where: "prompts")

        var notes: [String] = []
        if isHeadNew {
            notes.append("""
                \(folder) has no classification head: a new one with \(numLabels) output\(numLabels == 1 ? "" : "s") was made, \
                train it before use
                """)
        }
        let saved = (isOwnKind ? settings?.object["activation_fn"]?.asString : nil)
            ?? configuration.json["sentence_transformers"]?["activation_fn"]?.asString
            ?? configuration.json["sbert_ce_default_activation_function"]?.asString
        let known = saved.flatMap { ScoreActivation(path: $0) }
        if options.activation == nil, let saved, known == nil {
            notes.append("the saved activation function \"\(saved)\" is not known here; the default is used")
        }
        activation = options.activation ?? known ?? (numLabels == 1 ? .sigmoid : .identity)
        self.notes = notes
    }

    public var configuration: TransformerConfiguration { transformer.configuration }
    public var tokenizer: Tokenizer { texts.tokenizer }

    /// The most tokens of a pair, special tokens included.
    public var maxLength: Int? { texts.maximumLength }

    /// Says what pairs are cut to.
    /// - Throws: ``ModelError`` for a length below 1 or above the model's positions.
    public func setMaxLength(_ length: Int) throws { try texts.setMaximumLength(length) }

    public var parameters: [NamedParameter] {
        ownParameters + transformer.adapters.parameters
    }

    /// The parameters but for those of adapters.
    var ownParameters: [NamedParameter] {
        transformer.baseParameters(prefix: TransformerNames(family: configuration.family).prefix) + head.parameters
    }

    public var storedParameters: [StoredParameter] {
        get throws {
            if !transformer.adapters.isEmpty { return try transformer.adapters.stored() }
            return ownParameters.map { StoredParameter(file: "model.safetensors", name: $0.name, tensor: $0.tensor) }
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

    /// The classifier's outputs before any activation, on the tape, with dropout while ``isTraining``.
    /// - Returns: `[pairs, numLabels]`
    public func logits(_ pairs: [TextPair]) throws -> Tensor {
        try logits(texts(pairs.map { TokenizerInput(first: $0.first, second: $0.second) }))
    }

    /// As ``logits(_:)-(TextPair)``, for token sequences.
    public func logits(_ batch: PackedBatch) throws -> Tensor {
        try head(transformer.firstHiddenStates(batch), isTraining: isTraining)
    }
}
