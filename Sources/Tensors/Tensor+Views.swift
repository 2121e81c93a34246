import Kernels

extension Tensor {
    /// The same elements in another shape; one dimension may be -1 and is worked out. A view where possible.
    public func reshape(_ shape: [Int]) throws -> Tensor {
        var target = shape
        if let open = target.firstIndex(of: -1) {
            target[open] = 1
            let known = target.contains(-1) ? 0 : try Shape.count(target, of: "reshape")
            guard known > 0, count % known == 0 else {
                throw TensorError("reshape: \(count) elements of shape \(self.shape) do not divide into \(shape); at most one dimension may be -1")
            }
            target[open] = count / known
        }
        let wanted = try Shape.count(target, of: "reshape")
        guard wanted == count else {
            throw TensorError("reshape: shape \(self.shape) has \(count) elements, \(shape) has \(wanted); they must be equal")
        }
        let old = self.shape
        let source = try dense
        return Tensor(storage: source.storage, shape: target, offset: source.offset, dtype: dtype)
            .recorded(as: "reshape", from: [self]) { [try $0.reshape(old)] }
    }

    /// Dimensions `first` to `last` joined into one.
    public func flatten(from first: Int = 0, to last: Int = -1) throws -> Tensor {
        if rank == 0 { return try reshape([1]) }
        let start = try Shape.dimension(first, rank: rank, of: "flatten"), end = try Shape.dimension(last, rank: rank, of: "flatten")
        guard start <= end else { throw TensorError("flatten: dimension \(first) lies behind \(last)") }
        return try reshape(Array(shape[..<start]) + [shape[start...end].reduce(1, *)] + Array(shape[(end + 1)...]))
    }

    /// Dimensions in the order `dims`, each named once. A view.
    public func permute(_ dims: [Int]) throws -> Tensor {
        let order = try dims.map { try Shape.dimension($0, rank: rank, of: "permute") }
        guard order.sorted() == Array(0..<rank) else {
            throw TensorError("permute: \(dims) must name each of the \(rank) dimensions of shape \(shape) once")
        }
        var inverse = order
        for (place, dimension) in order.enumerated() { inverse[dimension] = place }
        return Tensor(storage: storage, shape: order.map { shape[$0] }, strides: order.map { strides[$0] }, offset: offset, dtype: dtype)
            .recorded(as: "permute", from: [self]) { [try $0.permute(inverse)] }
    }

    /// Two dimensions exchanged. A view.
    public func transpose(_ first: Int, _ second: Int) throws -> Tensor {
        if rank == 0 { return self }
        var order = Array(0..<rank)
        order.swapAt(try Shape.dimension(first, rank: rank, of: "transpose"), try Shape.dimension(second, rank: rank, of: "transpose"))
        return try permute(order)
    }

    /// The transpose of a matrix. A view.
    public func t() throws -> Tensor {
        guard rank <= 2 else { throw TensorError("t: a tensor of shape \(shape) is no matrix; use transpose(a, b)") }
        return rank == 2 ? try transpose(0, 1) : self
    }

    /// Dimension `source` moved to place `destination`, the others in order.
    public func moveDim(_ source: Int, _ destination: Int) throws -> Tensor {
        let from = try Shape.dimension(source, rank: rank, of: "movedim"), to = try Shape.dimension(destination, rank: rank, of: "movedim")
        if from == to { return self }
        var order = Array(0..<rank)
        order.insert(order.remove(at: from), at: to)
        return try permute(order)
    }

    /// Without dimension `dim` if its length is 1, or without all dimensions of length 1.
    public func squeeze(_ dim: Int? = nil) throws -> Tensor {
        let which = try dim.map { try Shape.dimension($0, rank: rank, of: "squeeze") }
        return try reshape(shape.enumerated().filter { $0.element != 1 || (which != nil && which != $0.offset) }.map(\.element))
    }

    /// With a dimension of length 1 before dimension `dim` (the end is allowed).
    public func unsqueeze(_ dim: Int) throws -> Tensor {
        let place = try Shape.dimension(dim, rank: rank + 1, of: "unsqueeze")
        var shape = self.shape, strides = self.strides
        shape.insert(1, at: place)
        _ = try Shape.count(shape, of: "unsqueeze")
        strides.insert(place < rank ? self.shape[place] * strides[place] : 1, at: place)
        let old = self.shape
        return Tensor(storage: storage, shape: shape, strides: strides, offset: offset, dtype: dtype)
            .recorded(as: "unsqueeze", from: [self]) { [try $0.reshape(old)] }
    }

    /// Dimensions of length 1 repeated to `shape`, which may have more in front; -1 keeps a length. A view.
    public func expand(_ shape: [Int]) throws -> Tensor {
        let extra = shape.count - rank
        guard extra >= 0 else { throw TensorError("expand: shape \(self.shape) has more dimensions than \(shape)") }
        var target = shape, steps = [Int](repeating: 0, count: shape.count)
        for dimension in 0..<shape.count where dimension >= extra {
            let length = self.shape[dimension - extra]
            if target[dimension] == -1 { target[dimension] = length }
            guard target[dimension] == length || length == 1 else {
                throw TensorError("""
                    expand: shape \(self.shape) does not repeat to \(shape): a dimension of length \(length) would become \
                    \(target[dimension]), only length 1 can be repeated
                    """)
            }
            steps[dimension] = target[dimension] == length ? strides[dimension - extra] : 0
        }
        guard target.allSatisfy({ $0 >= 0 }) else { throw TensorError("expand: \(shape) holds a length that is not known") }
        _ = try Shape.count(target, of: "expand")
        let old = self.shape
        if target == old { return self }
        return Tensor(storage: storage, shape: target, strides: steps, offset: offset, dtype: dtype)
            .recorded(as: "expand", from: [self]) { [try $0.summed(to: old)] }
    }

    /// Copies of this tensor side by side, `times[d]` along dimension `d`.
    public func tile(_ times: [Int]) throws -> Tensor {
        let rank = Swift.max(self.rank, times.count)
        let shape = [Int](repeating: 1, count: rank - self.rank) + self.shape
        let counts = [Int](repeating: 1, count: rank - times.count) + times
        guard counts.allSatisfy({ $0 >= 0 }) else { throw TensorError("tile: \(times) holds a negative number of copies") }
        let apart = shape.flatMap { [1, $0] }, repeated = zip(counts, shape).flatMap { [$0, $1] }
        // Neither the copies nor the lengths can be too many for a product of theirs.
        _ = try Shape.count(repeated, of: "tile")
        let whole = zip(counts, shape).map { $0 * $1 }
        _ = try Shape.count(whole, of: "tile")
        return try reshape(apart).expand(repeated).reshape(whole)
    }

    /// Elements `start ..< start + length` along `dim`. A view.
    public func narrow(dim: Int, start: Int, length: Int) throws -> Tensor {
        let dimension = try Shape.dimension(dim, rank: rank, of: "narrow")
        guard rank > 0, start >= 0, start <= shape[dimension], length >= 0, length <= shape[dimension] - start else {
            throw TensorError("narrow: \(length) elements from \(start) are not in dimension \(dim) of shape \(shape)")
        }
        return try slice(dim: dimension, start: start, end: start + length)
    }

    /// Every `step`-th element from `start` up to `end`, which is left out, along `dim`. Negative bounds count from the
    /// end, and bounds beyond the ends are cut. A view.
    public func slice(dim: Int, start: Int? = nil, end: Int? = nil, step: Int = 1) throws -> Tensor {
        let dimension = try Shape.dimension(dim, rank: rank, of: "slice")
        guard rank > 0 else { throw TensorError("slice: a tensor without dimensions has nothing to slice") }
        guard step > 0 else { throw TensorError("slice: step \(step); it must be 1 or more (flip turns a dimension round)") }
        let length = shape[dimension]
        func bound(_ index: Int) -> Int { Swift.min(Swift.max(index < 0 ? index + length : index, 0), length) }
        let first = bound(start ?? 0), last = Swift.max(first, bound(end ?? length))
        var shape = self.shape, strides = self.strides
        // Beyond the dimension all steps are alike.
        let step = Swift.min(step, Swift.max(1, length))
        shape[dimension] = (last - first + step - 1) / step
        strides[dimension] *= step
        return view("slice", shape: shape, strides: strides, start: first * self.strides[dimension]) { base in
            var strides = base
            strides[dimension] *= step
            return (strides, first * base[dimension])
        }
    }

    /// Element `index` along `dim`, which goes; negative indices count from the end. A view.
    public func select(dim: Int, index: Int) throws -> Tensor {
        let dimension = try Shape.dimension(dim, rank: rank, of: "select")
        guard rank > 0, index >= -shape[dimension], index < shape[dimension] else {
            throw TensorError("select: index \(index) is not in dimension \(dim) of shape \(shape)")
        }
        let place = index < 0 ? index + shape[dimension] : index
        var shape = self.shape, strides = self.strides
        shape.remove(at: dimension)
        strides.remove(at: dimension)
        return view("select", shape: shape, strides: strides, start: place * self.strides[dimension]) { base in
            var strides = base
            strides.remove(at: dimension)
            return (strides, place * base[dimension])
        }
    }

    /// The diagonal `offset` places above the main one of the last two dimensions, as the last dimension. A view.
    public func diagonal(offset diagonal: Int = 0) throws -> Tensor {
        guard rank >= 2 else { throw TensorError("diagonal: shape \(shape) has no matrix; two dimensions or more are needed") }
        let rows = shape[rank - 2], columns = shape[rank - 1]
        let length = Swift.max(0, Swift.min(rows + Swift.min(diagonal, 0), columns - Swift.max(diagonal, 0)))
        let kept = rank - 2
        func along(_ strides: [Int]) -> ([Int], Int) {
            let first = length == 0 ? 0 : Swift.max(diagonal, 0) * strides[kept + 1] - Swift.min(diagonal, 0) * strides[kept]
            return (Array(strides[..<kept]) + [strides[kept] + strides[kept + 1]], first)
        }
        let (strides, first) = along(self.strides)
        return view("diagonal", shape: Array(shape[..<kept]) + [length], strides: strides, start: first, along)
    }

    /// A view without overlap, whose gradient is spread over zeros.
    /// - Parameter place: strides and start of the same view of a row-major tensor with the given strides.
    private func view(_ name: String, shape: [Int], strides: [Int], start: Int, _ place: @escaping ([Int]) -> ([Int], Int)) -> Tensor {
        let whole = self.shape
        return Tensor(storage: storage, shape: shape, strides: strides, offset: offset + start, dtype: dtype)
            .recorded(as: name, from: [self]) { gradient in
                let spread = try Tensor.zeros(whole)
                let (strides, start) = place(spread.strides)
                copyToStrided(from: gradient.start, strides: strides, shape: gradient.shape, elementSize: 4, to: spread.floats + start)
                return [spread]
            }
    }

    /// Dimensions `dims` turned round. A copy.
    public func flip(_ dims: [Int]) throws -> Tensor {
        let turned = try dims.map { try Shape.dimension($0, rank: rank, of: "flip") }
        if rank == 0 { return self }
        var strides = self.strides, start = offset
        for dimension in Set(turned) where shape[dimension] > 0 {
            start += (shape[dimension] - 1) * strides[dimension]
            strides[dimension] = -strides[dimension]
        }
        return try Tensor(storage: storage, shape: shape, strides: strides, offset: start, dtype: dtype).copy(for: "flip")
            .recorded(as: "flip", from: [self]) { [try $0.flip(dims)] }
    }

    /// The part on and above the diagonal that lies `diagonal` places above the main one, zeros elsewhere.
    public func triu(_ diagonal: Int = 0) throws -> Tensor { try triangle("triu") { try $0.ge(Tensor([Int64(diagonal)], shape: [])) } }

    /// The part on and below that diagonal, zeros elsewhere.
    public func tril(_ diagonal: Int = 0) throws -> Tensor { try triangle("tril") { try $0.le(Tensor([Int64(diagonal)], shape: [])) } }

    private func triangle(_ name: String, _ isKept: (Tensor) throws -> Tensor) throws -> Tensor {
        guard rank >= 2 else { throw TensorError("\(name): shape \(shape) has no matrix; two dimensions or more are needed") }
        let rows = try Tensor.arange(shape[rank - 2]).unsqueeze(1), columns = try Tensor.arange(shape[rank - 1])
        return try Tensor.where(isKept(columns.subtracting(rows)), self, Tensor(zeros: [], dtype: dtype))
    }
}
