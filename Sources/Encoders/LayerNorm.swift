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
    /// The end of a block, `norm(dropout(values + bias) + residual)`, for the ranges of rows that the result is called with.
    /// - Parameters:
    ///   - values: `[rows, width]`, overwritten by the result.
    ///   - bias: of the product that makes the values.
    ///   - residual: `[rows, width]`
    ///   - normalized: overwritten by what ``endBackward(_:normalized:deviation:dropout:bias:residualGradient:)`` needs; nil for nothing.
    ///   - deviation: `[rows]`, overwritten likewise.
    func end(
        _ values: Tensor, bias: Tensor, residual: Tensor, dropout: Dropout?, normalized: ProductRows?, deviation: Tensor
    ) -> (Range<Int>) -> Void {
        let norm = kernelParameters
        return { rows in
            #if arch(x86_64)
            if let bits = normalized?.bits {
                residualNorm(rows: rows, norm, values: values.floats, bias: bias.floats, residual: residual.floats, dropout: dropout,
                             normalized: bits, reciprocalDeviation: deviation.floats)
                return
            }
            #endif
            residualNorm(rows: rows, norm, values: values.floats, bias: bias.floats, residual: residual.floats, dropout: dropout,
                         normalized: normalized?.floats, reciprocalDeviation: deviation.floats)
        }
    }

    /// The backward pass of ``end(_:bias:residual:dropout:normalized:deviation:)``; parameters have their gradients with it.
    /// - Parameters:
    ///   - normalized: if rounded, the products that read the gradient of the values take it rounded too.
    ///   - bias: of the product that made the values.
    ///   - residualGradient: `[rows, width]`, overwritten by the gradient of the residual.
    /// - Returns: the gradient of the values, `[rows, width]`; `residualGradient` itself where both are the same float32.
    func endBackward(
        _ gradient: Tensor, normalized: ProductRows, deviation: Tensor, dropout: Dropout?, bias: Tensor, residualGradient: Tensor
    ) -> ProductRows {
        let rows = gradient.shape[0], width = gradient.shape[1], ends = [weight, self.bias, bias]
        let sums = ParameterGradient.sums(for: ends)
        defer { ParameterGradient.add(sums: sums, to: ends) }
        switch normalized {
        case .float32(let normalized):
            let values = dropout == nil ? residualGradient : Tensor(uninitialized: [rows, width])
            residualNormBackward(
                rowCount: rows, kernelParameters, gradient: gradient.floats, normalized: normalized.floats, reciprocalDeviation: deviation.floats,
                dropout: dropout, residualGradient: residualGradient.floats, valuesGradient: dropout == nil ? nil : values.floats,
                parameterGradients: sums?.floats)
            return .float32(values)
        case .bfloat16(let normalized, _):
            let values = ProductRows(rows: rows, width: width, .bfloat16)
            #if arch(x86_64)
            residualNormBackward(
                rowCount: rows, kernelParameters, gradient: gradient.floats, normalized: normalized.bits, reciprocalDeviation: deviation.floats,
                dropout: dropout, residualGradient: residualGradient.floats, valuesGradient: values.bits!, parameterGradients: sums?.floats)
            #endif
            return values
        }
    }
}
