/// One text, or two texts that a model reads together.
public struct TokenizerInput: Equatable, Sendable {
    public var first: String
    public var second: String?

    public init(first: String, second: String? = nil) {
        self.first = first
        self.second = second
    }
}

/// The ids that a model reads for one ``TokenizerInput``. Nothing is padded.
public struct Encoding: Equatable, Sendable {
    /// Token ids, special tokens included, counted from 0 as in the tokenizer file. `[tokens]`
    public var ids: [Int32]
    /// Which text a token belongs to, as the post-processor says. `[tokens]`
    public var typeIds: [Int32]

    public init(ids: [Int32], typeIds: [Int32]) {
        self.ids = ids
        self.typeIds = typeIds
    }
}

/// How texts become ids.
public struct EncodingOptions: Equatable, Sendable {
    /// The most tokens of the result, special tokens included; nil for no limit.
    public var maxLength: Int?
    /// What is cut when a result would exceed ``maxLength``.
    public var truncation: TruncationStrategy
    /// Whether the post-processor adds its special tokens, such as `[CLS]` and `[SEP]`.
    public var addSpecialTokens: Bool

    public init(maxLength: Int? = nil, truncation: TruncationStrategy = .longestFirst, addSpecialTokens: Bool = true) {
        self.maxLength = maxLength
        self.truncation = truncation
        self.addSpecialTokens = addSpecialTokens
    }
}
