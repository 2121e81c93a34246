import Kernels
import Tensors

/// Queries, keys and values of a batch, the heads side by side.
struct AttentionOperands {
    /// `[query rows, hidden]`, or ``projected`` itself, whose first columns they then are.
    let queries: ProductRows
    /// `[tokens, 3 * hidden]`, or keys and values `[tokens, 2 * hidden]`.
    let projected: ProductRows
    /// Added to scores, `[heads, 2 * longest - 1]`.
    let bias: Tensor?
    let queryOffsets: [Int], keyOffsets: [Int]
    let headCount: Int, headSize: Int

    /// See ``Kernels/attention(_:dropout:output:logSumExp:)``, and ``Kernels/attentionInt8(_:output:)``, which is taken for
    /// ``ComputePrecision/int8`` where nothing is dropped.
    /// - Parameter output: `[query rows, hidden]`, of the same precision, overwritten.
    func attend(dropout: Dropout?, output: ProductRows, logSumExp: Tensor?, _ precision: ComputePrecision) {
        switch (queries, projected, output) {
        case (.float32(let queries), .float32(let projected), .float32(let output)):
            attention(input(queries.floats, queries.shape[1], projected.floats, projected.shape[1]), dropout: dropout, output: output.floats,
                      logSumExp: logSumExp?.floats)
        case (.bfloat16(let queries, let queryWidth), .bfloat16(let projected, let width), .bfloat16(let output, _)):
            #if arch(x86_64)
            let input = input(queries.bits, queryWidth, projected.bits, width)
            if precision == .int8 && dropout == nil && logSumExp == nil {
                attentionInt8(input, output: output.bits)
            } else {
                attention(input, dropout: dropout, output: output.bits, logSumExp: logSumExp?.floats)
            }
            #endif
        default: preconditionFailure("queries, keys and output differ in precision")
        }
    }

    /// See ``Kernels/attentionBackward(_:dropout:gradient:output:logSumExp:into:)``.
    /// - Parameter queryGradient, projectedGradient, biasGradient: as ``queries``, ``projected`` and ``bias``, overwritten.
    func differentiate(
        dropout: Dropout?, gradient: Tensor, output: ProductRows, logSumExp: Tensor, queryGradient: ProductRows, projectedGradient: ProductRows,
        biasGradient: Tensor?
    ) {
        switch (queries, projected, output) {
        case (.float32(let queries), .float32(let projected), .float32(let output)):
            guard case .float32(let own) = queryGradient, case .float32(let others) = projectedGradient else { break }
            attentionBackward(input(queries.floats, queries.shape[1], projected.floats, projected.shape[1]), dropout: dropout,
                              gradient: gradient.floats, output: output.floats, logSumExp: logSumExp.floats,
                              into: gradients(own.floats, own.shape[1], others.floats, others.shape[1], biasGradient))
            return
        case (.bfloat16(let queries, let queryWidth), .bfloat16(let projected, let width), .bfloat16(let output, _)):
            #if arch(x86_64)
            guard case .bfloat16(let own, _) = queryGradient, case .bfloat16(let others, _) = projectedGradient else { break }
            attentionBackward(input(queries.bits, queryWidth, projected.bits, width), dropout: dropout,
                              gradient: gradient.floats, output: output.bits, logSumExp: logSumExp.floats,
                              into: gradients(own.bits, queryWidth, others.bits, width, biasGradient))
            return
            #endif
        default: break
        }
        preconditionFailure("queries, keys, output and gradients differ in precision")
    }

    private func gradients<Element>(
        _ queries: UnsafeMutablePointer<Element>, _ queryWidth: Int, _ projected: UnsafeMutablePointer<Element>, _ width: Int, _ bias: Tensor?
    ) -> AttentionGradients<Element> {
        let hidden = headCount * headSize, keys = projected + (width - 2 * hidden)
        return AttentionGradients(queries: queries, queryStride: queryWidth, keys: keys, values: keys + hidden, keyStride: width, bias: bias?.floats)
    }

    private func input<Element>(
        _ queries: UnsafeMutablePointer<Element>, _ queryWidth: Int, _ projected: UnsafeMutablePointer<Element>, _ width: Int
    ) -> AttentionInput<Element> {
        let hidden = headCount * headSize, keys = projected + (width - 2 * hidden)
        return AttentionInput(
            queries: queries, queryStride: queryWidth, keys: keys, values: keys + hidden, keyStride: width, queryOffsets: queryOffsets,
            keyOffsets: keyOffsets, headCount: headCount, headSize: headSize,
            bias: bias.map { RelativeBias(values: $0.floats, reach: ($0.shape[1] + 1) / 2) })
    }
}
