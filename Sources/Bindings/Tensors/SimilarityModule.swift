import Encoders
import LuaHost
import Tensors

extension TensorBindings {
    /// The similarity functions of `sentx.util`.
    static func registerSimilarity(in sentx: LuaModule) throws {
        let util = try sentx.submodule("util", doc: "Similarities of embeddings.")
        let functions: [(String, String, Bool, (Tensor, Tensor) throws -> Tensor)] = [
            ("cos_sim", "The cosine of each row of a with each row of b.", true, { try Similarity.cosine($0, $1) }),
            ("dot_score", "The scalar product of each row of a with each row of b.", true, { try Similarity.dot($0, $1) }),
            ("euclidean_sim", "The negative Euclidean distance of each row of a from each row of b.", true, { try Similarity.euclidean($0, $1) }),
            ("manhattan_sim", "The negative Manhattan distance of each row of a from each row of b.", true, { try Similarity.manhattan($0, $1) }),
            ("pairwise_cos_sim", "The cosine of row i of a with row i of b.", false, { try Similarity.pairwiseCosine($0, $1) }),
            ("pairwise_dot_score", "The scalar product of row i of a with row i of b.", false, { try Similarity.pairwiseDot($0, $1) }),
            ("pairwise_euclidean_sim", "The negative Euclidean distance of row i of a from row i of b.", false,
                { try Similarity.pairwiseEuclidean($0, $1) }),
            ("pairwise_manhattan_sim", "The negative Manhattan distance of row i of a from row i of b.", false,
                { try Similarity.pairwiseManhattan($0, $1) }),
            ("pairwise_angle_sim", "|cosine + sine| of row i of a and row i of b in complex space, as AnglELoss compares them.", false,
             { try Similarity.pairwiseAngle($0, $1) }),
        ]
        let sparse: [String: (SparseMatrix, SparseMatrix) throws -> Tensor] = [
            "cos_sim": SimilarityFunction.cosine.matrix, "dot_score": SimilarityFunction.dot.matrix,
            "euclidean_sim": SimilarityFunction.euclidean.matrix, "manhattan_sim": SimilarityFunction.manhattan.matrix,
            "pairwise_cos_sim": SimilarityFunction.cosine.pairwise, "pairwise_dot_score": SimilarityFunction.dot.pairwise,
            "pairwise_euclidean_sim": SimilarityFunction.euclidean.pairwise, "pairwise_manhattan_sim": SimilarityFunction.manhattan.pairwise,
        ]
        for (name, summary, isMatrix, body) in functions {
            let type = sparse[name] == nil ? "Tensor or table" : "Tensor, SparseMatrix or table"
            try util.function(name, doc: Doc(summary, parameters: [
                .init("a", type, "[n, d], or one vector"),
                .init("b", type, isMatrix ? "[m, d], or one vector" : "[n, d], or one vector"),
            ], returns: isMatrix ? "Tensor [n, m]" : "Tensor [n]")) { call in
                let (a, b) = (call.slot(1), call.slot(2))
                if let function = sparse[name], [a, b].contains(where: { $0.objectIfPresent(LuaSparseMatrix.self) != nil }) {
                    return .object(try function(a.sparseMatrix().matrix, b.sparseMatrix().matrix))
                }
                return .object(try body(vectors(a), vectors(b)))
            }
        }
        try util.function("normalize_embeddings", doc: Doc("Rows scaled to length 1.", parameters: [
            .init("embeddings", "Tensor or table", "[n, d]"),
        ], returns: "Tensor [n, d]")) { .object(try vectors($0.slot(1)).normalize(dim: -1)) }
    }

    /// Embeddings as a script has them: a tensor, or nested tables of numbers.
    private static func vectors(_ slot: LuaSlot) throws -> Tensor {
        guard case .table(let table) = slot.value else { return try slot.object(Tensor.self).toFloat32() }
        let numbers = try table.nestedNumbers()
        return try Tensor.from(numbers.values.map { Float($0) }, shape: numbers.shape)
    }
}
