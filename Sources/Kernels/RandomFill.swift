import ComputeRuntime
import Glibc

/// Calls `body(index, words)` for each block of four elements, over the pool: words 0 to 3 belong to elements
/// `4 index` to `4 index + 3`.
@inline(__always)
private func forEachBlock(_ count: Int, _ philox: Philox, _ stream: UInt64, _ body: (Int, SIMD4<UInt32>) -> Void) {
    ThreadPool.shared.runRanges(count: (count + 3) / 4, grain: 2048) { blocks in
        for block in blocks { body(block, philox.block(stream: stream, index: UInt64(block))) }
    }
}

/// Numbers in [0, 1), each a function of seed, stream and index.
public func fillUniform(_ output: UnsafeMutablePointer<Float>, count: Int, philox: Philox, stream: UInt64) {
    forEachBlock(count, philox, stream) { block, words in
        for lane in 0..<min(4, count - block * 4) { output[block * 4 + lane] = Philox.unit(words[lane]) }
    }
}

/// Normally distributed numbers of mean 0 and deviation 1 (Box and Muller, 1958).
public func fillNormal(_ output: UnsafeMutablePointer<Float>, count: Int, philox: Philox, stream: UInt64) {
    forEachBlock(count, philox, stream) { block, words in
        var values = SIMD4<Float>(repeating: 0)
        for pair in 0..<2 {
            // 1 - u lies in (0, 1], so its logarithm is finite.
            let radius = (-2 * Glibc.logf(1 - Philox.unit(words[2 * pair]))).squareRoot()
            let angle = 2 * Float.pi * Philox.unit(words[2 * pair + 1])
            values[2 * pair] = radius * Glibc.cosf(angle)
            values[2 * pair + 1] = radius * Glibc.sinf(angle)
        }
        for lane in 0..<min(4, count - block * 4) { output[block * 4 + lane] = values[lane] }
    }
}

/// Whole numbers in `low ..< low + span`, from 64 random bits each. `span` is at least 1.
public func fillIntegers(
    _ output: UnsafeMutablePointer<Int64>, count: Int, low: Int64, span: UInt64, philox: Philox, stream: UInt64
) {
    ThreadPool.shared.runRanges(count: (count + 1) / 2, grain: 2048) { blocks in
        for block in blocks {
            let words = philox.block(stream: stream, index: UInt64(block))
            for half in 0..<min(2, count - block * 2) {
                let bits = UInt64(words[2 * half]) | UInt64(words[2 * half + 1]) << 32
                output[block * 2 + half] = low &+ Int64(bitPattern: bits.multipliedFullWidth(by: span).high)
            }
        }
    }
}

/// Sets each element to 0 with probability `probability` and scales the others by `1 / (1 - probability)`. The same seed
/// and stream drop the same elements, so the backward pass is this function on the gradient. `output` may be `input`.
public func dropout(
    _ input: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, count: Int, probability: Float,
    philox: Philox, stream: UInt64
) {
    let scale = 1 / (1 - probability)
    forEachBlock(count, philox, stream) { block, words in
        for lane in 0..<min(4, count - block * 4) {
            let index = block * 4 + lane
            output[index] = Philox.unit(words[lane]) < probability ? 0 : input[index] * scale
        }
    }
}
