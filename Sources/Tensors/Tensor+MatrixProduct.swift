import ComputeRuntime
import Kernels

extension Tensor {
    /// The matrix product over the last two dimensions, float32: `[..., m, k]` by `[..., k, n]` gives `[..., m, n]`, the
    /// leading dimensions being broadcast. A vector on the left is a row, on the right a column, and its dimension goes.
    public func matmul(_ other: Tensor) throws -> Tensor {
        try requireFloat("matmul")
        try other.requireFloat("matmul")
        guard rank > 0 && other.rank > 0 else {
            throw TensorError("matmul: shapes \(shape) and \(other.shape); both need a dimension at least, use * to scale")
        }
        if rank == 1 { return try unsqueeze(0).matmul(other).squeeze(other.rank == 1 ? -1 : -2) }
        if other.rank == 1 { return try matmul(other.unsqueeze(1)).squeeze(-1) }
        guard shape[rank - 1] == other.shape[other.rank - 2] else {
            throw TensorError("""
                matmul: shapes \(shape) and \(other.shape): the last dimension of the first (\(shape[rank - 1])) must equal the \
                last but one of the second (\(other.shape[other.rank - 2])); transpose one of them
                """)
        }
        if rank == 2 && other.rank == 2 { return try matrixTimesMatrix(other) }
        if other.rank == 2 {
            // One matrix for the whole batch: its rows are one tall matrix.
            let rows = shape.dropLast().reduce(1, *)
            return try reshape([rows, shape[rank - 1]]).matrixTimesMatrix(other).reshape(Array(shape.dropLast()) + [other.shape[1]])
        }
        return try batchTimesBatch(other)
    }

    /// `self @ weight^T + bias` for `[..., inputs]`, a weight `[outputs, inputs]` and a bias `[outputs]`.
    public func linear(_ weight: Tensor, bias: Tensor? = nil) throws -> Tensor {
        guard weight.rank == 2, rank > 0, shape[rank - 1] == weight.shape[1] else {
            throw TensorError("""
                linear: input of shape \(shape) and weight of shape \(weight.shape); the input's last dimension must equal the \
                weight's second
                """)
        }
        let product = try matmul(weight.transpose(0, 1))
        return try bias.map { try product.adding($0) } ?? product
    }

    /// The scalar product of two vectors.
    public func dot(_ other: Tensor) throws -> Tensor {
        guard rank == 1, shape == other.shape else {
            throw TensorError("dot: shapes \(shape) and \(other.shape); both must be vectors of one length")
        }
        return try multiplying(other).sum()
    }

    private func matrixTimesMatrix(_ other: Tensor) throws -> Tensor {
        let first = try MatrixOperand(self), second = try MatrixOperand(other)
        let result = try Tensor(allocating: [shape[0], other.shape[1]], for: "matmul")
        try Self.checkProductRoom(columns: other.shape[1], depth: shape[1], products: 1)
        matrixProduct(first.tensor.floats, first.order, second.tensor.floats, second.order, into: result.floats,
                      m: shape[0], n: other.shape[1], k: shape[1], rowStrideA: first.rowStride, rowStrideB: second.rowStride)
        let (a, b) = (detach(), other.detach())
        let (needsFirst, needsSecond) = (requiresGrad, other.requiresGrad)
        return result.recorded(as: "matmul", from: [self, other]) { gradient in
            [needsFirst ? try gradient.matrixTimesMatrix(b.transpose(0, 1)) : nil,
             needsSecond ? try a.transpose(0, 1).matrixTimesMatrix(gradient) : nil]
        }
    }

    private func batchTimesBatch(_ other: Tensor) throws -> Tensor {
        let (m, k, n) = (shape[rank - 2], shape[rank - 1], other.shape[other.rank - 1])
        let batch = try Shape.broadcast(Array(shape.dropLast(2)), Array(other.shape.dropLast(2)), of: "matmul")
        let matrices = try Shape.count(batch, of: "matmul")
        let (a, b) = (detach(), other.detach())
        let first = try a.expand(batch + [m, k]).dense, second = try b.expand(batch + [k, n]).dense
        let result = try Tensor(allocating: batch + [m, n], for: "matmul")
        try Self.checkProductRoom(columns: n, depth: k, products: matrices)
        let (x, y, z) = (first.floats, second.floats, result.floats)
        ThreadPool.shared.runRanges(count: matrices, grain: Swift.max(1, 100_000 / Swift.max(1, m * k * n))) { range in
            for index in range {
                matrixProduct(x + index * m * k, .normal, y + index * k * n, .normal, into: z + index * m * n, m: m, n: n, k: k)
            }
        }
        let (needsFirst, needsSecond) = (requiresGrad, other.requiresGrad)
        return result.recorded(as: "matmul", from: [self, other]) { gradient in
            [needsFirst ? try gradient.matmul(b.transpose(-1, -2)).summed(to: a.shape) : nil,
             needsSecond ? try a.transpose(-1, -2).matmul(gradient).summed(to: b.shape) : nil]
        }
    }
}

extension Tensor {
    /// Throws if products with right operands `[depth, columns]`, which are there, would not have the memory that they work in.
    private static func checkProductRoom(columns: Int, depth: Int, products: Int) throws {
        let size = ComputePrecision.float32.tileFormat.map { TilePanels.byteCount($0, columns: columns, depth: depth) } ?? 0
        try ComputeRoom.check(size * Swift.min(products, ThreadPool.shared.threadCount),
                              for: "matmul: the product with a matrix of shape [\(depth), \(columns)] cannot be made")
    }
}

/// A matrix as the product kernel reads it: as it lies if rows or columns are without gaps, else copied.
private struct MatrixOperand {
    let tensor: Tensor
    let order: MatrixOrder
    let rowStride: Int

    init(_ matrix: Tensor) throws {
        let (rows, columns) = (matrix.shape[0], matrix.shape[1])
        // OpenBLAS counts the distance of rows with 32 bits too.
        let isNear = matrix.strides.allSatisfy { $0 <= Shape.longestDimension }
        if isNear && matrix.strides[1] == 1 && matrix.strides[0] >= Swift.max(1, columns) {
            (tensor, order, rowStride) = (matrix, .normal, matrix.strides[0])
        } else if isNear && matrix.strides[0] == 1 && matrix.strides[1] >= Swift.max(1, rows) {
            (tensor, order, rowStride) = (matrix, .transposed, matrix.strides[1])
        } else {
            (tensor, order, rowStride) = (try matrix.copy(for: "matmul"), .normal, Swift.max(1, columns))
        }
    }
}
