import Tensors

/// The embeddings of texts, a row each, as their model makes them.
public enum TextEmbeddings {
    /// `[texts, dimension]`, float32.
    case dense(Tensor)
    /// Without their zeros.
    case sparse(SparseMatrix)

    public var rowCount: Int {
        switch self {
        case .dense(let tensor): return tensor.shape.first ?? 0
        case .sparse(let matrix): return matrix.rowCount
        }
    }

    /// Elements of a row, zeros included.
    public var dimension: Int {
        switch self {
        case .dense(let tensor): return tensor.rank == 2 ? tensor.shape[1] : 0
        case .sparse(let matrix): return matrix.columnCount
        }
    }

    /// `[texts, dimension]`, with zeros.
    /// - Throws: `TensorError` if there is no memory for them.
    public func dense() throws -> Tensor {
        switch self {
        case .dense(let tensor): return tensor
        case .sparse(let matrix): return try matrix.dense()
        }
    }

    /// The rows of a range.
    public func rows(_ range: Range<Int>) throws -> TextEmbeddings {
        switch self {
        case .dense(let tensor): return .dense(try tensor.narrow(dim: 0, start: range.lowerBound, length: range.count))
        case .sparse(let matrix): return .sparse(matrix[range])
        }
    }

    /// Rows in another order, some perhaps more than once.
    public func selecting(_ rows: [Int]) throws -> TextEmbeddings {
        switch self {
        case .dense(let tensor): return .dense(try tensor.indexSelect(dim: 0, indices: rows))
        case .sparse(let matrix): return .sparse(matrix.selecting(rows: rows))
        }
    }

    /// The first row that holds something that is no finite number, and what that is.
    public var firstNotFinite: (row: Int, value: Float)? {
        switch self {
        case .dense(let tensor):
            let plain = tensor.contiguous()
            let values = UnsafeBufferPointer(start: plain.floats, count: plain.count)
            return values.firstIndex { !$0.isFinite }.map { ($0 / max(1, dimension), values[$0]) }
        case .sparse(let matrix):
            guard let place = matrix.values.firstIndex(where: { !$0.isFinite }) else { return nil }
            return ((matrix.offsets.firstIndex { $0 > place } ?? 1) - 1, matrix.values[place])
        }
    }
}

extension SimilarityFunction {
    /// The similarities of rows that belong together, `[rows]`; of sparse embeddings without their zeros.
    public func pairwise(_ a: TextEmbeddings, _ b: TextEmbeddings) throws -> Tensor {
        if case .sparse(let left) = a, case .sparse(let right) = b { return try pairwise(left, right) }
        return try pairwise(a.dense(), b.dense())
    }

    /// The similarity of every row of `a` with every row of `b`, `[rows of a, rows of b]`; of sparse embeddings without their zeros.
    public func matrix(_ a: TextEmbeddings, _ b: TextEmbeddings) throws -> Tensor {
        if case .sparse(let left) = a, case .sparse(let right) = b { return try matrix(left, right) }
        return try matrix(a.dense(), b.dense())
    }
}
