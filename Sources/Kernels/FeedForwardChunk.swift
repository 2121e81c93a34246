import ComputeRuntime

#if arch(x86_64)
import KernelsAVX2
import KernelsAVX512
import KernelsAVX512BF16

/// A block of rows by some of the columns between the two products of ``TileFeedForward``; see the processors' `ActivationChunk`.
struct FeedForwardChunk {
    let format: TileFormat
    let values: UnsafeMutablePointer<Float>
    let panels: Int
    let columns: Int
    let kept: UnsafeMutableRawPointer?
    let keptStride: Int

    private var float32: KernelsAVX512.ActivationChunk {
        .init(values: values, panels: panels, columns: columns, kept: kept?.assumingMemoryBound(to: Float.self), keptStride: keptStride)
    }

    private var bfloat16: KernelsAVX512BF16.ActivationChunk {
        .init(values: values, panels: panels, columns: columns, kept: kept?.assumingMemoryBound(to: UInt16.self), keptStride: keptStride)
    }

    private var avx2: KernelsAVX2.ActivationChunk {
        .init(values: values, panels: panels, columns: columns, kept: kept?.assumingMemoryBound(to: Float.self), keptStride: keptStride)
    }

    /// `activation(values + bias)` as left panels; `values + bias` is kept.
    func activate(_ activation: HiddenActivation, bias: UnsafePointer<Float>, to left: UnsafeMutableRawPointer) {
        switch format {
        case .float32: float32.activate(.init(rawValue: activation.rawValue)!, bias: bias, to: left.assumingMemoryBound(to: Float.self))
        case .bfloat16: bfloat16.activate(.init(rawValue: activation.rawValue)!, bias: bias, to: left.assumingMemoryBound(to: UInt16.self))
        case .int8: bfloat16.activateInt8(.init(rawValue: activation.rawValue)!, bias: bias, to: left)
        case .float32AVX2: avx2.activate(.init(rawValue: activation.rawValue)!, bias: bias, to: left.assumingMemoryBound(to: Float.self))
        case .int8AVX2: avx2.activateInt8(.init(rawValue: activation.rawValue)!, bias: bias, to: left)
        }
    }

    /// Turns `values`, the gradient of the activation's result, into that of its argument, which was kept.
    /// - Parameters:
    ///   - rows: of the block that exist.
    ///   - left: the gradient as left panels.
    ///   - activated, gradients: the activation's result and the gradient as right panels of `panelSize` bytes; nil if not wanted.
    ///   - sums: `[columns]`, overwritten by the sums of the gradient over the rows; nil if not wanted.
    func differentiate(
        _ activation: HiddenActivation, rows: Int, left: UnsafeMutableRawPointer, activated: UnsafeMutableRawPointer?,
        gradients: UnsafeMutableRawPointer?, panelSize: Int, sums: UnsafeMutablePointer<Float>?
    ) {
        let stride = panelSize / format.elementSize
        switch format {
        case .float32:
            float32.differentiate(
                .init(rawValue: activation.rawValue)!, rows: rows, left: left.assumingMemoryBound(to: Float.self),
                activated: activated.map { .init(elements: $0.assumingMemoryBound(to: Float.self), stride: stride) },
                gradients: gradients.map { .init(elements: $0.assumingMemoryBound(to: Float.self), stride: stride) }, sums: sums)
        case .bfloat16:
            bfloat16.differentiate(
                .init(rawValue: activation.rawValue)!, rows: rows, left: left.assumingMemoryBound(to: UInt16.self),
                activated: activated.map { .init(elements: $0.assumingMemoryBound(to: UInt16.self), stride: stride) },
                gradients: gradients.map { .init(elements: $0.assumingMemoryBound(to: UInt16.self), stride: stride) }, sums: sums)
        case .float32AVX2:
            avx2.differentiate(
                .init(rawValue: activation.rawValue)!, rows: rows, left: left.assumingMemoryBound(to: Float.self),
                activated: activated.map { .init(elements: $0.assumingMemoryBound(to: Float.self), stride: stride) },
                gradients: gradients.map { .init(elements: $0.assumingMemoryBound(to: Float.self), stride: stride) }, sums: sums)
        case .int8, .int8AVX2: Contract.broken("products of bytes have no way back")
        }
    }
}
#endif
