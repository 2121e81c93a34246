import ComputeRuntime

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

/// Rounds some rows, on the calling thread. - Parameter values, target: `[rows, width]`
public func roundToBFloat16(_ values: UnsafePointer<Float>, rows: Range<Int>, width: Int, into target: UnsafeMutablePointer<UInt16>) {
    let start = rows.lowerBound * width
    roundValues(values + start, count: rows.count * width, to: target + start)
}

/// Writes rows of `values + bias` as bits of bfloat16. For the end of a product, on the calling thread.
/// - Parameter values, target: `[rows, width]`; `bias` is `[width]`.
public func roundToBFloat16(
    _ values: UnsafePointer<Float>, adding bias: UnsafePointer<Float>, rows: Int, width: Int, into target: UnsafeMutablePointer<UInt16>
) {
    for row in 0..<rows { roundSums(values + row * width, bias, count: width, to: target + row * width) }
}
#endif
