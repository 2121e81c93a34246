import ComputeRuntime
import Glibc

/// For each row of scores `[rows, words]`: `-log(softmax(scores)[target])`.
/// - Parameters:
///   - losses: `[rows]`, overwritten.
///   - logSums: `[rows]`, overwritten by the logarithm of the sum of exponentials.
public func crossEntropyRows(
    _ scores: UnsafePointer<Float>, targets: UnsafePointer<Int32>, rows: Int, words: Int, losses: UnsafeMutablePointer<Float>,
    logSums: UnsafeMutablePointer<Float>
) {
    ThreadPool.shared.runRanges(count: rows, grain: 4) { range in
        for row in range {
            let x = scores + row * words
            var greatest = x[0]
            for word in 1..<max(1, words) { greatest = max(greatest, x[word]) }
            var sums = FloatVector()
            var word = 0
            while word + 16 <= words {
                sums += VectorMath.exp(loadLanes(x + word) - greatest)
                word += 16
            }
            var sum = sums.treeSum
            while word < words {
                sum += expf(x[word] - greatest)
                word += 1
            }
            logSums[row] = greatest + logf(sum)
            losses[row] = logSums[row] - x[Int(targets[row])]
        }
    }
}

/// Replaces scores by the gradient of the sum of ``crossEntropyRows(_:targets:rows:words:losses:logSums:)`` times `scale`.
public func crossEntropyRowsBackward(
    _ scores: UnsafeMutablePointer<Float>, targets: UnsafePointer<Int32>, logSums: UnsafePointer<Float>, rows: Int, words: Int, scale: Float
) {
    ThreadPool.shared.runRanges(count: rows, grain: 4) { range in
        for row in range {
            let x = scores + row * words
            var word = 0
            while word < words {
                let count = min(16, words - word)
                storeLanes(VectorMath.exp(loadLanes(x + word, count: count) - logSums[row]) * scale, x + word, count: count)
                word += 16
            }
            x[Int(targets[row])] -= scale
        }
    }
}
