import ComputeRuntime
import Kernels

extension Tensor {
    /// `e^x / sum(e^x)` along `dim`.
    public func softmax(dim: Int = -1) throws -> Tensor {
        try alongRows(dim, "softmax", softmaxRows, backward: softmaxRowsBackward)
    }

    /// The logarithm of the softmax along `dim`.
    public func logSoftmax(dim: Int = -1) throws -> Tensor {
        try alongRows(dim, "log_softmax", logSoftmaxRows, backward: logSoftmaxRowsBackward)
    }

    /// `log(sum(e^x))` along `dim`, without overflow; -infinity where all are, with gradient 0.
    public func logSumExp(dim: Int, keepDim: Bool = false) throws -> Tensor {
        let dimension = try Shape.dimension(dim, rank: rank, of: "logsumexp")
        let source = try real().reshape(rank == 0 ? [1] : shape).moveDim(dimension, -1)
        let rows = try source.detach().dense
        let length = rows.shape[rows.rank - 1]
        let result = try Tensor(allocating: Array(rows.shape.dropLast()), for: "logsumexp")
        logSumExpRows(rows.floats, rows: result.count, length: length, into: result.floats)
        let saved = result.detach()
        result.recorded(as: "logsumexp", from: [source]) { gradient in
            let weights = try rows.subtracting(saved.unsqueeze(-1)).exp().maskedFill(saved.eq(-.infinity).unsqueeze(-1), 0)
            return [try weights.multiplying(gradient.unsqueeze(-1))]
        }
        return keepDim && rank > 0 ? try result.unsqueeze(dimension) : result
    }

    /// Sorted along `dim`, with the positions (int64) that the values had. Stable; NaN counts as the largest value.
    public func sort(dim: Int = -1, descending: Bool = false) throws -> (values: Tensor, indices: Tensor) {
        try ordered(dim, "sort", kept: { $0 }) { rows, count, length, _, values, indices in
            if rows.dtype == .float32 {
                sortRows(rows.floats, rows: count, length: length, descending: descending, into: values.floats, indices: indices.integers)
            } else {
                sortRows(rows.integers, rows: count, length: length, descending: descending, into: values.integers, indices: indices.integers)
            }
        }
    }

    /// The positions that sort along `dim`.
    public func argsort(dim: Int = -1, descending: Bool = false) throws -> Tensor { try sort(dim: dim, descending: descending).indices }

    /// The `k` largest (or smallest) along `dim`, best first, and their positions; the earlier of equals first.
    public func topK(_ k: Int, dim: Int = -1, largest: Bool = true) throws -> (values: Tensor, indices: Tensor) {
        let length = rank == 0 ? 1 : shape[try Shape.dimension(dim, rank: rank, of: "topk")]
        guard k >= 0 && k <= length else {
            throw TensorError("topk: k is \(k), the dimension has length \(length) (shape \(shape)); k must lie between 0 and \(length)")
        }
        if dtype != .float32 {
            let (values, indices) = try sort(dim: dim, descending: largest)
            return rank == 0 ? (values, indices)
                : (try values.narrow(dim: dim, start: 0, length: k), try indices.narrow(dim: dim, start: 0, length: k))
        }
        return try ordered(dim, "topk", kept: { _ in k }) { rows, count, length, k, values, indices in
            if k > 0 {
                topRows(rows.floats, rows: count, length: length, k: k, largest: largest, into: values.floats, indices: indices.integers)
            }
        }
    }

    private func ordered(
        _ dim: Int, _ name: String, kept: (Int) -> Int, _ kernel: (Tensor, Int, Int, Int, Tensor, Tensor) -> Void
    ) throws -> (values: Tensor, indices: Tensor) {
        if rank == 0 { return (try clone(), Tensor(zeros: [], dtype: .int64)) }
        let dimension = try Shape.dimension(dim, rank: rank, of: name)
        let source = try moveDim(dimension, -1)
        let rows = try (dtype == .bool ? source.toInt64() : source.detach()).dense
        let length = shape[dimension], count = length == 0 ? 0 : self.count / length
        let shape = Array(rows.shape.dropLast()) + [kept(length)]
        let values = try Tensor(allocating: shape, dtype: rows.dtype, for: name)
        let indices = try Tensor(allocating: shape, dtype: .int64, for: name)
        // Rows are ordered in memory of their own, several at once.
        do {
            try MemoryLimit.check(count: length, stride: 24 * (count > 1 ? ThreadPool.shared.threadCount : 1))
        } catch {
            throw TensorError("\(name): rows of \(length) elements cannot be ordered: \(error)")
        }
        kernel(rows, count, length, kept(length), values, indices)
        let whole = source.shape, width = kept(length)
        values.recorded(as: name, from: [source]) { gradient in
            let spread = try Tensor.zeros(whole)
            scatterAddRows(gradient.floats, indices.integers, rows: count, length: length, count: width, into: spread.floats)
            return [spread]
        }
        return (try values.to(dtype).moveDim(-1, dimension), try indices.moveDim(-1, dimension))
    }

    /// Runs a row kernel along `dim` and records it.
    private func alongRows(
        _ dim: Int, _ name: String,
        _ forward: (UnsafePointer<Float>, Int, Int, UnsafeMutablePointer<Float>) -> Void,
        backward: @escaping (UnsafePointer<Float>, UnsafePointer<Float>, Int, Int, UnsafeMutablePointer<Float>) -> Void
    ) throws -> Tensor {
        let dimension = try Shape.dimension(dim, rank: rank, of: name)
        let source = try real().reshape(rank == 0 ? [1] : shape).moveDim(dimension, -1)
        let input = try source.detach().dense
        let length = source.shape[source.rank - 1], rows = length == 0 ? 0 : count / length
        let result = try Tensor(allocating: source.shape, for: name)
        forward(input.floats, rows, length, result.floats)
        let saved = result.detach()
        result.recorded(as: name, from: [source]) { gradient in
            let output = try Tensor(allocating: saved.shape, for: name)
            backward(saved.floats, gradient.floats, rows, length, output.floats)
            return [output]
        }
        return rank == 0 ? try result.reshape([]) : try result.moveDim(-1, dimension)
    }
}
