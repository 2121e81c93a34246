import Tensors

/// The activation of a ``Dense`` module: the classes of `torch.nn` that need no arguments, with their default settings.
public enum DenseActivation: String, CaseIterable, Sendable {
    case identity = "Identity"
    case tanh = "Tanh", sigmoid = "Sigmoid", relu = "ReLU", gelu = "GELU", silu = "SiLU", mish = "Mish"
    case elu = "ELU", celu = "CELU", selu = "SELU", leakyReLU = "LeakyReLU", prelu = "PReLU", rrelu = "RReLU", relu6 = "ReLU6"
    case hardtanh = "Hardtanh", hardsigmoid = "Hardsigmoid", hardswish = "Hardswish", hardshrink = "Hardshrink"
    case softplus = "Softplus", softsign = "Softsign", softshrink = "Softshrink", tanhshrink = "Tanhshrink", logSigmoid = "LogSigmoid"
    case softmax = "Softmax", softmin = "Softmin", logSoftmax = "LogSoftmax"

    /// Reads a class path such as `torch.nn.modules.activation.Tanh` or `torch.nn.Tanh`, or the class name alone in any case.
    /// Nil for a class that is not known here.
    public init?(path: String) {
        let parts = path.split(separator: ".")
        guard let name = parts.last, parts.count == 1 || parts.first == "torch" else { return nil }
        guard let match = Self.allCases.first(where: { $0.rawValue.lowercased() == name.lowercased() }) else { return nil }
        self = match
    }

    /// The class path that the reference writes.
    public var path: String {
        self == .identity ? "torch.nn.modules.linear.Identity" : "torch.nn.modules.activation.\(rawValue)"
    }

    /// On the tape.
    /// - Parameters:
    ///   - x: `[rows, width]`
    ///   - slope: what `PReLU` learns, `[1]`.
    ///   - isTraining: whether the slopes of `RReLU` are random.
    func callAsFunction(_ x: Tensor, slope: Tensor?, isTraining: Bool) throws -> Tensor {
        /// `x` where it is positive, `slope * x` elsewhere.
        func leaky(_ slope: Tensor) throws -> Tensor { try x.relu().subtracting(x.negated().relu().multiplying(slope)) }
        func exponential() throws -> Tensor { try x.relu().adding(x.clamp(max: 0).expm1()) }
        func hardSigmoid() throws -> Tensor { try x.adding(3).clamp(min: 0, max: 6).dividing(by: 6) }

        switch self {
        case .identity: return x
        case .tanh: return try x.tanh()
        case .sigmoid: return try x.sigmoid()
        case .relu: return try x.relu()
        case .gelu: return try x.gelu()
        case .silu: return try x.multiplying(x.sigmoid())
        case .mish: return try x.multiplying(x.softplus().tanh())
        case .elu, .celu: return try exponential()
        case .selu:
            let scale = 1.0507009873554804934193349852946, alpha = 1.6732632423543772848170429916717
            return try x.relu().multiplying(scale).adding(x.clamp(max: 0).expm1().multiplying(scale * alpha))
        case .leakyReLU: return try leaky(.scalar(0.01))
        case .prelu: return try leaky(slope ?? .scalar(0.25))
        case .rrelu:
            let (low, high) = (1.0 / 8, 1.0 / 3)
            if !isTraining { return try leaky(.scalar(Float((low + high) / 2))) }
            return try leaky(Tensor.rand(x.shape).multiplying(high - low).adding(low))
        case .relu6: return try x.clamp(min: 0, max: 6)
        case .hardtanh: return try x.clamp(min: -1, max: 1)
        case .hardsigmoid: return try hardSigmoid()
        case .hardswish: return try x.multiplying(hardSigmoid())
        case .hardshrink: return try x.multiplying(x.abs().gt(0.5).toFloat32())
        case .softplus: return try x.softplus()
        case .softsign: return try x.dividing(by: x.abs().adding(1))
        case .softshrink: return try x.subtracting(0.5).relu().subtracting(x.negated().subtracting(0.5).relu())
        case .tanhshrink: return try x.subtracting(x.tanh())
        case .logSigmoid: return try x.logSigmoid()
        case .softmax: return try x.softmax(dim: -1)
        case .softmin: return try x.negated().softmax(dim: -1)
        case .logSoftmax: return try x.logSoftmax(dim: -1)
        }
    }
}
