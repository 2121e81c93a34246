/// Where the gradients of queries, keys and values go; laid out as the input is, overwritten.
public struct AttentionGradients {
    public let queries: UnsafeMutablePointer<Float>
    public let queryStride: Int
    public let keys: UnsafeMutablePointer<Float>
    public let values: UnsafeMutablePointer<Float>
    public let keyStride: Int
    /// Laid out as ``AttentionInput/bias``; nil where it is not wanted.
    public let bias: UnsafeMutablePointer<Float>?

    public init(queries: UnsafeMutablePointer<Float>, queryStride: Int, keys: UnsafeMutablePointer<Float>,
                values: UnsafeMutablePointer<Float>, keyStride: Int, bias: UnsafeMutablePointer<Float>? = nil) {
        self.queries = queries
        self.queryStride = queryStride
        self.keys = keys
        self.values = values
        self.keyStride = keyStride
        self.bias = bias
    }
}

/// Backward of ``attention(_:dropout:output:logSumExp:)``.
///
/// - Parameters:
///   - gradient, output: `[query rows, headCount * headSize]`
///   - logSumExp: `[query rows, headCount]`
public func attentionBackward(
    _ input: AttentionInput, dropout: Dropout?, gradient: UnsafePointer<Float>, output: UnsafePointer<Float>,
    logSumExp: UnsafePointer<Float>, into gradients: AttentionGradients
) {
    let stride = input.headCount * input.headSize
    let scratch = AttentionHead.backwardScratch(queries: input.longestQueries, keys: input.longestKeys, size: input.headSize)
    let groups = input.dropoutGroups, set = InstructionSet.current
    let biasParts = gradients.bias == nil ? nil : RelativeBiasParts(input)
    defer { biasParts?.deallocate() }
    input.forEachHead(scratchCount: scratch) { sequence, head, scratch in
        let own = input.head(sequence, head, dropout, groups)
        let column = head * input.headSize, query = input.queryOffsets[sequence], key = input.keyOffsets[sequence]
        let place = query * stride + column, sums = logSumExp + query * input.headCount + head
        let queryGradients = gradients.queries + query * gradients.queryStride + column
        let keyGradients = gradients.keys + key * gradients.keyStride + column, valueGradients = gradients.values + key * gradients.keyStride + column
        let biasGradients = biasParts?.center(sequence, head)
        #if arch(x86_64)
        if set >= .avx512 {
            own.avx512.differentiate(
                scratch: scratch, gradient: gradient + place, output: output + place, outputStride: stride, logSumExp: sums,
                logSumExpStride: input.headCount,
                into: .init(queries: queryGradients, queryStride: gradients.queryStride, keys: keyGradients, values: valueGradients,
                            keyStride: gradients.keyStride, bias: biasGradients))
            return
        }
        #endif
        own.differentiate(
            scratch: scratch, gradient: gradient + place, output: output + place, outputStride: stride, logSumExp: sums,
            logSumExpStride: input.headCount,
            into: .init(queries: queryGradients, queryStride: gradients.queryStride, keys: keyGradients, values: valueGradients,
                        keyStride: gradients.keyStride, bias: biasGradients))
    }
    if let bias = input.bias, let target = gradients.bias { biasParts?.add(to: target, reach: bias.reach) }
}
