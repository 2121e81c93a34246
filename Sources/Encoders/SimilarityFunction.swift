import ComputeRuntime
import Kernels
import Tensors

/// How alike two embeddings are; greater is more alike. The raw value is `similarity_fn_name`.
public enum SimilarityFunction: String, CaseIterable, Sendable {
    /// The cosine of the angle between them.
    case cosine
    /// Their dot product.
    case dot
    /// Minus their Euclidean distance.
    case euclidean
    /// Minus their Manhattan distance.
    case manhattan

    /// Whether it is a dot product, of normalised vectors or of vectors as they are.
    package var isDotProduct: Bool { self == .cosine || self == .dot }

    /// The similarities of rows that belong together.
    ///
    /// - Parameters:
    ///   - a: `[rows, dimension]`
    ///   - b: `[rows, dimension]`
    /// - Returns: `[rows]`, off the tape.
    public func pairwise(_ a: Tensor, _ b: Tensor) throws -> Tensor {
        try Self.check(a, b)
        guard a.shape[0] == b.shape[0] else { throw TensorError("pairwise similarity of \(a.shape[0]) and \(b.shape[0]) rows") }
        let (left, right) = (prepared(a), prepared(b))
        let dimension = a.shape[1]
        let result = Tensor(uninitialized: [a.shape[0]])
        for row in 0..<a.shape[0] {
            let (x, y) = (left.floats + row * dimension, right.floats + row * dimension)
            switch self {
            case .cosine, .dot: result.floats[row] = dotProduct(x, y, count: dimension)
            case .euclidean: result.floats[row] = -squaredDistance(x, y, count: dimension).squareRoot()
            case .manhattan: result.floats[row] = -manhattanDistance(x, y, count: dimension)
            }
        }
        return result
    }

    /// The similarity of every row of `a` with every row of `b`.
    ///
    /// - Parameters:
    ///   - a: `[rows, dimension]`
    ///   - b: `[columns, dimension]`
    /// - Returns: `[rows, columns]`, off the tape.
    public func matrix(_ a: Tensor, _ b: Tensor) throws -> Tensor {
        try Self.check(a, b)
        let (left, right) = (prepared(a), prepared(b))
        let result = try Tensor(allocating: [a.shape[0], b.shape[0]], for: "similarity")
        block(left.floats, right.floats, into: result.floats, rows: a.shape[0], columns: b.shape[0], dimension: a.shape[1]) { _ in }
        return result
    }

    /// A contiguous float32 copy as ``block`` wants it: normalised for the cosine.
    package func prepared(_ embeddings: Tensor) -> Tensor {
        if self != .cosine { return embeddings.contiguous() }
        let copy = embeddings.contiguousCopy()
        normalizeRows(copy.floats, rows: copy.shape[0], columns: copy.shape[1])
        return copy
    }

    /// `result[rows, columns]` of prepared rows `a[rows, dimension]` and `b[columns, dimension]`.
    ///
    /// - Parameter finished: called for each range of finished rows, on the thread that made it.
    package func block(
        _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, into result: UnsafeMutablePointer<Float>,
        rows: Int, columns: Int, dimension: Int, finished: @escaping (Range<Int>) -> Void
    ) {
        if isDotProduct {
            matrixProduct(a, .normal, b, .transposed, into: result, m: rows, n: columns, k: dimension, epilogue: finished)
            return
        }
        ThreadPool.shared.runRanges(count: rows, grain: 8) { range in
            for row in range {
                for column in 0..<columns {
                    let (x, y) = (a + row * dimension, b + column * dimension)
                    result[row * columns + column] = self == .euclidean
                        ? -squaredDistance(x, y, count: dimension).squareRoot()
                        : -manhattanDistance(x, y, count: dimension)
                }
            }
            finished(range)
        }
    }

    /// - Throws: ``TensorError`` unless both are float32 matrices with rows of the same length.
    package static func check(_ a: Tensor, _ b: Tensor) throws {
        for tensor in [a, b] where tensor.rank != 2 || tensor.dtype != .float32 {
            throw TensorError("similarity needs float32 embeddings of shape [rows, dimension], got \(tensor.dtype) of shape \(tensor.shape)")
        }
        if a.shape[1] != b.shape[1] {
            throw TensorError("similarity of embeddings of different dimension: \(a.shape[1]) and \(b.shape[1])")
        }
    }
}
