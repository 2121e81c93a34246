import ComputeRuntime

#if arch(x86_64)
import KernelsAVX512
import KernelsAVX512BF16
#endif

/// Queries, keys and values of a packed batch, and which rows belong together. Elements are float32, or bits of bfloat16
/// (`UInt16`), whose products are taken in that precision.
public struct AttentionInput<Element> {
    /// `[query rows, queryStride]`, the heads of a row side by side.
    public let queries: UnsafePointer<Element>
    public let queryStride: Int
    /// `[key rows, keyStride]`
    public let keys: UnsafePointer<Element>
    /// `[key rows, keyStride]`
    public let values: UnsafePointer<Element>
    public let keyStride: Int
    /// Sequence `s` has query rows `queryOffsets[s] ..< queryOffsets[s + 1]`.
    public let queryOffsets: [Int]
    /// Sequence `s` has key and value rows `keyOffsets[s] ..< keyOffsets[s + 1]`, at least one.
    public let keyOffsets: [Int]
    public let headCount: Int
    /// Elements of one head.
    public let headSize: Int
    /// Added to scores; nil for none.
    public let bias: RelativeBias?

    public init(
        queries: UnsafePointer<Element>, queryStride: Int, keys: UnsafePointer<Element>, values: UnsafePointer<Element>, keyStride: Int,
        queryOffsets: [Int], keyOffsets: [Int], headCount: Int, headSize: Int, bias: RelativeBias? = nil
    ) {
        self.queries = queries
        self.queryStride = queryStride
        self.keys = keys
        self.values = values
        self.keyStride = keyStride
        self.queryOffsets = queryOffsets
        self.keyOffsets = keyOffsets
        self.headCount = headCount
        self.headSize = headSize
        self.bias = bias
    }

    var sequenceCount: Int { keyOffsets.count - 1 }
    /// What scores are multiplied by.
    var scale: Float { 1 / Float(headSize).squareRoot() }
    var longestQueries: Int { (0..<sequenceCount).map { queryOffsets[$0 + 1] - queryOffsets[$0] }.max() ?? 0 }
    var longestKeys: Int { (0..<sequenceCount).map { keyOffsets[$0 + 1] - keyOffsets[$0] }.max() ?? 0 }

    /// The first dropout group of each sequence: every head takes whole groups of its padded score matrix.
    var dropoutGroups: [Int] {
        var starts = [0]
        for sequence in 0..<sequenceCount { starts.append(starts[sequence] + headCount * groupsPerHead(sequence)) }
        return starts
    }

    func groupsPerHead(_ sequence: Int) -> Int {
        let queries = queryOffsets[sequence + 1] - queryOffsets[sequence]
        return Dropout.groupCount(queries * roundUpToLanes(keyOffsets[sequence + 1] - keyOffsets[sequence]))
    }

    /// Runs `body` for every (sequence, head), several per task so that scratch memory is shared.
    func forEachHead(scratchCount: Int, _ body: (_ sequence: Int, _ head: Int, _ scratch: UnsafeMutablePointer<Float>) -> Void) {
        let items = sequenceCount * headCount
        let size = max(1, items / (ThreadPool.shared.threadCount * 8))
        ThreadPool.shared.run(count: (items + size - 1) / size) { task in
            ScratchMemory.with(byteCount: scratchCount * MemoryLayout<Float>.stride) { memory in
                let scratch = memory.assumingMemoryBound(to: Float.self)
                for item in task * size ..< min(items, (task + 1) * size) { body(item / headCount, item % headCount, scratch) }
            }
        }
    }
}

extension AttentionInput<Float> {
    /// One head of one sequence.
    /// - Parameter groups: ``dropoutGroups``.
    func head(_ sequence: Int, _ head: Int, _ dropout: Dropout?, _ groups: [Int]) -> AttentionHead {
        let query = queryOffsets[sequence], key = keyOffsets[sequence], column = head * headSize
        return AttentionHead(
            queries: queries + query * queryStride + column, queryStride: queryStride, queryCount: queryOffsets[sequence + 1] - query,
            keys: keys + key * keyStride + column, values: values + key * keyStride + column, keyStride: keyStride,
            keyCount: keyOffsets[sequence + 1] - key, size: headSize, scale: scale,
            bias: bias?.center(head: head), dropout: dropout, firstGroup: groups[sequence] + head * groupsPerHead(sequence))
    }
}

/// `output = dropout(softmax(queries * keys^T / sqrt(headSize) + bias)) * values`, exactly, for each sequence and head by itself
/// (Vaswani et al., "Attention is all you need", 2017).
///
/// - Parameters:
///   - output: `[query rows, headCount * headSize]`, overwritten.
///   - logSumExp: `[query rows, headCount]`, overwritten by the logarithm of each softmax's denominator, all that the
///     backward pass needs to compute the weights again; nil where none follows.
public func attention(
    _ input: AttentionInput<Float>, dropout: Dropout?, output: UnsafeMutablePointer<Float>, logSumExp: UnsafeMutablePointer<Float>?
) {
    let groups = input.dropoutGroups, set = InstructionSet.current
    input.forEachHead(output: output, logSumExp: logSumExp) { sequence, head, scratch, output, stride, logSumExp in
        let own = input.head(sequence, head, dropout, groups)
        #if arch(x86_64)
        if set >= .avx512 {
            own.avx512.attend(scratch: scratch, output: output, outputStride: stride, logSumExp: logSumExp, logSumExpStride: input.headCount)
            return
        }
        #endif
        own.attend(scratch: scratch, output: output, outputStride: stride, logSumExp: logSumExp, logSumExpStride: input.headCount)
    }
}

extension AttentionInput {
    /// Calls `attend` for every (sequence, head) with what belongs to its first row.
    fileprivate func forEachHead(
        output: UnsafeMutablePointer<Element>, logSumExp: UnsafeMutablePointer<Float>?,
        attend: (_ sequence: Int, _ head: Int, _ scratch: UnsafeMutablePointer<Float>, _ output: UnsafeMutablePointer<Element>, _ stride: Int,
                 _ logSumExp: UnsafeMutablePointer<Float>?) -> Void
    ) {
        let stride = headCount * headSize
        let scratchCount = AttentionHead.forwardScratch(queries: longestQueries, keys: longestKeys, size: headSize)
        forEachHead(scratchCount: scratchCount) { sequence, head, scratch in
            let row = queryOffsets[sequence]
            attend(sequence, head, scratch, output + row * stride + head * headSize, stride, logSumExp.map { $0 + row * headCount + head })
        }
    }
}

#if arch(x86_64)
/// The same with products of bfloat16, where ``InstructionSet/avx512bf16`` is there; softmax and sums are float32. The output is rounded to
/// bfloat16 too.
public func attention(
    _ input: AttentionInput<UInt16>, dropout: Dropout?, output: UnsafeMutablePointer<UInt16>, logSumExp: UnsafeMutablePointer<Float>?
) {
    let groups = input.dropoutGroups
    input.forEachHead(output: output, logSumExp: logSumExp) { sequence, head, scratch, output, stride, logSumExp in
        input.head(sequence, head, dropout, groups)
            .attend(scratch: scratch, output: output, outputStride: stride, logSumExp: logSumExp, logSumExpStride: input.headCount)
    }
}

/// The same with products of bytes, without dropout and for no way back; see the processor's `attendInt8`.
public func attentionInt8(_ input: AttentionInput<UInt16>, output: UnsafeMutablePointer<UInt16>) {
    typealias Head = KernelsAVX512BF16.AttentionHead
    if input.longestKeys > Head.mostKeysInt8 { return attention(input, dropout: nil, output: output, logSumExp: nil) }
    let stride = input.headCount * input.headSize, size = MemoryLayout<Float>.stride, groups = input.dropoutGroups
    let scratchBytes = Head.scratchByteCountInt8(keys: input.longestKeys, size: input.headSize)
    input.forEachHead(scratchCount: (scratchBytes + size - 1) / size) { sequence, head, scratch in
        input.head(sequence, head, nil, groups).attendInt8(
            scratch: scratch, output: output + input.queryOffsets[sequence] * stride + head * input.headSize, outputStride: stride)
    }
}

extension AttentionInput<UInt16> {
    /// One head of one sequence.
    /// - Parameter groups: ``dropoutGroups``.
    func head(_ sequence: Int, _ head: Int, _ dropout: Dropout?, _ groups: [Int]) -> KernelsAVX512BF16.AttentionHead {
        let query = queryOffsets[sequence], key = keyOffsets[sequence], column = head * headSize
        return .init(
            queries: queries + query * queryStride + column, queryStride: queryStride, queryCount: queryOffsets[sequence + 1] - query,
            keys: keys + key * keyStride + column, values: values + key * keyStride + column, keyStride: keyStride,
            keyCount: keyOffsets[sequence + 1] - key, size: headSize, scale: scale, bias: bias?.center(head: head),
            dropout: dropout?.avx512bf16,
            firstGroup: groups[sequence] + head * groupsPerHead(sequence))
    }
}

extension AttentionHead {
    /// The same in the code for AVX-512.
    var avx512: KernelsAVX512.AttentionHead {
        .init(queries: queries, queryStride: queryStride, queryCount: queryCount, keys: keys, values: values, keyStride: keyStride,
              keyCount: keyCount, size: size, scale: scale, bias: bias, dropout: dropout?.avx512, firstGroup: firstGroup)
    }
}
#endif
