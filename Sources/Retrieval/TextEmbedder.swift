import Encoders
import Tensors

/// Which side of a search a text stands on; models may have a prompt for each.
public enum TextRole: Sendable {
    case query
    case document
}

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

/// A model that turns texts into embeddings, which is what search and mining need of it.
public protocol TextEmbedder: AnyObject {
    /// The similarity that its embeddings are made for.
    var similarityFunction: SimilarityFunction { get }

    /// Embeddings of length 1, `[texts, dimension]`, off the tape.
    func normalizedEmbeddings(of texts: [String], as role: TextRole, prompt: EmbeddingPrompt, options: BatchOptions) throws -> Tensor
}
