import Encoders
import LuaHost
import Tensors

/// Sparse embeddings as Lua holds them.
final class LuaSparseMatrix {
    let matrix: SparseMatrix
    /// Whether it is the embedding of one text that was given alone.
    let isVector: Bool

    init(_ matrix: SparseMatrix, isVector: Bool = false) {
        self.matrix = matrix
        self.isVector = isVector
    }
}

let sparseMatrixClass = LuaClass<LuaSparseMatrix>("SparseMatrix", doc: Doc(
    "Sparse embeddings: a row for each text, of which only what is not zero is kept.",
    example: "local embeddings = model:encode({ \"a cat\", \"a dog\" })\nprint(#embeddings, embeddings:to_dense():shape())")
) { c in
    c.method("shape", doc: Doc("Rows and columns.", returns: "table of two integers")) { object, call in
        try call.list([.integer(object.matrix.rowCount), .integer(object.matrix.columnCount)])
    }
    c.method("to_dense", doc: Doc("The same with its zeros.",
        returns: "Tensor [rows, columns], or [columns] for the embedding of one text")) { object, _ in
        let dense = try object.matrix.dense()
        return .object(object.isVector ? try dense.select(dim: 0, index: 0) : dense)
    }
    c.method("row", doc: Doc("One row.", parameters: [.init("index", "integer", "from 1")], returns: "SparseMatrix")) { object, call in
        let index = try call.integer(1)
        guard (1 ... max(1, object.matrix.rowCount)).contains(index), object.matrix.rowCount > 0 else {
            throw call.slot(1).invalid("must be from 1 to \(object.matrix.rowCount)")
        }
        return .object(LuaSparseMatrix(object.matrix[index - 1 ..< index], isVector: true))
    }
    c.meta(.length) { object, _ in .integer(object.matrix.rowCount) }
    c.oneLine {
        "SparseMatrix(\($0.matrix.rowCount) x \($0.matrix.columnCount), \($0.matrix.indices.count) values)"
    }
}

extension LuaSlot {
    /// Sparse embeddings, or a tensor of embeddings.
    func sparseMatrix() throws -> LuaSparseMatrix {
        if let sparse = objectIfPresent(LuaSparseMatrix.self) { return sparse }
        guard let tensor = objectIfPresent(Tensor.self), (1...2).contains(tensor.rank), tensor.dtype == .float32 else {
            throw mismatch("SparseMatrix, or Tensor [rows, dimension]")
        }
        return LuaSparseMatrix(SparseMatrix(dense: tensor.rank == 1 ? try tensor.unsqueeze(0) : tensor), isVector: tensor.rank == 1)
    }
}
