import Kernels

extension Tensor {
    /// The sum of all elements, or along `dim`; whole numbers and truth values give int64.
    public func sum(dim: Int? = nil, keepDim: Bool = false) throws -> Tensor {
        try reduced("sum", dim, keepDim, whole: { input, geometry, result in
            sumElements(input.integers, outer: geometry.outer, length: geometry.length, inner: geometry.inner, into: result.integers)
        }, real: { input, geometry, result in
            sumElements(input.floats, outer: geometry.outer, length: geometry.length, inner: geometry.inner, into: result.floats)
        }, backward: { gradient, _, _ in gradient })
    }

    /// The sum along several dimensions.
    public func sum(dims: [Int], keepDim: Bool = false) throws -> Tensor {
        try overDimensions(dims, keepDim, of: "sum") { try $0.sum(dim: $1, keepDim: true) }
    }

    /// The mean of all elements, or along `dim`. NaN of nothing.
    public func mean(dim: Int? = nil, keepDim: Bool = false) throws -> Tensor {
        let length = try reducedLength(dim, of: "mean")
        return try real().reduced("mean", dim, keepDim, whole: nil, real: { input, geometry, result in
            sumElements(input.floats, outer: geometry.outer, length: geometry.length, inner: geometry.inner,
                        scale: 1 / Double(length), into: result.floats)
            if length == 0 { result.floats.update(repeating: .nan, count: result.count) }
        }, backward: { gradient, _, _ in try gradient.dividing(by: Double(length)) })
    }

    /// The mean along several dimensions.
    public func mean(dims: [Int], keepDim: Bool = false) throws -> Tensor {
        try overDimensions(dims, keepDim, of: "mean") { try $0.mean(dim: $1, keepDim: true) }
    }

    /// The product of all elements, or along `dim`.
    public func prod(dim: Int? = nil, keepDim: Bool = false) throws -> Tensor {
        try reduced("prod", dim, keepDim, whole: { input, geometry, result in
            multiplyElements(input.integers, outer: geometry.outer, length: geometry.length, inner: geometry.inner, into: result.integers)
        }, real: { input, geometry, result in
            multiplyElements(input.floats, outer: geometry.outer, length: geometry.length, inner: geometry.inner, into: result.floats)
        }, backward: { gradient, input, result in
            // One zero among the factors leaves a gradient only at the zero, two leave none.
            let isZero = try input.eq(0)
            let dimension = dim ?? 0
            let flat = dim == nil ? try input.reshape([-1]) : input
            let mask = try isZero.reshape(flat.shape)
            let zeros = try mask.sum(dim: dimension, keepDim: true)
            let others = try flat.maskedFill(mask, 1).prod(dim: dimension, keepDim: true)
            let atZero = try Tensor.where(zeros.eq(1).logicalAnd(mask), others.expand(flat.shape), Tensor.scalar(0))
            let elsewhere = try Tensor.where(zeros.eq(0), others.expand(flat.shape).dividing(by: flat.maskedFill(mask, 1)), Tensor.scalar(0))
            return try gradient.multiplying(atZero.adding(elsewhere).reshape(input.shape))
        })
    }

    /// The variance of all elements, or along `dim`, with divisor `n - correction` (1: unbiased, 0: of the population).
    public func variance(dim: Int? = nil, correction: Int = 1, keepDim: Bool = false) throws -> Tensor {
        let length = try reducedLength(dim, of: "var")
        let input = try real()
        let mean = try dim == nil ? input.mean() : input.mean(dim: dim, keepDim: true)
        return try input.subtracting(mean).square().sum(dim: dim, keepDim: keepDim)
            .dividing(by: Swift.max(0, Double(length) - Double(correction)))
    }

    /// The square root of the variance.
    public func std(dim: Int? = nil, correction: Int = 1, keepDim: Bool = false) throws -> Tensor {
        try variance(dim: dim, correction: correction, keepDim: keepDim).safeSquareRoot("std")
    }

    /// `(sum |x|^p)^(1/p)` of all elements, or along `dim`; p may be infinity, and 0 counts what differs from 0.
    /// The gradient of the 2-norm of zeros is 0.
    public func norm(p: Double = 2, dim: Int? = nil, keepDim: Bool = false) throws -> Tensor {
        guard p >= 0 else { throw TensorError("norm: p is \(p); it must be 0 or more") }
        let input = try real()
        switch p {
        case 0: return try input.ne(0).toFloat32().sum(dim: dim, keepDim: keepDim)
        case 1: return try input.abs().sum(dim: dim, keepDim: keepDim)
        case 2: return try input.square().sum(dim: dim, keepDim: keepDim).safeSquareRoot("norm")
        case .infinity: return try input.abs().amax(dim: dim, keepDim: keepDim)
        default: return try input.abs().pow(p).sum(dim: dim, keepDim: keepDim).pow(1 / p)
        }
    }

    /// Whether any element, or any along `dim`, is true (differs from 0).
    public func any(dim: Int? = nil, keepDim: Bool = false) throws -> Tensor { try toBool().sum(dim: dim, keepDim: keepDim).gt(0) }

    /// Whether all elements, or all along `dim`, are true.
    public func all(dim: Int? = nil, keepDim: Bool = false) throws -> Tensor {
        try toBool().logicalNot().sum(dim: dim, keepDim: keepDim).eq(0)
    }

    /// Running sums along `dim`.
    public func cumsum(dim: Int) throws -> Tensor {
        let dimension = try Shape.dimension(dim, rank: rank, of: "cumsum")
        if rank == 0 { return try clone() }
        let source = try moveDim(dimension, -1)
        let length = shape[dimension], rows = length == 0 ? 0 : count / length
        if dtype != .float32 {
            let values = try source.toInt64().dense
            let result = try Tensor(allocating: source.shape, dtype: .int64, for: "cumsum")
            cumulativeSum(values.integers, rows: rows, length: length, into: result.integers)
            return try result.moveDim(-1, dimension)
        }
        let values = try source.detach().dense
        let result = try Tensor(allocating: source.shape, for: "cumsum")
        cumulativeSum(values.floats, rows: rows, length: length, into: result.floats)
        return try result.recorded(as: "cumsum", from: [source]) { gradient in
            let sums = try Tensor(allocating: gradient.shape, for: "cumsum")
            cumulativeSum(gradient.floats, rows: rows, length: length, reversed: true, into: sums.floats)
            return [sums]
        }.moveDim(-1, dimension)
    }

    private func reducedLength(_ dim: Int?, of operation: String) throws -> Int {
        guard let dim, rank > 0 else { return count }
        return shape[try Shape.dimension(dim, rank: rank, of: operation)]
    }

    private func overDimensions(_ dims: [Int], _ keepDim: Bool, of operation: String, _ reduce: (Tensor, Int) throws -> Tensor) throws -> Tensor {
        let dimensions = Set(try dims.map { try Shape.dimension($0, rank: rank, of: operation) })
        let result = try dimensions.sorted().reduce(self) { try reduce($0, $1) }
        if keepDim || rank == 0 { return result }
        return try result.reshape(result.shape.enumerated().filter { !dimensions.contains($0.offset) }.map(\.element))
    }

    /// Runs a reduction kernel and records it.
    /// - Parameter backward: takes the gradient with the reduced dimension kept at length 1, the input and the result,
    ///   and gives something that broadcasts to the input.
    private func reduced(
        _ name: String, _ dim: Int?, _ keepDim: Bool,
        whole: ((Tensor, (outer: Int, length: Int, inner: Int), Tensor) -> Void)?,
        real: (Tensor, (outer: Int, length: Int, inner: Int), Tensor) -> Void,
        backward: @escaping (Tensor, Tensor, Tensor) throws -> Tensor
    ) throws -> Tensor {
        let dimension = try dim.map { try Shape.dimension($0, rank: rank, of: name) }
        let geometry = dimension.map { Shape.around($0, in: self.shape) } ?? (1, count, 1)
        let shape = dimension.map { Shape.reduced(self.shape, along: $0, keepDim: keepDim) }
            ?? (keepDim ? [Int](repeating: 1, count: rank) : [])
        if dtype != .float32, let whole {
            let result = try Tensor(allocating: shape, dtype: .int64, for: name)
            whole(try toInt64().dense, geometry, result)
            return result
        }
        let input = try self.real().detach().dense
        let result = try Tensor(allocating: shape, for: name)
        real(input, geometry, result)
        if !Tensor.records([self]) { return result }
        let saved = result.detach()
        let kept = dimension.map { Shape.reduced(self.shape, along: $0, keepDim: true) } ?? [Int](repeating: 1, count: rank)
        return result.recorded(as: name, from: [self]) { gradient in
            [try backward(try gradient.reshape(kept), input, try saved.reshape(kept)).expand(input.shape)]
        }
    }

    /// The square root whose gradient at 0 is 0 and not infinite: a norm's or a deviation's.
    private func safeSquareRoot(_ name: String) throws -> Tensor {
        let root = try GradientTape.noGrad { try sqrt() }
        if !Tensor.records([self]) { return root }
        let saved = root.detach()
        return root.recorded(as: name, from: [self]) { gradient in
            [try gradient.dividing(by: saved.multiplying(2)).maskedFill(saved.eq(0), 0)]
        }
    }
}
