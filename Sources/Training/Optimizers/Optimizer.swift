import Encoders
import Tensors

/// Parameters that share a learning rate and a weight decay.
public struct ParameterGroup {
    public let parameters: [NamedParameter]
    /// The learning rate of the next step.
    public var learningRate: Double
    public var weightDecay: Double

    public init(parameters: [NamedParameter], learningRate: Double, weightDecay: Double) {
        self.parameters = parameters
        self.learningRate = learningRate
        self.weightDecay = weightDecay
    }
}

/// What an optimizer remembers of one parameter besides its value.
public struct ParameterMemory {
    /// Updates done.
    public var step = 0
    /// Tensors of the parameter's shape by name, such as `exp_avg`.
    public var tensors: [String: Tensor] = [:]

    public init() {}
}

/// A rule that turns the gradients of parameters into new values.
public protocol Optimizer: AnyObject {
    var groups: [ParameterGroup] { get set }

    /// What is remembered of each parameter, by name; written to checkpoints and set again on resume.
    var memory: [String: ParameterMemory] { get set }

    /// The names of the tensors that a parameter's memory holds once it has been updated.
    var memoryTensorNames: [String] { get }

    /// Updates every parameter that has a gradient; others keep their value. Gradients are multiplied by
    /// `gradientScale` first.
    func step(gradientScale: Double) throws
}

extension Optimizer {
    /// Every parameter of every group.
    public var parameters: [NamedParameter] { groups.flatMap(\.parameters) }

    /// Forgets all gradients.
    public func zeroGrad() {
        for group in groups { for parameter in group.parameters { parameter.tensor.grad = nil } }
    }
}

/// A stretch of one parameter that one task updates. Stretches have one size whatever the number of threads.
struct UpdateStretch {
    static let elementCount = 32_768

    let parameter: Int
    let start: Int
    let count: Int

    /// Covers parameters of these sizes.
    static func covering(_ sizes: [Int]) -> [UpdateStretch] {
        var stretches: [UpdateStretch] = []
        for (index, size) in sizes.enumerated() {
            for start in stride(from: 0, to: size, by: elementCount) {
                stretches.append(UpdateStretch(parameter: index, start: start, count: min(elementCount, size - start)))
            }
        }
        return stretches
    }
}

/// A parameter with its gradient, both contiguous float32.
struct UpdatableParameter {
    let name: String
    let value: Tensor
    /// Of the parameter's shape, or `[rows, width]` where only some rows have one.
    let gradient: Tensor
    /// The rows of the gradient in the parameter, each once; nil where the gradient has the parameter's shape.
    let rows: [Int32]?

    /// Nil without a gradient.
    /// - Parameter takesRows: whether a gradient of some rows is given as it is; else it is spread over the parameter's shape.
    /// - Throws: ``TrainingError`` where a parameter cannot be updated in place.
    init?(_ parameter: NamedParameter, takesRows: Bool = false) throws {
        guard parameter.tensor.requiresGrad, parameter.tensor.hasGradient else { return nil }
        guard parameter.tensor.dtype == .float32, parameter.tensor.isContiguous else {
            throw TrainingError("parameter '\(parameter.name)' is not a contiguous float32 tensor and cannot be trained; clone() it first")
        }
        name = parameter.name
        value = parameter.tensor
        if takesRows, let part = parameter.tensor.rowGradient {
            rows = part.rows
            gradient = part.values
            return
        }
        guard let whole = parameter.tensor.grad else { return nil }
        guard whole.shape == parameter.tensor.shape else {
            throw TrainingError("the gradient of '\(parameter.name)' has shape \(whole.shape), the parameter \(parameter.tensor.shape)")
        }
        rows = nil
        gradient = whole.contiguous()
    }
}
