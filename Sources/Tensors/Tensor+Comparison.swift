import Kernels

extension Tensor {
    /// Equal elements, broadcast; bool. NaN equals nothing.
    public func eq(_ other: Tensor) throws -> Tensor { try compared(.equal, to: other, "eq") }

    public func ne(_ other: Tensor) throws -> Tensor { try compared(.notEqual, to: other, "ne") }

    public func lt(_ other: Tensor) throws -> Tensor { try compared(.less, to: other, "lt") }

    public func le(_ other: Tensor) throws -> Tensor { try compared(.lessOrEqual, to: other, "le") }

    public func gt(_ other: Tensor) throws -> Tensor { try compared(.greater, to: other, "gt") }

    public func ge(_ other: Tensor) throws -> Tensor { try compared(.greaterOrEqual, to: other, "ge") }

    /// Whether elements are NaN.
    public func isNaN() throws -> Tensor { try ne(self) }

    /// Whether both are true (differ from 0), broadcast.
    public func logicalAnd(_ other: Tensor) throws -> Tensor { try truth().minimum(other.truth()).toBool() }

    /// Whether at least one is true.
    public func logicalOr(_ other: Tensor) throws -> Tensor { try truth().maximum(other.truth()).toBool() }

    /// Whether exactly one is true.
    public func logicalXor(_ other: Tensor) throws -> Tensor { try truth().ne(other.truth()) }

    /// Whether elements are false (0).
    public func logicalNot() throws -> Tensor { try truth().eq(0) }

    private func truth() throws -> Tensor { try toBool().toInt64() }

    private func compared(_ relation: Relation, to other: Tensor, _ name: String) throws -> Tensor {
        let shape = try Shape.broadcast(self.shape, other.shape, of: name)
        let result = try Tensor(allocating: shape, dtype: .bool, for: name)
        let layout = BroadcastLayout(result: shape, first: self.shape, second: other.shape)
        if dtype == .float32 || other.dtype == .float32 {
            let first = try toFloat32().dense, second = try other.toFloat32().dense
            compare(relation, first.floats, second.floats, layout, into: result.booleans)
        } else {
            let first = try toInt64().dense, second = try other.toInt64().dense
            compare(relation, first.integers, second.integers, layout, into: result.booleans)
        }
        return result
    }

    /// Elements of `first` where `condition` (bool) is true, else of `second`; all three broadcast.
    public static func `where`(_ condition: Tensor, _ first: Tensor, _ second: Tensor) throws -> Tensor {
        guard condition.dtype == .bool else {
            throw TensorError("where: the condition is \(condition.dtype) of shape \(condition.shape); it must be bool, such as a comparison gives")
        }
        let dtype: DType = [first, second].contains { $0.dtype == .float32 } ? .float32
            : [first, second].contains { $0.dtype == .int64 } ? .int64 : .bool
        let shape = try Shape.broadcast(condition.shape, Shape.broadcast(first.shape, second.shape, of: "where"), of: "where")
        let mask = try condition.expand(shape).dense
        let (a, b) = try GradientTape.noGrad { (try first.to(dtype).expand(shape).dense, try second.to(dtype).expand(shape).dense) }
        let result = try Tensor(allocating: shape, dtype: dtype, for: "where")
        choose(mask.booleans, a.start, b.start, count: result.count, elementSize: dtype.byteCount, into: result.start)
        guard dtype == .float32 else { return result }
        let (firstShape, secondShape) = (first.shape, second.shape)
        return result.recorded(as: "where", from: [first, second]) { gradient in
            let zero = Tensor.scalar(0)
            return [try Tensor.where(mask, gradient, zero).summed(to: firstShape), try Tensor.where(mask, zero, gradient).summed(to: secondShape)]
        }
    }

    /// `value` where `mask` (bool, broadcast to this shape) is true.
    public func maskedFill(_ mask: Tensor, _ value: Double) throws -> Tensor {
        try maskedFill(mask, with: dtype == .float32 ? Tensor.scalar(Float(value))
            : Tensor([try Tensor.integer(value, of: "masked_fill")], shape: []).to(dtype))
    }

    /// The one element of `fill`, of this tensor's type, where `mask` (bool, broadcast to this shape) is true.
    public func maskedFill(_ mask: Tensor, with fill: Tensor) throws -> Tensor {
        let shape = try Shape.broadcast(self.shape, mask.shape, of: "masked_fill")
        guard shape == self.shape else {
            throw TensorError("""
                masked_fill: the mask of shape \(mask.shape) does not broadcast to the tensor's \(self.shape); it may only \
                repeat along dimensions of 1
                """)
        }
        return try Tensor.where(mask, fill, self)
    }
}
