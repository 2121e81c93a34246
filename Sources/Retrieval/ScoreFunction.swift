import Encoders
import Tensors

/// How queries are compared with documents: one of the built-in similarities, or any function of two matrices.
public struct ScoreFunction {
    enum Kind {
        case similarity(SimilarityFunction)
        case custom((TextEmbeddings, TextEmbeddings) throws -> Tensor)
    }

    /// What it is called in keys of metrics.
    public let name: String
    let kind: Kind

    /// A built-in similarity under its own name, or under another.
    public init(_ similarity: SimilarityFunction, name: String? = nil) {
        self.name = name ?? similarity.rawValue
        kind = .similarity(similarity)
    }

    /// - Parameter function: gives `[rows of a, rows of b]` for `a` and `b`, both `[rows, dimension]`; greater is more alike.
    public init(name: String, _ function: @escaping (Tensor, Tensor) throws -> Tensor) {
        self.name = name
        kind = .custom { try function($0.dense(), $1.dense()) }
    }

    /// The same of embeddings as their model makes them.
    public static func ofEmbeddings(
        name: String, _ function: @escaping (TextEmbeddings, TextEmbeddings) throws -> Tensor
    ) -> ScoreFunction {
        ScoreFunction(name: name, kind: .custom(function))
    }

    private init(name: String, kind: Kind) {
        self.name = name
        self.kind = kind
    }

    /// The scores of every row of `a` with every row of `b`, off the tape.
    ///
    /// - Returns: `[rows of a, rows of b]`, float32 and contiguous.
    /// - Throws: ``TensorError`` for shapes that do not fit, or a custom function's result of another shape or with NaN.
    public func matrix(_ a: TextEmbeddings, _ b: TextEmbeddings) throws -> Tensor {
        switch kind {
        case .similarity(let similarity): return try similarity.matrix(a, b)
        case .custom(let function):
            let scores = try GradientTape.noGrad { try function(a, b) }
            guard scores.shape == [a.rowCount, b.rowCount] else {
                throw TensorError("score function '\(name)': scores of shape \([a.rowCount, b.rowCount]) are wanted for \(a.rowCount) queries "
                    + "and \(b.rowCount) documents, it gave \(scores.shape)")
            }
            let result = try scores.toFloat32().contiguous()
            if UnsafeBufferPointer(start: result.floats, count: result.count).contains(where: \.isNaN) {
                throw TensorError("""
                    score function '\(name)': it gave NaN for \(a.rowCount) queries and \(b.rowCount) documents, which cannot \
                    be ranked
                    """)
            }
            return result
        }
    }
}
