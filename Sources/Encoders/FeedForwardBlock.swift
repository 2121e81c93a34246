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

    var linears: [Linear] { [expansion, contraction] }

    var parameters: [Tensor] { linears.flatMap(\.parameters) + [norm.weight, norm.bias] }

    /// - Parameters:
    ///   - x: `[rows, hidden]`
    ///   - dropout: of the output.
    ///   - dropouts: of the low-rank updates.
    /// - Returns: `[rows, hidden]`
    func callAsFunction(_ x: Tensor, dropout: Dropout?, dropouts: UpdateDropout = [:]) -> Tensor {
        let rows = x.shape[0], hidden = x.shape[1], inner = expansion.outputCount
        let isRecorded = Tensor.records([x] + parameters)
        let precision = ComputePrecision.current
        let expanded = Tensor(uninitialized: [rows, inner])
        let activated = isRecorded ? Tensor(uninitialized: [rows, inner]) : expanded
        let expansionPass = expansion.addUpdates(to: expanded.floats, rowStride: inner, input: x.floats, rows: rows, dropouts, overwrites: true)
        expansion.stack.project(x.floats, rows: rows, into: expanded.floats, beta: expansionPass.isEmpty ? 0 : 1, precision) {
            addBiasAndActivate(rows: $0, width: inner, self.activation, values: expanded.floats, bias: self.expansion.bias!.floats,
                               output: activated.floats)
        }
        let normalized = Tensor(uninitialized: [rows, hidden])
        let result = isRecorded ? Tensor(uninitialized: [rows, hidden]) : normalized
        let deviation = Tensor(uninitialized: [rows])
        let norm = self.norm.kernelParameters
        let contractionPass = contraction.addUpdates(
            to: normalized.floats, rowStride: hidden, input: activated.floats, rows: rows, dropouts, overwrites: true)
        contraction.stack.project(activated.floats, rows: rows, into: normalized.floats, beta: contractionPass.isEmpty ? 0 : 1, precision) {
            residualNorm(rows: $0, norm, values: normalized.floats, bias: self.contraction.bias!.floats, residual: x.floats,
                         dropout: dropout, output: result.floats, reciprocalDeviation: deviation.floats)
        }
        guard isRecorded else { return result }
        // `activated` is made again from `expanded`, which costs less than keeping it.
        return result.recorded(as: "feed-forward", from: [x] + parameters) { [self] gradient in
            let saved = Saved(x: x, expanded: expanded, normalized: normalized, deviation: deviation, expansion: expansionPass,
                              contraction: contractionPass)
            // The parameters have had their gradients.
            return [backward(gradient, saved, dropout, precision)]
        }
    }

    /// What the forward pass leaves for the backward pass.
    private struct Saved {
        /// `[rows, hidden]`
        let x: Tensor
        /// Before the activation, `[rows, intermediate]`.
        let expanded: Tensor
        let normalized: Tensor
        let deviation: Tensor
        let expansion: UpdatePass
        let contraction: UpdatePass
    }

    private func backward(_ gradient: Tensor, _ saved: Saved, _ dropout: Dropout?, _ precision: ComputePrecision) -> Tensor? {
        let x = saved.x, expanded = saved.expanded
        let rows = x.shape[0], hidden = x.shape[1], inner = expansion.outputCount
        let residualGradient = Tensor(uninitialized: [rows, hidden])
        let outputGradient = dropout == nil ? residualGradient : Tensor(uninitialized: [rows, hidden])
        let ends = [norm.weight, norm.bias, contraction.bias!]
        let endSums = ParameterGradient.sums(for: ends)
        residualNormBackward(
            rowCount: rows, norm.kernelParameters, gradient: gradient.floats, normalized: saved.normalized.floats,
            reciprocalDeviation: saved.deviation.floats, dropout: dropout, residualGradient: residualGradient.floats,
            valuesGradient: outputGradient.floats, parameterGradients: endSums?.floats)
        ParameterGradient.add(sums: endSums, to: ends)
        // Nothing below the norm learns, and nothing before this block.
        guard x.requiresGrad || expansion.isTrained || contraction.weight.requiresGrad || saved.contraction.isTrained else { return nil }
        let innerGradient = Tensor(uninitialized: [rows, inner])
        contraction.stack.projectBack(outputGradient.floats, rows: rows, into: innerGradient.floats, precision)
        let reducedGradients = saved.contraction.steps.map { step in
            let reducedGradient = step.reducedGradient(outputGradient.floats, rowStride: hidden, rows: rows)
            step.addInputGradient(reducedGradient, to: innerGradient.floats)
            return reducedGradient
        }
        let biasGradient = expansion.bias!.requiresGrad ? expansion.bias!.accumulatedGrad() : nil
        // From here on `expanded` holds the activated values.
        activateBackward(rowCount: rows, width: inner, activation, values: expanded.floats, gradient: innerGradient.floats,
                         biasGradient: biasGradient?.floats)
        ParameterGradient.add(to: [contraction.weight], outputGradient: outputGradient.floats, rowStride: hidden, input: expanded.floats,
                              rows: rows, precision)
        ParameterGradient.add(to: [expansion.weight], outputGradient: innerGradient.floats, rowStride: inner, input: x.floats, rows: rows,
                              precision)
        for (step, reducedGradient) in zip(saved.contraction.steps, reducedGradients) {
            step.addParameterGradients(outputGradient.floats, rowStride: hidden, reducedGradient, input: expanded.floats)
        }
        let inputGradient = x.requiresGrad ? residualGradient : nil
        if let inputGradient {
            expansion.stack.projectBack(innerGradient.floats, rows: rows, into: inputGradient.floats, beta: 1, precision)
        }
        saved.expansion.backward(innerGradient.floats, rowStride: inner, rows: rows, input: x.floats, inputGradient: inputGradient?.floats)
        return inputGradient
    }
}
