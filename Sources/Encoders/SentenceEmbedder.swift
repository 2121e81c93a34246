import Tensors

/// Texts to embed together, with what precedes each of them and the route that they take.
public struct TextInput {
    public var texts: [String]
    /// Put before each text; nil for none.
    public var prompt: String?
    /// Which side of a search the texts stand on, `"query"` or `"document"`, for models with a route for each; nil for neither.
    public var task: String?

    public init(_ texts: [String], prompt: String? = nil, task: String? = nil) {
        self.texts = texts
        self.prompt = prompt
        self.task = task
    }

    /// The texts of a range, with the same prompt and task.
    public subscript(range: Range<Int>) -> TextInput { TextInput(Array(texts[range]), prompt: prompt, task: task) }
}

/// Anything that embeds texts on the tape: a ``SentenceTransformer``, or a table of given vectors in a test. It is what
/// losses over embeddings need of a model.
public protocol SentenceEmbedder: AnyObject {
    /// Elements of an embedding.
    var embeddingDimension: Int { get }

    /// Embeddings on the tape, with dropout while training, `[texts, embeddingDimension]`. `truncate_dim` does not apply.
    func embeddings(_ input: TextInput) throws -> Tensor

    /// Embeddings of what another model reads of the texts, which may be less than all of them; see its documentation in
    /// ``ModularModel``. By default those of the whole texts.
    func embeddings(_ input: TextInput, asReadBy model: any SentenceEmbedder) throws -> Tensor

    /// The embeddings that come of applying what follows the transformer to the output of its embedding layer and then of each
    /// layer, `layers + 1` tensors `[texts, embeddingDimension]`. The last one is ``embeddings(_:)``.
    /// - Throws: ``ModelError`` for models without layers, which is the default.
    func layerEmbeddings(_ input: TextInput) throws -> [Tensor]

    /// The tokens of each text with its prompt, as many as the model sees of it.
    /// - Throws: ``ModelError`` for models that do not cut texts into tokens, which is the default.
    func tokenCounts(_ input: TextInput) throws -> [Int]
}

extension SentenceEmbedder {
    public func embeddings(_ input: TextInput, asReadBy model: any SentenceEmbedder) throws -> Tensor { try embeddings(input) }

    public func layerEmbeddings(_ input: TextInput) throws -> [Tensor] {
        throw ModelError("this model has no transformer layers whose outputs could be embeddings")
    }

    public func tokenCounts(_ input: TextInput) throws -> [Int] {
        throw ModelError("this model does not cut texts into tokens that could be counted")
    }

    /// The same for plain texts.
    public func embeddings(_ texts: [String], prompt: String? = nil, task: String? = nil) throws -> Tensor {
        try embeddings(TextInput(texts, prompt: prompt, task: task))
    }
}
