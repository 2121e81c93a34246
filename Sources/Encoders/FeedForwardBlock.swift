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
    ///   - keepsNormalized: whether the result has ``HiddenRows/normalized`` though nothing is recorded.
    /// - Returns: `[rows, hidden]`
    func callAsFunction(_ x: HiddenRows, dropout: Dropout?, dropouts: UpdateDropout = [:], keepsNormalized: Bool = false) -> HiddenRows {
        let values = x.values, rows = values.shape[0], hidden = values.shape[1]
        let isRecorded = Tensor.records([values] + parameters)
        let precision = ComputePrecision.current(isRecorded: isRecorded)
        // Updates want the values between the products as a whole, and in float32.
        let format = expansion.updates.isEmpty && contraction.updates.isEmpty ? precision.weightFormat : nil
        let rounds = (isRecorded || keepsNormalized) && format == .bfloat16
        let result = Tensor(uninitialized: [rows, hidden]), deviation = Tensor(uninitialized: [rows])
        let normalized = isRecorded || rounds ? ProductRows(rows: rows, width: hidden, rounds ? .bfloat16 : .float32) : nil
        let finish = norm.end(result, bias: contraction.bias!, residual: values, dropout: dropout, normalized: normalized, deviation: deviation)
        let between: Between
        var input = KeptInput.rows(.float32(values))
        if let format {
            var rounded: UnsafeMutablePointer<UInt16>?
            if isRecorded, rounds, let normalized = x.normalized {
                input = .normalized(normalized)
            } else if isRecorded, rounds {
                let own = ProductRows(rows: rows, width: hidden, precision)
                rounded = own.bits
                input = .rows(own)
            }
            between = fusedProducts(values, rounded: rounded, into: result, format, isRecorded: isRecorded, finish)
        } else {
            between = products(values, into: result, isRecorded: isRecorded, dropouts, precision, finish)
        }
        let finished = HiddenRows(result, normalized: NormalizedRows(normalized, norm: norm))
        guard isRecorded, let normalized else { return finished }
        let saved = Saved(input: input, isInputWanted: values.requiresGrad, normalized: normalized, deviation: deviation, between: between)
        let inputNode = input.float32 == nil ? values.withoutValues() : values
        result.recorded(as: "feed-forward", from: [inputNode] + parameters) { [self] gradient in
            // The parameters have had their gradients.
            return [backward(gradient, saved, dropout, precision)]
        }
        return finished
    }

    /// What the forward pass leaves for the backward pass.
    private struct Saved {
        let input: KeptInput
        let isInputWanted: Bool
        /// `[rows, hidden]`
        let normalized: ProductRows
        let deviation: Tensor
        let between: Between
    }

    /// What is left of the values between the products. Activated ones are made again, which costs less than keeping them.
    private enum Between {
        /// Before the activation, `[rows, intermediate]`, and what updates left.
        case whole(expanded: Tensor, expansion: UpdatePass, contraction: UpdatePass)
        /// Before the activation, as ``TileFeedForward`` keeps them; nil if nothing was recorded.
        case fused(Storage?, TileFormat)
    }

    /// Both products, one after the other; `finish` runs on each block of rows of `target` while it is in cache.
    private func products(
        _ x: Tensor, into target: Tensor, isRecorded: Bool, _ dropouts: UpdateDropout, _ precision: ComputePrecision,
        _ finish: (Range<Int>) -> Void
    ) -> Between {
        let rows = x.shape[0], hidden = x.shape[1], inner = expansion.outputCount
        let expanded = Tensor(uninitialized: [rows, inner])
        let activated = isRecorded ? Tensor(uninitialized: [rows, inner]) : expanded
        let expansionPass = expansion.addUpdates(to: expanded.floats, rowStride: inner, input: x.floats, rows: rows, dropouts, overwrites: true)
        expansion.stack.project(.float32(x.floats), rows: rows, into: expanded.floats, beta: expansionPass.isEmpty ? 0 : 1, precision, epilogue: {
            addBiasAndActivate(rows: $0, width: inner, self.activation, values: expanded.floats, bias: self.expansion.bias!.floats,
                               output: activated.floats)
        })
        let contractionPass = contraction.addUpdates(
            to: target.floats, rowStride: hidden, input: activated.floats, rows: rows, dropouts, overwrites: true)
        withoutActuallyEscaping(finish) { finish in
            contraction.stack.project(.float32(activated.floats), rows: rows, into: target.floats, beta: contractionPass.isEmpty ? 0 : 1, precision,
                                      epilogue: finish)
        }
        return .whole(expanded: expanded, expansion: expansionPass, contraction: contractionPass)
    }

    private func backward(_ gradient: Tensor, _ saved: Saved, _ dropout: Dropout?, _ precision: ComputePrecision) -> Tensor? {
        let rows = gradient.shape[0], isWanted = saved.isInputWanted
        let residualGradient = Tensor(uninitialized: gradient.shape)
        let outputGradient = norm.endBackward(gradient, normalized: saved.normalized, deviation: saved.deviation, dropout: dropout,
                                              bias: contraction.bias!, residualGradient: residualGradient)
        switch saved.between {
        case .whole(let expanded, let expansionPass, let contractionPass):
            // Nothing below the norm learns, and nothing before this block.
            guard isWanted || expansion.isTrained || contraction.weight.requiresGrad || contractionPass.isTrained else { return nil }
            guard let x = saved.input.float32, case .float32(let outputGradient) = outputGradient else {
                preconditionFailure("what goes on to updates is float32")
            }
            productsBackward(outputGradient, x, expanded, expansionPass, contractionPass, residualGradient, precision)
        case .fused(let kept, let format):
            guard isWanted || expansion.isTrained || contraction.weight.requiresGrad else { return nil }
            // What is added to the one is still needed of the other.
            var products = outputGradient
            if case .float32(let values) = outputGradient, values === residualGradient, isWanted { products = .float32(values.contiguousCopy()) }
            fusedBackward(products, rows: rows, saved.input, kept!, format, isWanted ? residualGradient : nil)
        }
        return isWanted ? residualGradient : nil
    }

    /// Adds to the gradients of weights, the first bias and updates, and to that of the input where one is wanted.
    private func productsBackward(
        _ outputGradient: Tensor, _ x: Tensor, _ expanded: Tensor, _ expansionPass: UpdatePass, _ contractionPass: UpdatePass,
        _ inputGradient: Tensor, _ precision: ComputePrecision
    ) {
        let rows = x.shape[0], hidden = x.shape[1], inner = expansion.outputCount
        let innerGradient = Tensor(uninitialized: [rows, inner])
        contraction.stack.projectBack(.float32(outputGradient.floats), rows: rows, into: innerGradient.floats, precision)
        let reducedGradients = contractionPass.steps.map { step in
            let reducedGradient = step.reducedGradient(outputGradient.floats, rowStride: hidden, rows: rows)
            step.addInputGradient(reducedGradient, to: innerGradient.floats)
            return reducedGradient
        }
        let biasGradient = expansion.bias!.requiresGrad ? expansion.bias!.accumulatedGrad() : nil
        // From here on `expanded` holds the activated values.
        activateBackward(rowCount: rows, width: inner, activation, values: expanded.floats, gradient: innerGradient.floats,
                         biasGradient: biasGradient?.floats)
        ParameterGradient.add(to: [contraction.weight], outputGradient: .float32(outputGradient.floats), rowStride: hidden, input: .float32(expanded.floats),
                              rows: rows, precision)
        ParameterGradient.add(to: [expansion.weight], outputGradient: .float32(innerGradient.floats), rowStride: inner, input: .float32(x.floats), rows: rows,
                              precision)
        for (step, reducedGradient) in zip(contractionPass.steps, reducedGradients) {
            step.addParameterGradients(outputGradient.floats, rowStride: hidden, reducedGradient, input: expanded.floats)
        }
        if x.requiresGrad { expansion.stack.projectBack(.float32(innerGradient.floats), rows: rows, into: inputGradient.floats, beta: 1, precision) }
        expansionPass.backward(innerGradient.floats, rowStride: inner, rows: rows, input: x.floats,
                               inputGradient: x.requiresGrad ? inputGradient.floats : nil)
    }

    // MARK: Fused

    #if arch(x86_64)
    private func fused(_ format: TileFormat) -> TileFeedForward {
        TileFeedForward(format, hidden: contraction.outputCount, intermediate: expansion.outputCount, activation: activation)
    }

    /// As ``products``, in register tiles without updates.
    private func fusedProducts(
        _ x: Tensor, rounded: UnsafeMutablePointer<UInt16>?, into target: Tensor, _ format: TileFormat, isRecorded: Bool,
        _ finish: (Range<Int>) -> Void
    ) -> Between {
        let rows = x.shape[0], fused = fused(format)
        let kept = isRecorded ? Storage(byteCount: fused.keptByteCount(rows: rows)) : nil
        fused.forward(x.floats, rows: rows, rounded: rounded, expansion: expansion.stack.forwardPanels(format), bias: expansion.bias!.floats,
                      contraction: contraction.stack.forwardPanels(format), keep: kept?.pointer, output: target.floats, epilogue: finish)
        return .fused(kept, format)
    }

    /// As ``productsBackward``, after ``fusedProducts``.
    private func fusedBackward(
        _ outputGradient: ProductRows, rows: Int, _ input: KeptInput, _ kept: Storage, _ format: TileFormat, _ inputGradient: Tensor?
    ) {
        let bias = expansion.bias!, x = expansion.weight.requiresGrad ? input.productRows(rows) : nil
        fused(format).backward(
            gradient: outputGradient.elements, x: x?.elements, rows: rows, kept: kept.pointer, expansion: expansion.stack.backwardPanels(format),
            contraction: contraction.stack.backwardPanels(format), into: inputGradient?.floats,
            biasGradient: bias.requiresGrad ? bias.accumulatedGrad().floats : nil,
            expansionGradient: ParameterGradient.target(of: expansion.weight), contractionGradient: ParameterGradient.target(of: contraction.weight))
    }
    #else
    private func fusedProducts(
        _ x: Tensor, rounded: UnsafeMutablePointer<UInt16>?, into target: Tensor, _ format: TileFormat, isRecorded: Bool,
        _ finish: (Range<Int>) -> Void
    ) -> Between { preconditionFailure("register tiles are of x86-64") }

    private func fusedBackward(
        _ outputGradient: ProductRows, rows: Int, _ input: KeptInput, _ kept: Storage, _ format: TileFormat, _ inputGradient: Tensor?
    ) {}
    #endif
}
