import Kernels
import Tensors

/// Self-attention with output projection, dropout, residual and normalisation, as one tape node.
///
/// The parameters of queries, keys and values are separate tensors that lie one below the other in memory, so that one
/// product computes all three.
public final class AttentionBlock {
    /// Each `[hidden, hidden]` and `[hidden]`.
    public let query: Linear, key: Linear, value: Linear
    /// The projection of the joined heads.
    public let output: Linear
    public let norm: LayerNorm
    public let headCount: Int
    /// The weights of queries, keys and values, and of keys and values.
    private let projection: WeightStack, keyValueProjection: WeightStack

    /// - Parameters query, key, value: weights and biases must each follow one another in memory; see ``ParameterStack``.
    public init(query: Linear, key: Linear, value: Linear, output: Linear, norm: LayerNorm, headCount: Int) {
        let isStacked = ParameterGradient.commonStart([query.weight, key.weight, value.weight]) != nil
            && ParameterGradient.commonStart([query.bias, key.bias, value.bias]) != nil
        precondition(isStacked, "weights and biases of query, key and value must follow one another in memory")
        self.query = query
        self.key = key
        self.value = value
        self.output = output
        self.norm = norm
        self.headCount = headCount
        projection = WeightStack([query.weight, key.weight, value.weight])
        keyValueProjection = WeightStack([key.weight, value.weight])
    }

    var linears: [Linear] { [query, key, value, output] }

    var parameters: [Tensor] { linears.flatMap(\.parameters) + [norm.weight, norm.bias] }

    /// - Parameters:
    ///   - x: `[tokens, hidden]`
    ///   - bias: added to scores by the distance from query to key, `[heads, 2 * longest - 1]`; nil for none.
    ///   - firstOnly: whether only the first token of each sequence asks; keys and values still come from all.
    /// - Returns: `[tokens, hidden]`, or `[sequences, hidden]` for `firstOnly`.
    func callAsFunction(
        _ input: HiddenRows, _ batch: PackedBatch, bias: Tensor? = nil, dropout: LayerDropout, firstOnly: Bool = false
    ) -> HiddenRows {
        let x = input.values, hidden = x.shape[1], tokens = x.shape[0]
        let rows = firstOnly ? batch.sequenceCount : tokens
        let others = (bias.map { [$0] } ?? []) + parameters
        let isRecorded = Tensor.records([x] + others)
        let precision = ComputePrecision.current(isRecorded: isRecorded)
        let dropouts = dropout.updates
        var queryPass = UpdatePass(steps: []), keyPass = queryPass, valuePass = queryPass
        // Queries come from the same product as keys and values unless only first tokens ask.
        let source: Tensor
        let width = firstOnly ? 2 * hidden : 3 * hidden
        let ownQueries: ProductRows?
        if firstOnly {
            source = Tensor(uninitialized: [rows, hidden])
            gatherRows(x.floats, indices: batch.firstRows, count: rows, width: hidden, to: source.floats)
            let addUpdates: ((UnsafeMutablePointer<Float>) -> Void)? = query.updates.isEmpty ? nil : {
                queryPass = self.query.addUpdates(to: $0, rowStride: hidden, input: source.floats, rows: rows, dropouts)
            }
            ownQueries = ProductRows(.float32(source), rows: rows, by: query.stack, bias: query.bias!, precision, finish: addUpdates)
        } else {
            source = x
            ownQueries = nil
        }
        let joined = firstOnly ? [key, value] : [query, key, value]
        // What the gradients of weights read later; updates read float32.
        let hasUpdates = !joined.allSatisfy(\.updates.isEmpty)
        let isRounded = isRecorded && precision.roundsRows && !hasUpdates
        let kept: KeptInput
        var read = ProductRows.float32(x)
        if isRounded, let normalized = input.normalized {
            kept = .normalized(normalized)
        } else {
            if isRounded { read = ProductRows(rows: tokens, width: hidden, precision) }
            kept = .rows(read)
        }
        let projected = ProductRows(
            read, rows: tokens, by: firstOnly ? keyValueProjection : projection, bias: joined[0].bias!, precision,
            prologue: read.rounding(of: x),
            finish: !hasUpdates ? nil : { start in
                let keys = start + (width - 2 * hidden)
                if !firstOnly { queryPass = self.query.addUpdates(to: start, rowStride: width, input: x.floats, rows: rows, dropouts) }
                keyPass = self.key.addUpdates(to: keys, rowStride: width, input: x.floats, rows: tokens, dropouts)
                valuePass = self.value.addUpdates(to: keys + hidden, rowStride: width, input: x.floats, rows: tokens, dropouts)
            })
        let operands = AttentionOperands(
            queries: ownQueries ?? projected, projected: projected, bias: bias,
            queryOffsets: firstOnly ? Array(0...batch.sequenceCount) : batch.offsets, keyOffsets: batch.offsets, headCount: headCount,
            headSize: hidden / headCount)
        let context = ProductRows(rows: rows, width: hidden, precision)
        let logSumExp = isRecorded ? Tensor(uninitialized: [rows, headCount]) : nil
        operands.attend(dropout: dropout.attention, output: context, logSumExp: logSumExp, precision)

        // Updates read float32, forward and backward.
        let normalized = !isRecorded ? nil : ProductRows(rows: rows, width: hidden, output.updates.isEmpty ? precision : .float32)
        let result = Tensor(uninitialized: [rows, hidden]), deviation = Tensor(uninitialized: [rows])
        // Updates come first, so that what follows the product still runs on each block while it is in cache.
        let outputPass = output.updates.isEmpty ? UpdatePass(steps: []) : output.addUpdates(
            to: result.floats, rowStride: hidden, input: context.widened(rows: rows).floats, rows: rows, dropouts, overwrites: true)
        output.stack.project(
            context.elements, rows: rows, into: result.floats, beta: outputPass.isEmpty ? 0 : 1, precision,
            epilogue: norm.end(result, bias: output.bias!, residual: source, dropout: dropout.attentionOutput, normalized: normalized,
                               deviation: deviation))
        guard let normalized, let logSumExp else { return HiddenRows(result) }
        let inputNode = isRounded ? x.withoutValues() : x
        let saved = Saved(
            input: kept, asking: firstOnly ? source : hasUpdates ? x : nil, isInputWanted: x.requiresGrad, tokens: tokens, operands: operands,
            context: context, logSumExp: logSumExp, normalized: normalized, deviation: deviation, query: queryPass, key: keyPass, value: valuePass,
            output: outputPass)
        result.recorded(as: "attention", from: [inputNode] + others) { [self] gradient in
            let biasGradient = bias.flatMap { $0.requiresGrad ? Tensor(uninitialized: $0.shape) : nil }
            let inputGradient = backward(gradient, saved, batch, dropout, firstOnly: firstOnly, biasGradient: biasGradient, precision)
            // The parameters have had their gradients.
            return bias == nil ? [inputGradient] : [inputGradient, biasGradient]
        }
        return HiddenRows(result, normalized: NormalizedRows(normalized, norm: norm))
    }

    /// What the forward pass leaves for the backward pass.
    private struct Saved {
        /// `[tokens, hidden]`
        let input: KeptInput
        /// The rows of it that ask, `[rows, hidden]`; nil where they are all and no update reads them.
        let asking: Tensor?
        let isInputWanted: Bool
        let tokens: Int
        let operands: AttentionOperands
        /// The joined heads, `[rows, hidden]`.
        let context: ProductRows
        /// `[rows, heads]`
        let logSumExp: Tensor
        /// `[rows, hidden]`
        let normalized: ProductRows
        /// `[rows]`
        let deviation: Tensor
        let query: UpdatePass, key: UpdatePass, value: UpdatePass, output: UpdatePass
    }

    private func backward(
        _ gradient: Tensor, _ saved: Saved, _ batch: PackedBatch, _ dropout: LayerDropout, firstOnly: Bool, biasGradient: Tensor?,
        _ precision: ComputePrecision
    ) -> Tensor? {
        let hidden = gradient.shape[1], tokens = saved.tokens, rows = gradient.shape[0], isWanted = saved.isInputWanted
        let residualGradient = Tensor(uninitialized: [rows, hidden])
        let outputGradient = norm.endBackward(
            gradient, normalized: saved.normalized, deviation: saved.deviation, dropout: dropout.attentionOutput, bias: output.bias!,
            residualGradient: residualGradient)
        ParameterGradient.add(to: [output.weight], outputGradient: outputGradient.elements, rowStride: hidden, input: saved.context.elements,
                              rows: rows, precision)
        let isProjectionTrained = [query, key, value].contains(where: \.isTrained)
        let contextGradient = isWanted || isProjectionTrained || biasGradient != nil ? Tensor(uninitialized: [rows, hidden]) : nil
        if let contextGradient {
            output.stack.projectBack(outputGradient.elements, rows: rows, into: contextGradient.floats, precision)
        }
        if case .float32(let outputGradient) = outputGradient {
            saved.output.backward(outputGradient.floats, rowStride: hidden, rows: rows, input: saved.context.widened(rows: rows).floats,
                                  inputGradient: contextGradient?.floats)
        }
        guard let contextGradient else { return nil }

        let width = firstOnly ? 2 * hidden : 3 * hidden
        let projectedGradient = ProductRows(rows: tokens, width: width, precision)
        let queryGradient = firstOnly ? ProductRows(rows: rows, width: hidden, precision) : projectedGradient
        saved.operands.differentiate(
            dropout: dropout.attention, gradient: contextGradient, output: saved.context, logSumExp: saved.logSumExp,
            queryGradient: queryGradient, projectedGradient: projectedGradient, biasGradient: biasGradient)

        let joined = firstOnly ? [key, value] : [query, key, value]
        addProjectionGradients(of: joined, projectedGradient, rows: tokens, input: saved.input, precision)
        if firstOnly, let asking = saved.asking {
            addProjectionGradients(of: [query], queryGradient, rows: rows, input: .rows(.float32(asking)), precision)
        }
        let inputGradient = firstOnly && isWanted ? Tensor(uninitialized: [tokens, hidden]) : residualGradient
        if isWanted {
            let stack = firstOnly ? keyValueProjection : projection
            stack.projectBack(projectedGradient.elements, rows: tokens, into: inputGradient.floats, beta: firstOnly ? 0 : 1, precision)
        }
        // Updates read float32; queries that come from the same product are in the same rows.
        let hasUpdates = [saved.query, saved.key, saved.value].contains { !$0.isEmpty }
        let wide = hasUpdates ? projectedGradient.widened(rows: tokens) : nil
        if let source = saved.asking, let wide, !saved.query.isEmpty {
            let start = firstOnly ? queryGradient.widened(rows: rows) : wide
            saved.query.backward(start.floats, rowStride: start.shape[1], rows: rows, input: source.floats,
                                 inputGradient: isWanted ? residualGradient.floats : nil)
        }
        // Rounded where there are no updates.
        if let x = saved.input.float32, let wide {
            let keyStart = wide.floats + (width - 2 * hidden)
            for (pass, start) in [(saved.key, keyStart), (saved.value, keyStart + hidden)] {
                pass.backward(start, rowStride: width, rows: tokens, input: x.floats, inputGradient: isWanted ? inputGradient.floats : nil)
            }
        }
        guard isWanted else { return nil }
        if !firstOnly { return inputGradient }
        query.stack.projectBack(queryGradient.elements, rows: rows, into: residualGradient.floats, beta: 1, precision)
        scatterAddRows(residualGradient.floats, indices: batch.firstRows, count: rows, width: hidden, into: inputGradient.floats)
        return inputGradient
    }

    private func addProjectionGradients(
        of layers: [Linear], _ gradient: ProductRows, rows: Int, input: KeptInput, _ precision: ComputePrecision
    ) {
        let width = layers.reduce(0) { $0 + $1.outputCount }
        if layers.contains(where: \.weight.requiresGrad) {
            let x = input.productRows(rows)
            ParameterGradient.add(to: layers.map(\.weight), outputGradient: gradient.elements, rowStride: width, input: x.elements, rows: rows, precision)
        }
        let biases = layers.compactMap(\.bias)
        guard let sums = ParameterGradient.sums(for: biases) else { return }
        addColumnSums(gradient.elements, rows: rows, width: width, to: sums.floats)
        ParameterGradient.add(sums: sums, to: biases)
    }
}
