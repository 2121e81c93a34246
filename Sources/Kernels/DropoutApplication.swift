import ComputeRuntime

/// `output = input * factors` over `count` elements in row-major order, or `output += input * factors`.
public func applyDropout(
    _ dropout: Dropout, to input: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, count: Int, accumulates: Bool = false
) {
    ThreadPool.shared.runRanges(count: Dropout.groupCount(count), grain: 256) { groups in
        withUnsafeTemporaryAllocation(of: Float.self, capacity: Dropout.groupSize) { buffer in
            let factors = buffer.baseAddress!
            for group in groups {
                dropout.writeFactors(group: group, to: factors)
                let start = group * Dropout.groupSize, length = min(Dropout.groupSize, count - start)
                if accumulates {
                    for index in 0..<length { output[start + index] += input[start + index] * factors[index] }
                } else {
                    for index in 0..<length { output[start + index] = input[start + index] * factors[index] }
                }
            }
        }
    }
}
