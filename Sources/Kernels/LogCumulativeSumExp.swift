import ComputeRuntime
import Glibc

/// Running log-sum-exp along the middle dimension of `[outer, length, inner]`: `output[k] = log(sum of e^input[j], j <= k)`.
/// Neither overflows nor loses small terms. `output` is overwritten and must not be `input`.
public func logCumulativeSumExp(
    _ input: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, outer: Int, length: Int, inner: Int
) {
    ThreadPool.shared.runRanges(count: outer * inner, grain: max(1, 4096 / max(length, 1))) { lines in
        for line in lines {
            var place = line / inner * length * inner + line % inner
            var sum = -Float.infinity
            for _ in 0..<length {
                let value = input[place]
                let larger = max(sum, value)
                // Also right where both are minus infinity; a NaN stays one.
                sum = larger == -.infinity ? larger + value : larger + log1pf(expf(min(sum, value) - larger))
                if value.isNaN { sum = value }
                output[place] = sum
                place += inner
            }
        }
    }
}

/// The backward pass of ``logCumulativeSumExp(_:into:outer:length:inner:)``: `inputGradient[j]` is the sum over k >= j of
/// `gradient[k] e^(input[j] - output[k])`. All of shape `[outer, length, inner]`; `inputGradient` is overwritten.
public func logCumulativeSumExpGradient(
    _ gradient: UnsafePointer<Float>, input: UnsafePointer<Float>, output: UnsafePointer<Float>,
    into inputGradient: UnsafeMutablePointer<Float>, outer: Int, length: Int, inner: Int
) {
    if length == 0 { return }
    ThreadPool.shared.runRanges(count: outer * inner, grain: max(1, 4096 / length)) { lines in
        for line in lines {
            var place = line / inner * length * inner + line % inner + (length - 1) * inner
            // The sum over k >= j of gradient[k] e^(output[j] - output[k]); outputs never fall, so no term overflows.
            var rest: Float = 0
            var next: Float = 0
            for step in 0..<length {
                let here = output[place]
                rest = step == 0 ? gradient[place] : gradient[place] + (here == -.infinity ? 0 : expf(here - next) * rest)
                inputGradient[place] = here == -.infinity ? 0 : expf(input[place] - here) * rest
                next = here
                place -= inner
            }
        }
    }
}
