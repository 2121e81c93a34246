#if arch(x86_64)
import KernelsAVX512BF16

/// Rounds `count` values to bits of bfloat16, to nearest with ties to even, where ``InstructionSet/avx512bf16`` is there.
public func roundToBFloat16(_ source: UnsafePointer<Float>, count: Int, into target: UnsafeMutablePointer<UInt16>) {
    // A multiple of a vector, large enough that handing it out costs nothing.
    let size = 1 << 15
    ThreadPool.shared.run(count: (count + size - 1) / size) { part in
        let start = part * size
        roundValues(source + start, count: min(size, count - start), to: target + start)
    }
}
#endif
