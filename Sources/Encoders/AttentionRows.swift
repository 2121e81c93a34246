import Kernels
import Tensors

/// The projected rows that attention reads, in the precision in which it multiplies them: as they are, or rounded to bfloat16,
/// which halves what waits for the backward pass.
enum AttentionRows {
    /// `[rows, width]`
    case float32(Tensor)
    /// `[rows, width]`, bits of bfloat16.
    case bfloat16(Storage, width: Int)

    /// The projection of `x` with its bias.
    /// - Parameter finish: adds to the finished projection, `[rows, outputs]`; nil for nothing.
    init(_ x: Tensor, by stack: WeightStack, bias: Tensor, _ precision: ComputePrecision, finish: ((UnsafeMutablePointer<Float>) -> Void)?) {
        let rows = x.shape[0], width = stack.outputs
        let projected = Tensor(uninitialized: [rows, width])
        #if arch(x86_64)
        if precision != .float32 {
            let rounded = Storage(byteCount: max(1, projected.count) * MemoryLayout<UInt16>.stride)
            let bits = rounded.pointer.assumingMemoryBound(to: UInt16.self)
            stack.project(x.floats, rows: rows, into: projected.floats, precision) {
                if finish == nil {
                    roundToBFloat16(projected.floats, adding: bias.floats, rows: $0, width: width, into: bits)
                } else {
                    addBias(bias.floats, to: projected.floats, rows: $0, width: width)
                }
            }
            if let finish {
                finish(projected.floats)
                roundToBFloat16(projected.floats, count: projected.count, into: bits)
            }
            self = .bfloat16(rounded, width: width)
            return
        }
        #endif
        stack.project(x.floats, rows: rows, into: projected.floats, precision) { addBias(bias.floats, to: projected.floats, rows: $0, width: width) }
        finish?(projected.floats)
        self = .float32(projected)
    }
}

/// Queries, keys and values of a batch, the heads side by side.
struct AttentionOperands {
    /// `[query rows, hidden]`, or ``projected`` itself, whose first columns they then are.
    let queries: AttentionRows
    /// `[tokens, 3 * hidden]`, or keys and values `[tokens, 2 * hidden]`.
    let projected: AttentionRows
    /// Added to scores, `[heads, 2 * longest - 1]`.
    let bias: Tensor?
    let queryOffsets: [Int], keyOffsets: [Int]
    let headCount: Int, headSize: Int

    /// See ``Kernels/attention(_:dropout:output:logSumExp:)``.
    func attend(dropout: Dropout?, output: Tensor, logSumExp: Tensor?) {
        switch (queries, projected) {
        case (.float32(let queries), .float32(let projected)):
            attention(input(queries.floats, queries.shape[1], projected.floats, projected.shape[1]), dropout: dropout, output: output.floats,
                      logSumExp: logSumExp?.floats)
        case (.bfloat16(let queries, let queryWidth), .bfloat16(let projected, let width)):
            #if arch(x86_64)
            attention(input(Self.bits(queries), queryWidth, Self.bits(projected), width), dropout: dropout, output: output.floats,
                      logSumExp: logSumExp?.floats)
            #endif
        default: preconditionFailure("queries and keys differ in precision")
        }
    }

    /// See ``Kernels/attentionBackward(_:dropout:gradient:output:logSumExp:into:)``.
    func differentiate(dropout: Dropout?, gradient: Tensor, output: Tensor, logSumExp: Tensor, into gradients: AttentionGradients) {
        switch (queries, projected) {
        case (.float32(let queries), .float32(let projected)):
            attentionBackward(input(queries.floats, queries.shape[1], projected.floats, projected.shape[1]), dropout: dropout,
                              gradient: gradient.floats, output: output.floats, logSumExp: logSumExp.floats, into: gradients)
        case (.bfloat16(let queries, let queryWidth), .bfloat16(let projected, let width)):
            #if arch(x86_64)
            attentionBackward(input(Self.bits(queries), queryWidth, Self.bits(projected), width), dropout: dropout,
                              gradient: gradient.floats, output: output.floats, logSumExp: logSumExp.floats, into: gradients)
            #endif
        default: preconditionFailure("queries and keys differ in precision")
        }
    }

    private static func bits(_ storage: Storage) -> UnsafePointer<UInt16> { UnsafePointer(storage.pointer.assumingMemoryBound(to: UInt16.self)) }

    private func input<Element>(
        _ queries: UnsafePointer<Element>, _ queryWidth: Int, _ projected: UnsafePointer<Element>, _ width: Int
    ) -> AttentionInput<Element> {
        let hidden = headCount * headSize, keys = projected + (width - 2 * hidden)
        return AttentionInput(
            queries: queries, queryStride: queryWidth, keys: keys, values: keys + hidden, keyStride: width, queryOffsets: queryOffsets,
            keyOffsets: keyOffsets, headCount: headCount, headSize: headSize,
            bias: bias.map { RelativeBias(values: $0.floats, reach: ($0.shape[1] + 1) / 2) })
    }
}
