import Tensors

/// The function applied to a cross-encoder's logits, or to the output of a ``Dense`` module; files name it by its class in torch.
public enum ScoreActivation: String, CaseIterable, Sendable {
    case identity = "Identity"
    case sigmoid = "Sigmoid"
    case tanh = "Tanh"
    case relu = "ReLU"
    case gelu = "GELU"
    case silu = "SiLU"
    /// Over the last dimension.
    case softmax = "Softmax"

    /// Reads a class path such as `torch.nn.modules.activation.Sigmoid` or `torch.nn.Sigmoid`, or the class name alone.
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
    public func callAsFunction(_ x: Tensor) throws -> Tensor {
        switch self {
        case .identity: return x
        case .sigmoid: return try x.sigmoid()
        case .tanh: return try x.tanh()
        case .relu: return try x.relu()
        case .gelu: return try x.gelu()
        case .silu: return try x.multiplying(x.sigmoid())
        case .softmax: return try x.softmax(dim: -1)
        }
    }
}
