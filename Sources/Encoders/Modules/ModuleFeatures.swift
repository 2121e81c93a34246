import Tensors

/// What flows through the modules of a model for one batch of texts.
public struct ModuleFeatures {
    /// Texts with prompt and task, as given.
    public let input: TextInput
    /// The same texts where they are cut into tokens already: what a transformer reads in their place.
    public var tokens: TokenizedTexts?
    /// Sequence `s` is the rows `offsets[s] ..< offsets[s + 1]` of ``tokenEmbeddings``.
    public var offsets: [Int] = [0]
    /// Tokens of the prompt at the start of each sequence, the leading special token included.
    public var promptLength = 0
    /// `[tokens, width]`
    public var tokenEmbeddings: Tensor?
    /// In place of ``tokenEmbeddings`` where only the first token of each sequence was computed, `[texts, width]`.
    public var firstTokenEmbeddings: Tensor?
    /// The output of the embedding layer and of each layer behind it, each `[tokens, width]`, where asked for.
    public var layers: [Tensor]?
    /// In place of ``tokenEmbeddings`` behind a vocabulary head.
    public var vocabularyScores: VocabularyScores?
    /// `[texts, width]`
    public var sentenceEmbedding: Tensor?

    /// What a ``SparseAutoEncoder`` made of the batch, where asked for.
    public var reconstruction: Reconstruction?

    /// Whether ``reconstruction`` is wanted.
    public var wantsReconstruction = false
    /// The elements that a ``SparseAutoEncoder`` keeps; nil for its own number.
    public var maxActiveDims: Int?
    /// Whether ``layers`` are wanted.
    public var wantsLayers = false
    /// Whether the token embeddings themselves are wanted in the end.
    public var wantsTokens = false
    /// The layer of ``layers``, from 0, that a transformer gives as its output instead of computing anything.
    public var replayedLayer: Int?
    /// The module behind the one that runs, nil for the last.
    public internal(set) var next: (any Module)?

    public init(_ input: TextInput) { self.input = input }

    /// Runs modules one behind the other.
    mutating func run(_ modules: [any Module]) throws {
        let after = next
        for (index, module) in modules.enumerated() {
            next = index + 1 < modules.count ? modules[index + 1] : after
            try module.forward(&self)
        }
        next = after
    }

    /// The feature that a module reads and replaces.
    subscript(name: FeatureName) -> Tensor? {
        get { name == .tokenEmbeddings ? tokenEmbeddings : sentenceEmbedding }
        set {
            if name == .tokenEmbeddings { tokenEmbeddings = newValue } else { sentenceEmbedding = newValue }
        }
    }
}

/// The features that modules read and write by name.
public enum FeatureName: String, CaseIterable, Sendable {
    case sentenceEmbedding = "sentence_embedding"
    case tokenEmbeddings = "token_embeddings"

    /// `module_input_name` and `module_output_name` of a module's file, which must agree.
    init(_ source: ConfigurationFile) throws {
        let input = try source.string("module_input_name", default: Self.sentenceEmbedding.rawValue)
        let output = try source.string("module_output_name", default: input)
        guard let name = FeatureName(rawValue: input) else {
            throw ModelError("\(source.path): module_input_name \"\(input)\" is not supported; supported are \(Self.known)")
        }
        guard output == input else {
            throw ModelError("\(source.path): module_output_name \"\(output)\" differs from module_input_name \"\(input)\"; that is not supported")
        }
        self = name
    }

    static var known: String { allCases.map(\.rawValue).joined(separator: " and ") }
}

/// What is known of the features between two modules before anything is computed.
public struct FeatureWidths {
    /// Elements of a token embedding; nil while there is none.
    public var token: Int?
    /// Words that every token has a score for; nil without a vocabulary head.
    public var vocabulary: Int?
    /// Elements of a sentence embedding; nil while there is none.
    public var sentence: Int?

    public init() {}

    subscript(name: FeatureName) -> Int? {
        get { name == .tokenEmbeddings ? token : sentence }
        set {
            if name == .tokenEmbeddings { token = newValue } else { sentence = newValue }
        }
    }

    /// - Throws: ``ModelError`` unless a feature is there, of a width if one is given.
    func require(_ name: FeatureName, width: Int? = nil, for module: ModuleType) throws {
        guard let found = self[name] else {
            let maker = name == .tokenEmbeddings ? "Transformer" : "Pooling or StaticEmbedding"
            throw ModelError("\(module.rawValue) reads \(name.rawValue), which no module before it makes; put \(maker) before it")
        }
        if let width, width != found {
            throw ModelError("\(module.rawValue) reads \(name.rawValue) of \(width) elements, the modules before it give \(found)")
        }
    }
}
