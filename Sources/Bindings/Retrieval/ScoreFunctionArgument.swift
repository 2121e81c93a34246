import Encoders
import LuaHost
import Retrieval
import Tensors

/// The names of the built-in similarities, for documentation and options.
let similarityFunctionNames = SimilarityFunction.allCases.map(\.rawValue)

extension LuaSlot {
    /// One of the built-in similarities, by name.
    func similarityFunction() throws -> SimilarityFunction {
        SimilarityFunction(rawValue: try choice(similarityFunctionNames)) ?? .cosine
    }

    /// The name of a built-in similarity, or a function of two matrices such as `sentx.util.dot_score`.
    ///
    /// - Parameter name: what a function is called; a built-in similarity keeps its own name if it is nil.
    func scoreFunction(name: String? = nil, in state: LuaState) throws -> ScoreFunction {
        guard case .function(let function) = value else {
            if case .string = value { return ScoreFunction(try similarityFunction(), name: name) }
            throw mismatch("name of a similarity or function")
        }
        let name = name ?? "custom"
        return ScoreFunction.ofEmbeddings(name: name) { a, b in
            let result = try function.callForOne([a.luaValue, b.luaValue])
            return try LuaSlot(result, state: state, place: "result of the score function '\(name)'").object(Tensor.self)
        }
    }
}

extension TextEmbeddings {
    /// A Tensor, or a SparseMatrix.
    fileprivate var luaValue: LuaValue {
        switch self {
        case .dense(let tensor): return .object(tensor)
        case .sparse(let matrix): return .object(LuaSparseMatrix(matrix))
        }
    }
}

extension LuaOptions {
    /// An optional score function, the cosine if it is absent.
    func scoreFunction(_ name: String) throws -> ScoreFunction {
        let slot = slot(name)
        return slot.isNil ? ScoreFunction(.cosine) : try slot.scoreFunction(in: state)
    }
}
