import Kernels

extension Tensor {
    /// The largest of all elements, or along `dim`. Along a dimension the gradient goes to the first of equals, over
    /// all elements it is shared by equals.
    public func max(dim: Int? = nil, keepDim: Bool = false) throws -> Tensor {
        guard let dim else { return try amax(dim: nil, keepDim: keepDim) }
        return try maxWithIndices(dim: dim, keepDim: keepDim).values
    }

    /// The smallest; see ``max(dim:keepDim:)``.
    public func min(dim: Int? = nil, keepDim: Bool = false) throws -> Tensor {
        guard let dim else { return try amin(dim: nil, keepDim: keepDim) }
        return try minWithIndices(dim: dim, keepDim: keepDim).values
    }

    /// The largest along `dim` and where they are; the first of equals. NaN counts as the largest.
    public func maxWithIndices(dim: Int, keepDim: Bool = false) throws -> (values: Tensor, indices: Tensor) {
        try extremes(dim, keepDim, largest: true, "max")
    }

    /// The smallest along `dim` and where they are; the first of equals. NaN counts as the smallest.
    public func minWithIndices(dim: Int, keepDim: Bool = false) throws -> (values: Tensor, indices: Tensor) {
        try extremes(dim, keepDim, largest: false, "min")
    }

    /// The largest of all elements, or along `dim`; the gradient is shared by equals.
    public func amax(dim: Int? = nil, keepDim: Bool = false) throws -> Tensor { try shared(dim, keepDim, largest: true, "max") }

    /// The smallest; the gradient is shared by equals.
    public func amin(dim: Int? = nil, keepDim: Bool = false) throws -> Tensor { try shared(dim, keepDim, largest: false, "min") }

    /// Where the largest is: in the row-major order of all elements, or along `dim`.
    public func argmax(dim: Int? = nil, keepDim: Bool = false) throws -> Tensor { try place(dim, keepDim, largest: true, "argmax") }

    /// Where the smallest is.
    public func argmin(dim: Int? = nil, keepDim: Bool = false) throws -> Tensor { try place(dim, keepDim, largest: false, "argmin") }

    private func place(_ dim: Int?, _ keepDim: Bool, largest: Bool, _ name: String) throws -> Tensor {
        try GradientTape.noGrad {
            if let dim { return try extremes(dim, keepDim, largest: largest, name).indices }
            let found = try reshape([-1]).extremes(0, false, largest: largest, name).indices
            return try found.reshape(keepDim ? [Int](repeating: 1, count: rank) : [])
        }
    }

    private func shared(_ dim: Int?, _ keepDim: Bool, largest: Bool, _ name: String) throws -> Tensor {
        let result = try GradientTape.noGrad {
            try dim == nil ? reshape([-1]).extremes(0, false, largest: largest, name).values : extremes(dim!, true, largest: largest, name).values
        }
        let kept = dim == nil ? [Int](repeating: 1, count: rank) : result.shape
        let saved = try result.detach().reshape(kept)
        var shape = kept
        if !keepDim { shape = dim == nil ? [] : Shape.reduced(self.shape, along: try Shape.dimension(dim!, rank: rank, of: name), keepDim: false) }
        return try result.reshape(shape).recorded(as: name, from: [self]) { gradient in
            let isExtreme = try self.detach().eq(saved).toFloat32()
            let shares = try dim == nil ? isExtreme.sum() : isExtreme.sum(dim: dim, keepDim: true)
            return [try isExtreme.dividing(by: shares).multiplying(gradient.reshape(kept))]
        }
    }

    private func extremes(_ dim: Int, _ keepDim: Bool, largest: Bool, _ name: String) throws -> (values: Tensor, indices: Tensor) {
        let dimension = try Shape.dimension(dim, rank: rank, of: name)
        let (outer, length, inner) = Shape.around(dimension, in: shape)
        guard length > 0 else {
            throw TensorError("\(name): the dimension of shape \(shape) to go along is empty, it has no \(largest ? "largest" : "smallest") element")
        }
        let shape = Shape.reduced(self.shape, along: dimension, keepDim: keepDim)
        let indices = try Tensor(allocating: shape, dtype: .int64, for: name)
        if dtype != .float32 {
            let input = try toInt64().dense
            let values = try Tensor(allocating: shape, dtype: .int64, for: name)
            extremeElements(input.integers, outer: outer, length: length, inner: inner, largest: largest,
                            into: values.integers, indices: indices.integers)
            return (try values.to(dtype), indices)
        }
        let values = try Tensor(allocating: shape, for: name), input = try dense
        extremeElements(input.floats, outer: outer, length: length, inner: inner, largest: largest,
                        into: values.floats, indices: indices.integers)
        let whole = self.shape
        values.recorded(as: name, from: [self]) { gradient in
            let kept = Shape.reduced(whole, along: dimension, keepDim: true)
            let spread = try Tensor.zeros(whole)
            return [try spread.scatterAdd(dim: dimension, index: indices.reshape(kept), source: gradient.reshape(kept)).reshape(whole)]
        }
        return (values, indices)
    }
}
