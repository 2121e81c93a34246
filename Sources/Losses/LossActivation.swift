import Encoders
import Tensors

/// A function applied to a model's raw outputs before the arithmetic of a loss (`activation_fn`).
///
/// It has no part in prediction: a model has an activation of its own for that.
public struct LossActivation {
    /// The name written to records: for the built-in ones the class that the field uses, such as
    /// `torch.nn.modules.linear.Identity`.
    public let name: String
    private let function: (Tensor) throws -> Tensor

    /// An activation of the user's own, which must keep the shape.
    public init(name: String, function: @escaping (Tensor) throws -> Tensor) {
        self.name = name
        self.function = function
    }

    /// One that models have too.
    public init(_ activation: ScoreActivation) {
        self.init(name: activation.path) { try activation($0) }
    }

    /// Applies it. - Throws: ``LossError`` if the result has another shape.
    public func callAsFunction(_ logits: Tensor) throws -> Tensor {
        let result = try function(logits)
        guard result.shape == logits.shape else {
            throw LossError("activation_fn '\(name)' turned logits of shape \(logits.shape) into \(result.shape); it must keep the shape")
        }
        return result
    }

    public static let identity = LossActivation(.identity)
    public static let sigmoid = LossActivation(.sigmoid)
    public static let softplus = LossActivation(name: "torch.nn.modules.activation.Softplus") { try $0.softplus() }
    public static let logSigmoid = LossActivation(name: "torch.nn.modules.activation.LogSigmoid") { try $0.logSigmoid() }

    /// The built-in activations by the name used in scripts.
    public static let named: [(name: String, activation: LossActivation)] = {
        var named = ScoreActivation.allCases.map { (name: "\($0)", activation: LossActivation($0)) }
        named.append((name: "softplus", activation: softplus))
        named.append((name: "log_sigmoid", activation: logSigmoid))
        return named
    }()
}
