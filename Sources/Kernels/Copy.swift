/// Copies a strided array of `elementSize`-byte elements to row-major order.
/// - Parameter strides: in elements, one for each dimension of `shape`.
public func copyStrided(
    from source: UnsafeRawPointer, strides: [Int], shape: [Int], elementSize: Int, to destination: UnsafeMutableRawPointer
) {
    guard let lastLength = shape.last, let lastStride = strides.last else {
        destination.copyMemory(from: source, byteCount: elementSize)
        return
    }
    let rows = shape.dropLast().reduce(1, *)
    if rows == 0 || lastLength == 0 { return }
    var index = [Int](repeating: 0, count: shape.count - 1)
    var start = 0
    var output = destination
    for _ in 0..<rows {
        let row = source + start * elementSize
        if lastStride == 1 {
            output.copyMemory(from: row, byteCount: lastLength * elementSize)
        } else {
            for column in 0..<lastLength {
                (output + column * elementSize).copyMemory(from: row + column * lastStride * elementSize, byteCount: elementSize)
            }
        }
        output += lastLength * elementSize
        for dimension in (0..<index.count).reversed() {
            index[dimension] += 1
            start += strides[dimension]
            if index[dimension] < shape[dimension] { break }
            start -= strides[dimension] * shape[dimension]
            index[dimension] = 0
        }
    }
}

/// `sum[i] += values[i]`.
public func accumulate(_ values: UnsafePointer<Float>, into sum: UnsafeMutablePointer<Float>, count: Int) {
    ThreadPool.shared.runRanges(count: count, grain: 65_536) { range in
        for index in range { sum[index] += values[index] }
    }
}
