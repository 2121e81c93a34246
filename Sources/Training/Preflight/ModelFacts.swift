import Encoders
import Tokenizers

/// What preflight needs to know of a model.
public struct ModelFacts {
    /// `"CrossEncoder"` and the like.
    public var kind: String
    /// The number of outputs; nil if the kind has none.
    public var numLabels: Int?
    /// The name of the activation that turns outputs into scores, in lower case; nil if the kind has none.
    public var activation: String?
    /// The longest input in tokens.
    public var maxLength: Int?
    /// The lengths in tokens of pairs, without truncation; nil if there is no tokenizer to ask.
    public var tokenCounts: (([TextPair]) throws -> [Int])?

    public init(kind: String, numLabels: Int? = nil, activation: String? = nil, maxLength: Int? = nil,
                tokenCounts: (([TextPair]) throws -> [Int])? = nil) {
        self.kind = kind
        self.numLabels = numLabels
        self.activation = activation
        self.maxLength = maxLength
        self.tokenCounts = tokenCounts
    }
}

extension ModelFacts {
    /// The facts of any model.
    init(of model: any EncoderModel) {
        self.init(kind: model.kind)
        guard let model = model as? CrossEncoder else { return }
        numLabels = model.numLabels
        activation = model.activation.rawValue.lowercased()
        maxLength = model.maxLength
        tokenCounts = { pairs in
            try model.tokenizer.encodeBatch(pairs.map { TokenizerInput(first: $0.first, second: $0.second) },
                                            options: EncodingOptions(maxLength: nil, truncation: .none)).map(\.ids.count)
        }
    }
}
