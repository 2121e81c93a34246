import Losses
import Tensors

/// How a loss compares the embeddings of one list with those of another (`similarity_fct`).
///
/// It works in two steps, so that what belongs to one embedding, such as scaling it to length 1, is done once however often
/// it is compared.
public struct EmbeddingSimilarity {
    /// As records call it: `cos_sim`, `dot_score`, `euclidean_sim`, `manhattan_sim`.
    public let name: String
    private let prepare: (Tensor) throws -> Tensor
    private let compare: (Tensor, Tensor) throws -> Tensor
    /// Whether a score takes a vector of its own to compute.
    private let isElementwise: Bool
    /// Whether it is a scalar product, of vectors scaled to length 1 or as they are; nil for what is neither.
    let normalizedProduct: Bool?

    /// Cosines of the angles.
    public static let cosine = EmbeddingSimilarity("cos_sim", prepare: { try $0.normalize() }, compare: { try $0.matmul($1.t()) },
                                                    normalizedProduct: true)
    /// Scalar products.
    public static let dot = EmbeddingSimilarity("dot_score", compare: { try $0.matmul($1.t()) }, normalizedProduct: false)
    /// Negative Euclidean distances.
    public static let euclidean = EmbeddingSimilarity("euclidean_sim", compare: Similarity.euclidean, isElementwise: true)
    /// Negative Manhattan distances.
    public static let manhattan = EmbeddingSimilarity("manhattan_sim", compare: Similarity.manhattan, isElementwise: true)

    /// The built-in ones by the names used in scripts.
    public static let named: [(name: String, similarity: EmbeddingSimilarity)] = [
        ("cos_sim", cosine), ("dot", dot), ("euclidean", euclidean), ("manhattan", manhattan),
    ]

    /// One of the user's own.
    ///
    /// - Parameters:
    ///   - name: for records.
    ///   - function: from `[n, dimension]` and `[m, dimension]` to `[n, m]`; greater is more alike. Row `i` of the result may
    ///     depend on row `i` of the first alone, and column `j` on row `j` of the second.
    public init(name: String, function: @escaping (Tensor, Tensor) throws -> Tensor) {
        self.init(name, compare: function)
    }

    private init(_ name: String, prepare: @escaping (Tensor) throws -> Tensor = { $0 },
                 compare: @escaping (Tensor, Tensor) throws -> Tensor, isElementwise: Bool = false,
                 normalizedProduct: Bool? = nil) {
        self.name = name
        self.prepare = prepare
        self.compare = compare
        self.isElementwise = isElementwise
        self.normalizedProduct = normalizedProduct
    }

    /// Embeddings `[n, dimension]` as ``scores(_:_:)`` wants them.
    func prepared(_ embeddings: Tensor) throws -> Tensor { try prepare(embeddings) }

    /// The similarity of each row of `a` with each of `b`, both prepared: `[rows of a, rows of b]`.
    /// - Throws: ``LossError`` if a function of the user's own gives another shape.
    func scores(_ a: Tensor, _ b: Tensor) throws -> Tensor {
        let scores = try compare(a, b)
        guard scores.shape == [a.shape[0], b.shape[0]] else {
            throw LossError("similarity_fct '\(name)' gave shape \(scores.shape) for embeddings of shapes \(a.shape) and \(b.shape); "
                            + "one score for each pair of rows is wanted, \([a.shape[0], b.shape[0]])")
        }
        return scores
    }

    /// Numbers held to compute one score of embeddings of this dimension.
    func numbersPerScore(dimension: Int) -> Int { isElementwise ? max(1, dimension) : 1 }
}
