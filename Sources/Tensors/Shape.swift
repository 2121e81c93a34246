import Kernels

/// Arithmetic on shapes: what operations share in checking them.
enum Shape {
    /// The dimension counted from 0 that `dimension` names; negative ones count from the end.
    static func dimension(_ dimension: Int, rank: Int, of operation: String) throws -> Int {
        let bound = max(rank, 1)
        guard dimension >= -bound && dimension < bound else {
            throw TensorError("""
                \(operation): dimension \(dimension) of a tensor with \(rank) dimension\(rank == 1 ? "" : "s"); use \(-bound) \
                to \(bound - 1)
                """)
        }
        return dimension < 0 ? dimension + bound : dimension
    }

    /// The shape that both operands are repeated to.
    static func broadcast(_ first: [Int], _ second: [Int], of operation: String) throws -> [Int] {
        if first == second { return first }
        let rank = max(first.count, second.count)
        let a = [Int](repeating: 1, count: rank - first.count) + first
        let b = [Int](repeating: 1, count: rank - second.count) + second
        return try zip(a, b).map { left, right in
            guard left == right || left == 1 || right == 1 else {
                throw TensorError("""
                    \(operation): shapes \(first) and \(second) do not broadcast: aligned at their last dimensions, each pair \
                    must be equal or hold a 1; reshape or unsqueeze one of them
                    """)
            }
            return left == 1 ? right : left
        }
    }

    /// `shape` seen from `dimension`: elements before it, its length, elements behind it.
    static func around(_ dimension: Int, in shape: [Int]) -> (outer: Int, length: Int, inner: Int) {
        if shape.isEmpty { return (1, 1, 1) }
        return (shape[..<dimension].reduce(1, *), shape[dimension], shape[(dimension + 1)...].reduce(1, *))
    }

    /// `shape` after a reduction along `dimension`.
    static func reduced(_ shape: [Int], along dimension: Int, keepDim: Bool) -> [Int] {
        if shape.isEmpty { return [] }
        var result = shape
        if keepDim { result[dimension] = 1 } else { result.remove(at: dimension) }
        return result
    }
}

extension Tensor {
    /// Row-major elements, off the tape: what a kernel reads.
    var dense: Tensor { isContiguous ? self : contiguousCopy() }

    /// Start of the first element, whatever its type.
    var start: UnsafeMutableRawPointer { storage.pointer + offset * dtype.byteCount }

    /// The gradient of a tensor of `shape` that was broadcast to this one: the sums over the repeated dimensions.
    func summed(to shape: [Int]) throws -> Tensor {
        if self.shape == shape { return self }
        var result = self
        let extra = rank - shape.count
        if extra > 0 {
            let kept = self.shape[extra...].reduce(1, *)
            let source = dense
            let sum = Tensor(uninitialized: Array(self.shape[extra...]))
            sumElements(source.floats, outer: 1, length: kept == 0 ? 0 : count / kept, inner: kept, into: sum.floats)
            result = sum
        }
        for dimension in 0..<shape.count where shape[dimension] == 1 && result.shape[dimension] != 1 {
            result = try result.sum(dim: dimension, keepDim: true)
        }
        return result
    }

    /// This tensor as float32 for a function that is defined on real numbers; on the tape.
    func real() -> Tensor { dtype == .float32 ? self : toFloat32() }

    /// Throws unless gradients can be asked of a result of this type.
    func requireFloat(_ operation: String) throws {
        guard dtype == .float32 else {
            throw TensorError("\(operation): needs a float32 tensor, this one is \(dtype) of shape \(shape); convert it to float32")
        }
    }
}
