import Kernels
import Tensors

/// `x * weight^T + bias`, a row at a time, and what low-rank updates add to it.
public final class Linear {
    /// `[outputs, inputs]`
    public let weight: Tensor
    /// `[outputs]`
    public let bias: Tensor?
    /// The updates in force; set by ``AdapterSet``.
    public internal(set) var updates: [LowRankUpdate] = []
    /// The weight as an operand of products.
    private(set) lazy var stack = WeightStack([weight])

    public init(weight: Tensor, bias: Tensor?) {
        self.weight = weight
        self.bias = bias
    }

    public var outputCount: Int { weight.shape[0] }
    public var inputCount: Int { weight.shape[1] }

    /// Weight, bias and the tensors of the updates.
    var parameters: [Tensor] { [weight] + (bias.map { [$0] } ?? []) + updateParameters }

    /// Whether a gradient of any parameter is wanted.
    var isTrained: Bool { parameters.contains(where: \.requiresGrad) }

    /// One tape node; gradients of the parameters are added in place.
    /// - Parameters:
    ///   - input: `[rows, inputs]`
    ///   - isTraining: whether updates drop elements of their input.
    /// - Returns: `[rows, outputs]`
    public func callAsFunction(_ input: Tensor, isTraining: Bool = false) throws -> Tensor {
        guard input.rank == 2, input.shape[1] == inputCount else {
            throw TensorError("linear: wants [rows, \(inputCount)], got \(input.shape)")
        }
        let x = input.contiguous()
        let rows = x.shape[0], inputs = inputCount, outputs = outputCount
        let weight = self.weight, bias = self.bias
        let result = Tensor(uninitialized: [rows, outputs])
        matrixProduct(x.floats, .normal, weight.floats, .transposed, into: result.floats, m: rows, n: outputs, k: inputs)
        if let bias { addBias(bias.floats, to: result.floats, rows: 0..<rows, width: outputs) }
        var dropouts = UpdateDropout()
        if isTraining { addFreshDropouts(to: &dropouts) }
        let pass = addUpdates(to: result.floats, rowStride: outputs, input: x.floats, rows: rows, dropouts)
        return result.recorded(as: "linear", from: [x] + parameters) { gradient in
            ParameterGradient.add(to: [weight], outputGradient: .float32(gradient.floats), rowStride: outputs, input: .float32(x.floats), rows: rows)
            if let bias, bias.requiresGrad {
                addColumnSums(gradient.floats, rows: rows, width: outputs, to: bias.accumulatedGrad().floats)
            }
            let inputGradient = x.requiresGrad ? Tensor(uninitialized: [rows, inputs]) : nil
            if let inputGradient {
                matrixProduct(gradient.floats, .normal, weight.floats, .normal, into: inputGradient.floats, m: rows, n: inputs, k: outputs)
            }
            pass.backward(gradient.floats, rowStride: outputs, rows: rows, input: x.floats, inputGradient: inputGradient?.floats)
            // The other inputs have had theirs.
            return [inputGradient]
        }
    }
}
