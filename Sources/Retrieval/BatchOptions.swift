/// A text put before every text of one side, in place of the model's own.
public struct EmbeddingPrompt: Equatable, Sendable {
    /// The prompt itself; it wins over ``name``.
    public var text: String?
    /// The name of one of the model's prompts.
    public var name: String?

    public init(text: String? = nil, name: String? = nil) {
        self.text = text
        self.name = name
    }
}

/// How a model is run over texts or pairs of them.
public struct BatchOptions {
    /// Texts or pairs computed at a time; it does not change the results.
    public var batchSize: Int
    /// Called before each batch with the number done and the number of all; what it throws ends the call.
    public var onBatch: ((_ done: Int, _ total: Int) throws -> Void)?

    public init(batchSize: Int, onBatch: ((Int, Int) throws -> Void)? = nil) {
        self.batchSize = batchSize
        self.onBatch = onBatch
    }
}
