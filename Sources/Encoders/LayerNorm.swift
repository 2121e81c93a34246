import Kernels
import Tensors

/// The parameters of a layer normalisation.
public final class LayerNorm {
    /// `[width]`
    public let weight: Tensor
    /// `[width]`
    public let bias: Tensor
    public let epsilon: Float

    public init(weight: Tensor, bias: Tensor, epsilon: Float) {
        self.weight = weight
        self.bias = bias
        self.epsilon = epsilon
    }

    var kernelParameters: LayerNormParameters {
        LayerNormParameters(width: weight.count, weight: weight.floats, bias: bias.floats, epsilon: epsilon)
    }
}

extension LayerNorm {
    /// The backward pass of the end of a block, `norm(dropout(values + bias) + residual)`; parameters have their gradients with it.
    /// - Parameters:
    ///   - bias: of the product that made the values.
    ///   - rounds: whether the products that read the gradient of the values take it rounded to bfloat16.
    ///   - residualGradient: `[rows, width]`, overwritten by the gradient of the residual.
    /// - Returns: the gradient of the values, `[rows, width]`; `residualGradient` itself where both are the same float32.
    func endBackward(
        _ gradient: Tensor, normalized: Tensor, deviation: Tensor, dropout: Dropout?, bias: Tensor, rounds: Bool, residualGradient: Tensor
    ) -> ProductRows {
        let rows = normalized.shape[0], width = normalized.shape[1], ends = [weight, self.bias, bias]
        let sums = ParameterGradient.sums(for: ends)
        defer { ParameterGradient.add(sums: sums, to: ends) }
        #if arch(x86_64)
        if rounds {
            let values = ProductRows(rows: rows, width: width, .bfloat16)
            residualNormBackward(
                rowCount: rows, kernelParameters, gradient: gradient.floats, normalized: normalized.floats, reciprocalDeviation: deviation.floats,
                dropout: dropout, residualGradient: residualGradient.floats, valuesGradient: values.bits!, parameterGradients: sums?.floats)
            return values
        }
        #endif
        let values = dropout == nil ? residualGradient : Tensor(uninitialized: [rows, width])
        residualNormBackward(
            rowCount: rows, kernelParameters, gradient: gradient.floats, normalized: normalized.floats, reciprocalDeviation: deviation.floats,
            dropout: dropout, residualGradient: residualGradient.floats, valuesGradient: dropout == nil ? nil : values.floats,
            parameterGradients: sums?.floats)
        return .float32(values)
    }
}
