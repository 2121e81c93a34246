import Kernels

extension Tensor {
    /// `-self`.
    public func negated() throws -> Tensor { try dtype == .float32 ? mapped(.negate, "neg") : multiplying(-1) }

    /// `-self`.
    public func neg() throws -> Tensor { try negated() }

    public func exp() throws -> Tensor { try mapped(.exp, "exp") }

    /// Natural logarithm.
    public func log() throws -> Tensor { try mapped(.log, "log") }

    /// `log(1 + x)`.
    public func log1p() throws -> Tensor { try mapped(.log1p, "log1p") }

    /// `e^x - 1`.
    public func expm1() throws -> Tensor { try mapped(.expm1, "expm1") }

    public func sqrt() throws -> Tensor { try mapped(.sqrt, "sqrt") }

    /// `1 / sqrt(x)`.
    public func rsqrt() throws -> Tensor { try mapped(.rsqrt, "rsqrt") }

    /// `1 / x`.
    public func reciprocal() throws -> Tensor { try mapped(.reciprocal, "reciprocal") }

    public func square() throws -> Tensor { try dtype == .float32 ? mapped(.square, "square") : multiplying(self) }

    public func abs() throws -> Tensor { try dtype == .float32 ? mapped(.absolute, "abs") : maximum(negated()) }

    /// -1, 0 or 1.
    public func sign() throws -> Tensor { try dtype == .float32 ? mapped(.sign, "sign") : real().mapped(.sign, "sign").toInt64() }

    public func sin() throws -> Tensor { try mapped(.sin, "sin") }

    public func cos() throws -> Tensor { try mapped(.cos, "cos") }

    public func tanh() throws -> Tensor { try mapped(.tanh, "tanh") }

    /// `1 / (1 + e^-x)`.
    public func sigmoid() throws -> Tensor { try mapped(.sigmoid, "sigmoid") }

    /// `log(sigmoid(x))`, without overflow.
    public func logSigmoid() throws -> Tensor { try mapped(.logSigmoid, "log_sigmoid") }

    /// `log(1 + e^x)`, without overflow.
    public func softplus() throws -> Tensor { try mapped(.softplus, "softplus") }

    /// `max(x, 0)`; the gradient at 0 is 0.
    public func relu() throws -> Tensor { try dtype == .float32 ? mapped(.relu, "relu") : maximum(0) }

    /// `x (1 + erf(x / sqrt 2)) / 2`.
    public func gelu() throws -> Tensor { try mapped(.gelu, "gelu") }

    /// Gauss error function.
    public func erf() throws -> Tensor { try mapped(.erf, "erf") }

    public func floor() throws -> Tensor { try dtype == .float32 ? mapped(.floor, "floor") : self }

    public func ceil() throws -> Tensor { try dtype == .float32 ? mapped(.ceil, "ceil") : self }

    /// To the nearest whole number, halves to the even one.
    public func round() throws -> Tensor { try dtype == .float32 ? mapped(.round, "round") : self }

    /// Towards zero.
    public func trunc() throws -> Tensor { try dtype == .float32 ? mapped(.truncate, "trunc") : self }

    /// Elements below `min` become `min`, those above `max` become `max`; the gradient passes strictly between the bounds.
    public func clamp(min: Double? = nil, max: Double? = nil) throws -> Tensor {
        guard min != nil || max != nil else { throw TensorError("clamp: give min, max or both") }
        return try GradientTape.noGrad {
            var result = self
            if let min { result = try result.maximum(min) }
            if let max { result = try result.minimum(max) }
            return result
        }.recorded(as: "clamp", from: [self]) { gradient in
            var mask: Tensor?
            if let min { mask = try self.detach().gt(min) }
            if let max {
                let below = try self.detach().lt(max)
                mask = try mask?.logicalAnd(below) ?? below
            }
            return [try gradient.multiplying(mask!.toFloat32())]
        }
    }

    private func mapped(_ function: VectorFunction, _ name: String) throws -> Tensor {
        let input = try real().detach().dense
        let result = try Tensor(allocating: shape, for: name)
        apply(function, input.floats, into: result.floats, count: count)
        if !Tensor.records([self]) { return result }
        let saved = result.detach()
        return result.recorded(as: name, from: [self]) { gradient in
            let derivative = try Tensor(allocating: saved.shape, for: name)
            applyDerivative(of: function, input.floats, saved.floats, into: derivative.floats, count: saved.count)
            return [try gradient.multiplying(derivative)]
        }
    }
}
