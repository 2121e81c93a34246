import ComputeRuntime
import Kernels
import Tensors

extension SimilarityFunction {
    /// The similarity of every row of `a` with every row of `b`; only columns that both have are multiplied.
    /// - Returns: `[rows of a, rows of b]`
    public func matrix(_ a: SparseMatrix, _ b: SparseMatrix) throws -> Tensor {
        try check(a, b)
        let result = try Tensor(allocating: [a.rowCount, b.rowCount], for: "similarity")
        let left = SparseRowsByColumn(a, 0..<a.rowCount, self)
        ThreadPool.shared.runRanges(count: b.rowCount, grain: 16) { range in
            withUnsafeTemporaryAllocation(of: Double.self, capacity: max(1, left.count)) { sums in
                guard let sums = sums.baseAddress else { return }
                for j in range { _ = left.compare(with: b, row: j, sums: sums, into: result.floats + j, stride: b.rowCount) }
            }
        }
        return result
    }

    /// The similarities of rows that belong together.
    /// - Returns: `[rows]`
    public func pairwise(_ a: SparseMatrix, _ b: SparseMatrix) throws -> Tensor {
        try check(a, b)
        guard a.rowCount == b.rowCount else { throw TensorError("pairwise similarity of \(a.rowCount) and \(b.rowCount) rows") }
        var row = [Float](repeating: 0, count: a.columnCount)
        return Tensor((0..<a.rowCount).map { i -> Float in
            let (own, others) = (a.offsets[i] ..< a.offsets[i + 1], b.offsets[i] ..< b.offsets[i + 1])
            for place in own { row[Int(a.indices[place])] = a.values[place] }
            defer { for place in own { row[Int(a.indices[place])] = 0 } }
            var sum = 0.0
            for place in others {
                let x = row[Int(b.indices[place])]
                if x != 0 { sum += shared(Double(x), Double(b.values[place])) }
            }
            return combine(sum, size(of: a.values[own]), size(of: b.values[others]))
        })
    }

    private func check(_ a: SparseMatrix, _ b: SparseMatrix) throws {
        guard a.columnCount == b.columnCount else {
            throw TensorError("similarity of embeddings of different dimension: \(a.columnCount) and \(b.columnCount)")
        }
    }
}
