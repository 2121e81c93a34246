import Kernels

/// Arithmetic on shapes: what operations share in checking them.
enum Shape {
    /// The most that a dimension may have. Kernels and OpenBLAS count rows with 32 bits; larger ones are refused here and nowhere else.
    static let longestDimension = Int(Int32.max)
    /// The most dimensions of a tensor.
    private static let mostDimensions = 128
    /// The most elements of a shape, memory or not: views may repeat what they show.
    private static let mostElements = 1 << 59

    /// The number of elements of `shape`.
    /// - Throws: ``TensorError`` for a dimension below 0 or above ``longestDimension``, or for more elements than can be counted.
    static func count(_ shape: [Int], of operation: String) throws -> Int {
        guard shape.count <= mostDimensions else {
            throw TensorError("\(operation): a shape with \(shape.count) dimensions cannot be made; \(mostDimensions) are the most")
        }
        var product = 1, hasZero = false
        for length in shape {
            guard length >= 0, length <= longestDimension else {
                throw TensorError("""
                    \(operation): the shape \(shape) cannot be made: \(length) is \(length < 0 ? "less than 0" : "more than \(longestDimension)"), \
                    the \(length < 0 ? "least" : "most") that a dimension may have
                    """)
            }
            if length == 0 { hasZero = true }
            // As if it were 1: distances of rows are counted beside empty dimensions too.
            let (next, overflow) = product.multipliedReportingOverflow(by: Swift.max(1, length))
            guard !overflow, next <= mostElements else {
                throw TensorError("\(operation): the shape \(shape) cannot be made: it has more elements than can be counted")
            }
            product = next
        }
        return hasZero ? 0 : product
    }

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
    public var dense: Tensor { get throws { isContiguous ? self : try copy(for: "contiguous") } }

    /// Start of the first element, whatever its type.
    var start: UnsafeMutableRawPointer { storage.pointer + offset * dtype.byteCount }

    /// The gradient of a tensor of `shape` that was broadcast to this one: the sums over the repeated dimensions.
    func summed(to shape: [Int]) throws -> Tensor {
        if self.shape == shape { return self }
        var result = self
        let extra = rank - shape.count
        if extra > 0 {
            let kept = self.shape[extra...].reduce(1, *)
            let source = try dense
            let sum = try Tensor(allocating: Array(self.shape[extra...]), for: "sum")
            sumElements(source.floats, outer: 1, length: kept == 0 ? 0 : count / kept, inner: kept, into: sum.floats)
            result = sum
        }
        for dimension in 0..<shape.count where shape[dimension] == 1 && result.shape[dimension] != 1 {
            result = try result.sum(dim: dimension, keepDim: true)
        }
        return result
    }

    /// This tensor as float32 for a function that is defined on real numbers; on the tape.
    func real() throws -> Tensor { dtype == .float32 ? self : try toFloat32() }

    /// Throws unless gradients can be asked of a result of this type.
    func requireFloat(_ operation: String) throws {
        guard dtype == .float32 else {
            throw TensorError("\(operation): needs a float32 tensor, this one is \(dtype) of shape \(shape); convert it to float32")
        }
    }
}
