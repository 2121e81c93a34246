import ComputeRuntime

/// Where the gradients of queries, keys and values go; laid out as the input is, overwritten.
public struct AttentionGradients<Element> {
    public let queries: UnsafeMutablePointer<Element>
    public let queryStride: Int
    public let keys: UnsafeMutablePointer<Element>
    public let values: UnsafeMutablePointer<Element>
    public let keyStride: Int
    /// Laid out as ``AttentionInput/bias``; nil where it is not wanted.
    public let bias: UnsafeMutablePointer<Float>?

    public init(queries: UnsafeMutablePointer<Element>, queryStride: Int, keys: UnsafeMutablePointer<Element>,
                values: UnsafeMutablePointer<Element>, keyStride: Int, bias: UnsafeMutablePointer<Float>? = nil) {
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
    _ input: AttentionInput<Float>, dropout: Dropout?, gradient: UnsafePointer<Float>, output: UnsafePointer<Float>,
    logSumExp: UnsafePointer<Float>, into gradients: AttentionGradients<Float>
) {
    let groups = input.dropoutGroups, set = InstructionSet.current, stride = input.headCount * input.headSize
    input.forEachHead(into: gradients) { sequence, head, scratch, own in
        let place = input.place(sequence, head), sums = logSumExp + input.queryOffsets[sequence] * input.headCount + head
        let core = input.head(sequence, head, dropout, groups)
        #if arch(x86_64)
        if set >= .avx512 {
            core.avx512.differentiate(
                scratch: scratch, gradient: gradient + place, output: output + place, outputStride: stride, logSumExp: sums,
                logSumExpStride: input.headCount,
                into: .init(queries: own.queries, queryStride: own.queryStride, keys: own.keys, values: own.values,
                            keyStride: own.keyStride, bias: own.bias))
            return
        }
        #endif
        core.differentiate(
            scratch: scratch, gradient: gradient + place, output: output + place, outputStride: stride, logSumExp: sums,
            logSumExpStride: input.headCount,
            into: .init(queries: own.queries, queryStride: own.queryStride, keys: own.keys, values: own.values,
                        keyStride: own.keyStride, bias: own.bias))
    }
}

#if arch(x86_64)
/// Backward of attention with products of bfloat16. Gradients are rounded to it too, as the products that read them would.
public func attentionBackward(
    _ input: AttentionInput<UInt16>, dropout: Dropout?, gradient: UnsafePointer<Float>, output: UnsafePointer<UInt16>,
    logSumExp: UnsafePointer<Float>, into gradients: AttentionGradients<UInt16>
) {
    let groups = input.dropoutGroups, stride = input.headCount * input.headSize
    input.forEachHead(into: gradients) { sequence, head, scratch, own in
        let place = input.place(sequence, head), sums = logSumExp + input.queryOffsets[sequence] * input.headCount + head
        input.head(sequence, head, dropout, groups).differentiate(
            scratch: scratch, gradient: gradient + place, output: output + place, outputStride: stride, logSumExp: sums,
            logSumExpStride: input.headCount,
            into: .init(queries: own.queries, queryStride: own.queryStride, keys: own.keys, values: own.values,
                        keyStride: own.keyStride, bias: own.bias))
    }
}
#endif

extension AttentionInput {
    /// The element of the joined heads that a head of a sequence begins with.
    fileprivate func place(_ sequence: Int, _ head: Int) -> Int { (queryOffsets[sequence] * headCount + head) * headSize }

    /// Calls `differentiate` for every (sequence, head) with where its gradients go.
    fileprivate func forEachHead(
        into gradients: AttentionGradients<Element>,
        differentiate: (_ sequence: Int, _ head: Int, _ scratch: UnsafeMutablePointer<Float>, _ own: AttentionGradients<Element>) -> Void
    ) {
        let scratch = AttentionHead.backwardScratch(queries: longestQueries, keys: longestKeys, size: headSize)
        let biasParts = gradients.bias == nil ? nil : RelativeBiasParts(self)
        defer { biasParts?.deallocate() }
        forEachHead(scratchCount: scratch) { sequence, head, scratch in
            let column = head * headSize, query = queryOffsets[sequence], key = keyOffsets[sequence] * gradients.keyStride + column
            differentiate(sequence, head, scratch, AttentionGradients(
                queries: gradients.queries + query * gradients.queryStride + column, queryStride: gradients.queryStride,
                keys: gradients.keys + key, values: gradients.values + key, keyStride: gradients.keyStride,
                bias: biasParts?.center(sequence, head)))
        }
        if let bias, let target = gradients.bias { biasParts?.add(to: target, reach: bias.reach) }
    }
}
