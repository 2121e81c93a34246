import ComputeRuntime
import Kernels

extension Tensor {
    /// The tensors one behind the other along `dim`; their other dimensions must agree.
    public static func cat(_ tensors: [Tensor], dim: Int = 0) throws -> Tensor {
        guard let first = tensors.first else { throw TensorError("cat: the list of tensors is empty") }
        guard first.rank > 0 else { throw TensorError("cat: tensors without dimensions cannot be joined; use stack") }
        let dimension = try Shape.dimension(dim, rank: first.rank, of: "cat")
        var shape = first.shape
        shape[dimension] = 0
        for (position, tensor) in tensors.enumerated() {
            var rest = tensor.shape
            if rest.count == first.rank { rest[dimension] = first.shape[dimension] }
            guard rest == first.shape else {
                throw TensorError("""
                    cat: tensor \(position + 1) of \(tensors.count) has shape \(tensor.shape), the first \(first.shape); they \
                    may differ only in the dimension that is joined
                    """)
            }
            guard tensor.dtype == first.dtype else {
                throw TensorError("""
                    cat: tensor \(position + 1) of \(tensors.count) is \(tensor.dtype), the first \(first.dtype); convert them \
                    to one type
                    """)
            }
            shape[dimension] += tensor.shape[dimension]
        }
        let result = try Tensor(allocating: shape, dtype: first.dtype, for: "cat")
        let lengths = tensors.map { $0.shape[dimension] }
        var start = 0
        for (tensor, length) in zip(tensors, lengths) {
            let source = try tensor.dense
            copyToStrided(from: source.start, strides: result.strides, shape: tensor.shape, elementSize: first.dtype.byteCount,
                          to: result.start + start * result.strides[dimension] * first.dtype.byteCount)
            start += length
        }
        return result.recorded(as: "cat", from: tensors) { gradient in
            var start = 0
            return try lengths.map { length in
                defer { start += length }
                return try gradient.narrow(dim: dimension, start: start, length: length)
            }
        }
    }

    /// Tensors of one shape along a new dimension `dim`.
    public static func stack(_ tensors: [Tensor], dim: Int = 0) throws -> Tensor {
        guard let first = tensors.first else { throw TensorError("stack: the list of tensors is empty") }
        for (position, tensor) in tensors.enumerated() where tensor.shape != first.shape {
            throw TensorError("""
                stack: tensor \(position + 1) of \(tensors.count) has shape \(tensor.shape), the first \(first.shape); they \
                must be equal
                """)
        }
        let dimension = try Shape.dimension(dim, rank: first.rank + 1, of: "stack")
        return try cat(tensors.map { try $0.unsqueeze(dimension) }, dim: dimension)
    }

    /// What a view takes beside the elements that it shows, with the handle that a script has of it.
    private static let viewSize = 512

    /// Pieces of `size` elements along `dim`, the last one shorter. Views.
    public func split(_ size: Int, dim: Int = 0) throws -> [Tensor] {
        let dimension = try Shape.dimension(dim, rank: rank, of: "split")
        guard size > 0, rank > 0 else { throw TensorError("split: pieces of \(size) elements of shape \(shape); size must be 1 or more") }
        let length = shape[dimension], step = Swift.min(size, Swift.max(1, length))
        let pieces = length / step + 1
        do {
            try MemoryLimit.check(count: pieces, stride: Self.viewSize)
        } catch {
            throw TensorError("split: \(pieces) pieces of shape \(shape) cannot be made: \(error); take larger ones")
        }
        return try stride(from: 0, to: Swift.max(1, length), by: step).map {
            try narrow(dim: dimension, start: $0, length: Swift.min(step, length - $0))
        }
    }

    /// At most `pieces` pieces of equal length along `dim`, the last one perhaps shorter. Views.
    public func chunk(_ pieces: Int, dim: Int = 0) throws -> [Tensor] {
        let dimension = try Shape.dimension(dim, rank: rank, of: "chunk")
        guard pieces > 0, rank > 0 else { throw TensorError("chunk: \(pieces) pieces of shape \(shape); it must be 1 or more") }
        let length = shape[dimension], most = Swift.min(pieces, Swift.max(1, length))
        return try split(Swift.max(1, (length + most - 1) / most), dim: dimension)
    }
}
