import Tensors

/// Which side of a comparison a text stands on; models may have a prompt, or a route, for each.
public enum TextRole: Sendable {
    /// Neither: both sides are alike.
    case any
    /// What is searched with.
    case query
    /// What is found.
    case document
}

/// A model that turns texts into embeddings: what evaluators, search and mining need of it.
public protocol TextEmbedder: AnyObject {
    /// The similarity that its embeddings are made for.
    var similarityFunction: SimilarityFunction { get }

    /// Embeddings `[texts, dimension]` in the order of the texts, off the tape and without dropout.
    ///
    /// - Parameter role: decides the prompt where the options name none.
    func encode(_ texts: [String], as role: TextRole, options: EncodeOptions) throws -> Tensor

    /// Whether ``embeddings(of:as:options:)`` gives sparse ones; false by default.
    var isSparse: Bool { get }

    /// The same embeddings as the model makes them: sparse ones without their zeros.
    func embeddings(of texts: [String], as role: TextRole, options: EncodeOptions) throws -> TextEmbeddings
}

extension TextEmbedder {
    public var isSparse: Bool { false }

    public func embeddings(of texts: [String], as role: TextRole, options: EncodeOptions) throws -> TextEmbeddings {
        .dense(try encode(texts, as: role, options: options))
    }
}
