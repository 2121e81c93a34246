import Kernels
import Tensors

/// Two products with an activation between, dropout, residual and normalisation, as one tape node.
public final class FeedForwardBlock {
    /// `[intermediate, hidden]`
    public let expansion: Linear
    /// `[hidden, intermediate]`
    public let contraction: Linear
    public let norm: LayerNorm
    public let activation: HiddenActivation

    public init(expansion: Linear, contraction: Linear, norm: LayerNorm, activation: HiddenActivation) {
        self.expansion = expansion
        self.contraction = contraction
        self.norm = norm
        self.activation = activation
    }

    var parameters: [Tensor] {
        [expansion.weight, expansion.bias!, contraction.weight, contraction.bias!, norm.weight, norm.bias]
    }

    /// - Parameter x: `[rows, hidden]`
    /// - Returns: `[rows, hidden]`
    func callAsFunction(_ x: Tensor, dropout: Dropout?) -> Tensor {
        let rows = x.shape[0], hidden = x.shape[1], inner = expansion.outputCount
        let isRecorded = Tensor.records([x] + parameters)
        let expanded = Tensor(uninitialized: [rows, inner])
        let activated = isRecorded ? Tensor(uninitialized: [rows, inner]) : expanded
        matrixProduct(x.floats, .normal, expansion.weight.floats, .transposed, into: expanded.floats, m: rows, n: inner, k: hidden) {
            addBiasAndActivate(rows: $0, width: inner, self.activation, values: expanded.floats, bias: self.expansion.bias!.floats,
                               output: activated.floats)
        }
        let normalized = Tensor(uninitialized: [rows, hidden])
        let result = isRecorded ? Tensor(uninitialized: [rows, hidden]) : normalized
        let deviation = Tensor(uninitialized: [rows])
        let norm = self.norm.kernelParameters
        matrixProduct(activated.floats, .normal, contraction.weight.floats, .transposed, into: normalized.floats, m: rows, n: hidden, k: inner) {
            residualNorm(rows: $0, norm, values: normalized.floats, bias: self.contraction.bias!.floats, residual: x.floats,
                         dropout: dropout, output: result.floats, reciprocalDeviation: deviation.floats)
        }
        guard isRecorded else { return result }
        // `activated` is made again from `expanded`, which costs less than keeping it.
        return result.recorded(as: "feed-forward", from: [x] + parameters) { [self] gradient in
            let inputGradient = backward(gradient, x: x, expanded: expanded, normalized: normalized, deviation: deviation, dropout)
            return [inputGradient] + parameters.map { _ in nil }
        }
    }

    private func backward(
        _ gradient: Tensor, x: Tensor, expanded: Tensor, normalized: Tensor, deviation: Tensor, _ dropout: Dropout?
    ) -> Tensor? {
        let rows = x.shape[0], hidden = x.shape[1], inner = expansion.outputCount
        let residualGradient = Tensor(uninitialized: [rows, hidden])
        let outputGradient = dropout == nil ? residualGradient : Tensor(uninitialized: [rows, hidden])
        let ends = [norm.weight, norm.bias, contraction.bias!]
        let endSums = ParameterGradient.sums(for: ends)
        residualNormBackward(
            rowCount: rows, norm.kernelParameters, gradient: gradient.floats, normalized: normalized.floats,
            reciprocalDeviation: deviation.floats, dropout: dropout, residualGradient: residualGradient.floats,
            valuesGradient: outputGradient.floats, parameterGradients: endSums?.floats)
        ParameterGradient.add(sums: endSums, to: ends)
        let innerGradient = Tensor(uninitialized: [rows, inner])
        matrixProduct(outputGradient.floats, .normal, contraction.weight.floats, .normal, into: innerGradient.floats, m: rows, n: inner, k: hidden)
        let biasGradient = expansion.bias!.requiresGrad ? expansion.bias!.accumulatedGrad() : nil
        // From here on `expanded` holds the activated values.
        activateBackward(rowCount: rows, width: inner, activation, values: expanded.floats, gradient: innerGradient.floats,
                         biasGradient: biasGradient?.floats)
        ParameterGradient.add(to: [contraction.weight], outputGradient: outputGradient.floats, rowStride: hidden, input: expanded.floats, rows: rows)
        ParameterGradient.add(to: [expansion.weight], outputGradient: innerGradient.floats, rowStride: inner, input: x.floats, rows: rows)
        guard x.requiresGrad else { return nil }
        matrixProduct(innerGradient.floats, .normal, expansion.weight.floats, .normal, into: residualGradient.floats,
                      m: rows, n: hidden, k: inner, beta: 1)
        return residualGradient
    }
}
