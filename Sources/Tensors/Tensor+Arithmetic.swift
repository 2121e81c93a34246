import Kernels

extension Tensor {
    /// `self + other`, broadcast. Mixed types meet at float32, else int64.
    public func adding(_ other: Tensor) throws -> Tensor {
        let (a, b) = (shape, other.shape)
        return try combined(with: other, by: .add, "add") { gradient, _, _ in
            (try gradient.summed(to: a), try gradient.summed(to: b))
        }
    }

    /// `self - other`, broadcast.
    public func subtracting(_ other: Tensor) throws -> Tensor {
        let (a, b) = (shape, other.shape)
        let needsSecond = other.requiresGrad
        return try combined(with: other, by: .subtract, "sub") { gradient, _, _ in
            (try gradient.summed(to: a), needsSecond ? try gradient.negated().summed(to: b) : nil)
        }
    }

    /// `self * other`, element by element, broadcast.
    public func multiplying(_ other: Tensor) throws -> Tensor {
        try combined(with: other, by: .multiply, "mul") { gradient, first, second in
            (self.requiresGrad ? try gradient.multiplying(second).summed(to: first.shape) : nil,
             other.requiresGrad ? try gradient.multiplying(first).summed(to: second.shape) : nil)
        }
    }

    /// `self / other`, broadcast; whole numbers give float32.
    public func dividing(by other: Tensor) throws -> Tensor {
        try real().combined(with: other.real(), by: .divide, "div") { gradient, first, second in
            let overSecond = try gradient.dividing(by: second)
            return (try overSecond.summed(to: first.shape),
                    other.requiresGrad ? try overSecond.multiplying(first).dividing(by: second).negated().summed(to: second.shape) : nil)
        }
    }

    /// The same as ``dividing(by:)``.
    public func dividing(_ other: Tensor) throws -> Tensor { try dividing(by: other) }

    /// `self / other` rounded down, without gradient.
    public func floorDividing(by other: Tensor) throws -> Tensor {
        if dtype != .float32 && other.dtype != .float32 {
            try other.refuseZeros("floor_divide")
            return try combined(with: other, by: .divide, "floor_divide", nil)
        }
        return try GradientTape.noGrad { try dividing(by: other).floor() }
    }

    /// The remainder of the division rounded down: it has the sign of `other`, as `%` in Lua.
    public func modulo(_ other: Tensor) throws -> Tensor {
        if dtype != .float32 && other.dtype != .float32 { try other.refuseZeros("remainder") }
        return try combined(with: other, by: .modulo, "remainder") { gradient, first, second in
            // a - b floor(a / b), the floor being constant.
            (try gradient.summed(to: first.shape),
             other.requiresGrad ? try gradient.multiplying(first.dividing(by: second).floor()).negated().summed(to: second.shape) : nil)
        }
    }

    /// The larger of both, broadcast; the gradient of equals is shared.
    public func maximum(_ other: Tensor) throws -> Tensor { try extreme(of: other, .maximum, "maximum") { try $0.gt($1) } }

    /// The smaller of both, broadcast; the gradient of equals is shared.
    public func minimum(_ other: Tensor) throws -> Tensor { try extreme(of: other, .minimum, "minimum") { try $0.lt($1) } }

    /// `self ^ exponent`, broadcast.
    public func pow(_ exponent: Tensor) throws -> Tensor {
        var saved: Tensor?
        let result = try combined(with: exponent, by: .power, "pow") { gradient, base, exponent in
            let lowered = try base.pow(exponent.subtracting(1)).multiplying(exponent)
            // x^0 is constant, also at 0 where the formula gives 0 * infinity.
            let first = try gradient.multiplying(lowered.maskedFill(exponent.eq(0), 0)).summed(to: base.shape)
            guard let saved else { return (first, nil) }
            // 0^y is constant for y > 0.
            let logarithm = try base.log().maskedFill(base.eq(0), 0)
            return (first, try gradient.multiplying(saved).multiplying(logarithm).summed(to: exponent.shape))
        }
        if exponent.requiresGrad { saved = result.detach() }
        return result
    }

    private func extreme(of other: Tensor, _ function: BinaryFunction, _ name: String,
                         _ wins: @escaping (Tensor, Tensor) throws -> Tensor) throws -> Tensor {
        try combined(with: other, by: function, name) { gradient, first, second in
            // All but what the other one wins; beside NaN nobody wins and both get it, as in torch.
            let shared = try 1 - first.eq(second).toFloat32().multiplying(0.5)
            return (try gradient.multiplying(shared - wins(second, first).toFloat32()).summed(to: first.shape),
                    try gradient.multiplying(shared - wins(first, second).toFloat32()).summed(to: second.shape))
        }
    }

    /// Applies a kernel over the broadcast operands and records it.
    /// - Parameter backward: takes the gradient and both operands off the tape, gives theirs, each of its operand's shape.
    private func combined(
        with other: Tensor, by function: BinaryFunction, _ name: String,
        _ backward: ((Tensor, Tensor, Tensor) throws -> (Tensor?, Tensor?))?
    ) throws -> Tensor {
        let shape = try Shape.broadcast(self.shape, other.shape, of: name)
        _ = try Shape.count(shape, of: name)
        let layout = BroadcastLayout(result: shape, first: self.shape, second: other.shape)
        if dtype == .float32 || other.dtype == .float32 {
            let first = try real().detach().dense, second = try other.real().detach().dense
            let result = try Tensor(allocating: shape, for: name)
            apply(function, first.floats, second.floats, layout, into: result.floats)
            guard let backward else { return result }
            return result.recorded(as: name, from: [self, other]) { gradient in
                let (a, b) = try backward(gradient, first, second)
                return [a, b]
            }
        }
        let first = try toInt64().dense, second = try other.toInt64().dense
        let result = try Tensor(allocating: shape, dtype: .int64, for: name)
        apply(function, first.integers, second.integers, layout, into: result.integers)
        return result
    }

    private func refuseZeros(_ operation: String) throws {
        let values = try toInt64().dense
        if containsZero(values.integers, count: count) {
            throw TensorError("\(operation): the whole-number divisor of shape \(shape) holds a 0; mask it or convert to float32")
        }
    }
}
