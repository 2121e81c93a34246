import Encoders
import TextFormat
import Tokenizers

/// What preflight needs to know of a model.
public struct ModelFacts {
    /// What the parameters to be trained are.
    public enum Training: Equatable, Sendable {
        /// A whole transformer, or much of it.
        case full
        /// Low-rank adapters beside frozen weights.
        case adapters
        /// A table of token embeddings without a transformer.
        case staticEmbedding
    }

    /// `"CrossEncoder"` and the like.
    public var kind: String
    /// The number of outputs; nil if the kind has none.
    public var numLabels: Int?
    /// The name of the activation that turns outputs into scores, in lower case; nil if the kind has none.
    public var activation: String?
    /// The longest input in tokens.
    public var maxLength: Int?
    /// The lengths in tokens of texts or pairs, without truncation; nil if there is no tokenizer to ask.
    public var tokenCounts: (([TokenizerInput]) throws -> [Int])?
    /// Whether an input is a pair of texts, not a single one.
    public var readsPairs: Bool
    public var training = Training.full
    /// Whether tokens see only what stands before them, as in decoders.
    public var isCausal = false
    /// How token embeddings are pooled, under the names of the reference; empty if they are not.
    public var poolingModes: [String] = []
    /// Whether a sparse encoder's vocabulary head was made fresh and has not learnt to guess words.
    public var isVocabularyHeadNew = false
    /// Whether a module of the model is a SparseAutoEncoder.
    public var hasSparseAutoEncoder = false
    /// Whether queries, or all texts, get their weights from a table.
    public var hasStaticQueries = false
    /// The names of the routes through the model; nil if there is one way only.
    public var routes: [String]?
    /// The lengths of the embeddings that the routes give, in the order of `routes`; empty if there is one way only.
    public var routeWidths: [Int] = []

    public init(kind: String, numLabels: Int? = nil, activation: String? = nil, maxLength: Int? = nil,
                tokenCounts: (([TokenizerInput]) throws -> [Int])? = nil) {
        self.kind = kind
        self.numLabels = numLabels
        self.activation = activation
        self.maxLength = maxLength
        self.tokenCounts = tokenCounts
        readsPairs = kind == "CrossEncoder"
    }

    /// What users call the longest input.
    var lengthName: String { readsPairs ? "max_length" : "max_seq_length" }

    /// Whether there are losses for the kind that read a list of texts in a cell.
    var hasListwiseLosses: Bool { kind == "CrossEncoder" }

    /// What an input is called.
    var inputName: String { readsPairs ? "pairs" : "texts" }
}

extension ModelFacts {
    /// The facts of any model.
    init(of model: any EncoderModel) {
        self.init(kind: model.kind)
        training = Self.training(model.parameters)
        switch model {
        case let model as CrossEncoder:
            numLabels = model.numLabels
            activation = model.activation.rawValue.lowercased()
            maxLength = model.maxLength
            tokenCounts = Self.counter(model.tokenizer)
        case let model as any ModularModel:
            maxLength = model.maxSequenceLength
            tokenCounts = Self.counter(model.tokenizer)
            isVocabularyHeadNew = (model as? SparseEncoder)?.isHeadNew ?? false
            let router = model.modules.first as? Router
            // A task leads to the route of its name, or where a mapping says.
            routes = router.map { router in router.routes.map(\.name) + router.mappings.compactMap(\.task) }
            routeWidths = router?.routeWidths ?? []
            let modules = model.modules + (router?.routes.flatMap(\.modules) ?? [])
            hasSparseAutoEncoder = modules.contains { $0 is SparseAutoEncoder }
            hasStaticQueries = modules.contains { $0 is SparseStaticEmbedding }
            poolingModes = modules.compactMap { $0 as? Pooling }.flatMap { $0.modes.map(\.rawValue) }
        default: break
        }
    }

    private static func counter(_ tokenizer: Tokenizer) -> ([TokenizerInput]) throws -> [Int] {
        { try tokenizer.encodeBatch($0, options: EncodingOptions(maxLength: nil, truncation: .none)).map(\.ids.count) }
    }

    /// Told from the names of the parameters.
    private static func training(_ parameters: [NamedParameter]) -> Training {
        let trained = parameters.filter(\.tensor.requiresGrad)
        if trained.contains(where: { $0.name.contains("lora_") }) { return .adapters }
        return !trained.isEmpty && trained.allSatisfy { $0.name.hasSuffix("embedding.weight") } ? .staticEmbedding : .full
    }
}
