import Kernels
import Tensors

extension SimilarityFunction {
    /// The similarity of every row of `a` with every row of `b`; only columns that both have are multiplied.
    /// - Returns: `[rows of a, rows of b]`
    public func matrix(_ a: SparseMatrix, _ b: SparseMatrix) throws -> Tensor {
        try check(a, b)
        let result = Tensor(uninitialized: [a.rowCount, b.rowCount])
        let (left, right) = (sizes(a), sizes(b))
        ThreadPool.shared.runRanges(count: a.rowCount, grain: 1) { range in
            var row = [Float](repeating: 0, count: a.columnCount)
            for i in range {
                for place in a.offsets[i] ..< a.offsets[i + 1] { row[Int(a.indices[place])] = a.values[place] }
                for j in 0..<b.rowCount { result.floats[i * b.rowCount + j] = compare(row, left[i], b, j, right[j]) }
                for place in a.offsets[i] ..< a.offsets[i + 1] { row[Int(a.indices[place])] = 0 }
            }
        }
        return result
    }

    /// The similarities of rows that belong together.
    /// - Returns: `[rows]`
    public func pairwise(_ a: SparseMatrix, _ b: SparseMatrix) throws -> Tensor {
        try check(a, b)
        guard a.rowCount == b.rowCount else { throw TensorError("pairwise similarity of \(a.rowCount) and \(b.rowCount) rows") }
        let (left, right) = (sizes(a), sizes(b))
        var row = [Float](repeating: 0, count: a.columnCount)
        return Tensor((0..<a.rowCount).map { i -> Float in
            for place in a.offsets[i] ..< a.offsets[i + 1] { row[Int(a.indices[place])] = a.values[place] }
            defer { for place in a.offsets[i] ..< a.offsets[i + 1] { row[Int(a.indices[place])] = 0 } }
            return compare(row, left[i], b, i, right[i])
        })
    }

    /// What a row alone adds to a comparison: its length for the cosine, its squared length or sum of magnitudes for distances.
    private func sizes(_ matrix: SparseMatrix) -> [Double] {
        (0..<matrix.rowCount).map { row in
            let values = matrix.values[matrix.offsets[row] ..< matrix.offsets[row + 1]]
            switch self {
            case .dot: return 0
            case .cosine: return values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
            case .euclidean: return values.reduce(0.0) { $0 + Double($1) * Double($1) }
            case .manhattan: return values.reduce(0.0) { $0 + Double(abs($1)) }
            }
        }
    }

    private func compare(_ row: [Float], _ left: Double, _ b: SparseMatrix, _ j: Int, _ right: Double) -> Float {
        var sum = 0.0
        for place in b.offsets[j] ..< b.offsets[j + 1] {
            let x = Double(row[Int(b.indices[place])]), y = Double(b.values[place])
            if x == 0 { continue }
            // Distances begin with what both rows have alone, and correct it where they share a column.
            sum += self == .manhattan ? abs(x - y) - abs(x) - abs(y) : x * y
        }
        switch self {
        case .dot: return Float(sum)
        // The reference bounds lengths from below, so that empty rows give zero.
        case .cosine: return Float(sum / (max(left, 1e-12) * max(right, 1e-12)))
        case .euclidean: return -Float(max(0, left + right - 2 * sum).squareRoot())
        case .manhattan: return -Float(left + right + sum)
        }
    }

    private func check(_ a: SparseMatrix, _ b: SparseMatrix) throws {
        guard a.columnCount == b.columnCount else {
            throw TensorError("similarity of embeddings of different dimension: \(a.columnCount) and \(b.columnCount)")
        }
    }
}
