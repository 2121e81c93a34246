import Kernels
import Tensors

/// `x * weight^T + bias`, a row at a time.
public final class Linear {
    /// `[outputs, inputs]`
    public let weight: Tensor
    /// `[outputs]`
    public let bias: Tensor?

    public init(weight: Tensor, bias: Tensor?) {
        self.weight = weight
        self.bias = bias
    }

    public var outputCount: Int { weight.shape[0] }
    public var inputCount: Int { weight.shape[1] }

    /// One tape node; gradients of the parameters are added in place.
    /// - Parameter input: `[rows, inputs]`
    /// - Returns: `[rows, outputs]`
    public func callAsFunction(_ input: Tensor) throws -> Tensor {
        guard input.rank == 2, input.shape[1] == inputCount else {
            throw TensorError("linear: wants [rows, \(inputCount)], got \(input.shape)")
        }
        let x = input.contiguous()
        let rows = x.shape[0], inputs = inputCount, outputs = outputCount
        let weight = self.weight, bias = self.bias
        let result = Tensor(uninitialized: [rows, outputs])
        matrixProduct(x.floats, .normal, weight.floats, .transposed, into: result.floats, m: rows, n: outputs, k: inputs)
        if let bias { addBias(bias.floats, to: result.floats, rows: 0..<rows, width: outputs) }
        return result.recorded(as: "linear", from: [x, weight] + (bias.map { [$0] } ?? [])) { gradient in
            ParameterGradient.add(to: [weight], outputGradient: gradient.floats, rowStride: outputs, input: x.floats, rows: rows)
            if let bias, bias.requiresGrad {
                addColumnSums(gradient.floats, rows: rows, width: outputs, to: bias.accumulatedGrad().floats)
            }
            guard x.requiresGrad else { return [nil, nil, nil] }
            let inputGradient = Tensor(uninitialized: [rows, inputs])
            matrixProduct(gradient.floats, .normal, weight.floats, .normal, into: inputGradient.floats, m: rows, n: inputs, k: outputs)
            return [inputGradient, nil, nil]
        }
    }
}
