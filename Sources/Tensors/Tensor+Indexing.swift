import Kernels

extension Tensor {
    /// The slices at `indices` (int64, one dimension) along `dim`: with `dim` 0, an embedding lookup.
    public func indexSelect(dim: Int, indices: Tensor) throws -> Tensor {
        let dimension = try Shape.dimension(dim, rank: rank, of: "index_select")
        guard rank > 0, indices.rank == 1, indices.dtype == .int64 else {
            throw TensorError("""
                index_select: indices are \(indices.dtype) of shape \(indices.shape) into shape \(shape); they must be int64 \
                with one dimension
                """)
        }
        let (outer, length, inner) = Shape.around(dimension, in: shape)
        let places = try indices.dense
        try places.checkIndices(bound: length, of: "index_select", dim: dim, shape: shape)
        var shape = self.shape
        shape[dimension] = places.count
        let result = try Tensor(allocating: shape, dtype: dtype, for: "index_select"), source = try dense
        gatherSlices(source.start, places.integers, outer: outer, length: length, inner: inner, count: places.count,
                     elementSize: dtype.byteCount, into: result.start)
        let whole = self.shape
        return result.recorded(as: "index_select", from: [self]) { gradient in
            let spread = try Tensor.zeros(whole)
            scatterAddSlices(gradient.floats, places.integers, outer: outer, length: length, inner: inner, count: places.count,
                             into: spread.floats)
            return [spread]
        }
    }

    /// The slices at `indices` along `dim`.
    public func indexSelect(dim: Int, indices: [Int]) throws -> Tensor {
        try indexSelect(dim: dim, indices: Tensor(indices.map { Int64($0) }))
    }

    /// The slices along dimension 0 where `mask` (bool, one dimension of that length) is true.
    public func maskedSelect(_ mask: Tensor) throws -> Tensor {
        guard mask.dtype == .bool, mask.rank == 1, rank > 0, mask.count == shape[0] else {
            throw TensorError("""
                masked_select: the mask is \(mask.dtype) of shape \(mask.shape); it must be bool with one dimension as long as \
                the first of \(shape)
                """)
        }
        return try indexSelect(dim: 0, indices: mask.truePlaces("masked_select"))
    }

    /// `result[i, j] = self[i, index[i, j]]` for `dim` 1, and likewise for others. `index` is int64 and as long as this
    /// tensor, or shorter, along the other dimensions.
    public func gather(dim: Int, index: Tensor) throws -> Tensor {
        let dimension = try Shape.dimension(dim, rank: rank, of: "gather")
        let source = try alongLast(dimension, with: index, of: "gather")
        let places = try index.moveDim(dimension, -1).dense
        let length = source.shape[source.rank - 1], count = places.shape[places.rank - 1]
        let rows = places.shape.dropLast().reduce(1, *)
        try places.checkIndices(bound: length, of: "gather", dim: dim, shape: shape)
        let result = try Tensor(allocating: places.shape, dtype: dtype, for: "gather"), values = try source.dense
        gatherRows(values.start, places.integers, rows: rows, length: length, count: count,
                   elementSize: dtype.byteCount, into: result.start)
        let whole = source.shape
        return try result.recorded(as: "gather", from: [source]) { gradient in
            let spread = try Tensor.zeros(whole)
            scatterAddRows(gradient.floats, places.integers, rows: rows, length: length, count: count, into: spread.floats)
            return [spread]
        }.moveDim(-1, dimension)
    }

    /// This tensor with `source[i, j]` added at `[i, index[i, j]]` for `dim` 1, and likewise for others.
    public func scatterAdd(dim: Int, index: Tensor, source: Tensor) throws -> Tensor {
        let dimension = try Shape.dimension(dim, rank: rank, of: "scatter_add")
        try requireFloat("scatter_add")
        try source.requireFloat("scatter_add")
        guard index.shape == source.shape, Array(shape.enumerated().filter { $0.offset != dimension }.map(\.element))
            == Array(index.shape.enumerated().filter { $0.offset != dimension }.map(\.element)), index.dtype == .int64, rank > 0 else {
            throw TensorError("""
                scatter_add: index is \(index.dtype) of shape \(index.shape), source has \(source.shape), the tensor \(shape); \
                index must be int64, of source's shape, and as long as the tensor except along the chosen dimension
                """)
        }
        let places = try index.moveDim(dimension, -1).dense
        let count = places.shape[places.rank - 1]
        try places.checkIndices(bound: shape[dimension], of: "scatter_add", dim: dim, shape: shape)
        let sum = try GradientTape.noGrad { try moveDim(dimension, -1).copy(for: "scatter_add") }
        let values = try GradientTape.noGrad { try source.moveDim(dimension, -1).dense }
        scatterAddRows(values.floats, places.integers, rows: places.shape.dropLast().reduce(1, *), length: shape[dimension],
                       count: count, into: sum.floats)
        return try GradientTape.noGrad { try sum.moveDim(-1, dimension) }
            .recorded(as: "scatter_add", from: [self, source]) { [$0, try $0.gather(dim: dimension, index: index)] }
    }

    /// Positions of the elements that differ from 0, int64 `[found, rank]`.
    public func nonzero() throws -> Tensor {
        let found = try toBool().truePlaces("nonzero")
        let steps = Tensor.rowMajorStrides(shape)
        let result = try Tensor(allocating: [found.count, rank], dtype: .int64, for: "nonzero")
        let (places, values) = (found.integers, result.integers)
        for row in 0..<found.count {
            for dimension in 0..<rank { values[row * rank + dimension] = Int64(Int(places[row]) / steps[dimension] % shape[dimension]) }
        }
        return result
    }

    /// The row-major positions of what is true in a bool tensor, int64.
    private func truePlaces(_ operation: String) throws -> Tensor {
        let source = try dense, flags = source.booleans
        var found = 0
        for place in 0..<count where flags[place] { found += 1 }
        let result = try Tensor(allocating: [found], dtype: .int64, for: operation), places = result.integers
        found = 0
        for place in 0..<count where flags[place] {
            places[found] = Int64(place)
            found += 1
        }
        return result
    }

    /// `[..., classes]` with 1 at the place that each whole number names, int64; torch's `one_hot`.
    public func oneHot(classes: Int) throws -> Tensor {
        guard dtype == .int64 else { throw TensorError("one_hot: needs an int64 tensor, this one is \(dtype); convert it to int64") }
        guard classes > 0 else { throw TensorError("one_hot: \(classes) classes; there must be 1 or more") }
        _ = try Shape.count(shape + [classes], of: "one_hot")
        try checkIndices(bound: classes, of: "one_hot", dim: -1, shape: shape + [classes])
        return try unsqueeze(-1).eq(Tensor.arange(classes)).toInt64()
    }

    /// This tensor with `dimension` last, and the others cut to the lengths of `index`.
    private func alongLast(_ dimension: Int, with index: Tensor, of operation: String) throws -> Tensor {
        guard index.dtype == .int64, index.rank == rank, rank > 0,
              zip(shape, index.shape).enumerated().allSatisfy({ $0.offset == dimension || $0.element.1 <= $0.element.0 }) else {
            throw TensorError("""
                \(operation): index is \(index.dtype) of shape \(index.shape), the tensor has shape \(shape); index must be \
                int64 with as many dimensions, none longer except the chosen one
                """)
        }
        var source = self
        for other in 0..<rank where other != dimension && index.shape[other] < shape[other] {
            source = try source.narrow(dim: other, start: 0, length: index.shape[other])
        }
        return try source.moveDim(dimension, -1)
    }

    private func checkIndices(bound: Int, of operation: String, dim: Int, shape: [Int]) throws {
        let places = try dense
        if let index = firstOutOfRange(places.integers, count: count, bound: bound) {
            throw TensorError("\(operation): index \(index) is not in dimension \(dim) of shape \(shape); use 0 to \(bound - 1)")
        }
    }
}
