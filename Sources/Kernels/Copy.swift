import ComputeRuntime

/// Copies a strided array of elements of 1, 4 or 8 bytes (`elementSize`) to row-major order.
/// - Parameter strides: in elements, one for each dimension of `shape`.
public func copyStrided(
    from source: UnsafeRawPointer, strides: [Int], shape: [Int], elementSize: Int, to destination: UnsafeMutableRawPointer
) {
    forEachStridedRow(strides: strides, shape: shape) { start, row, length, stride in
        let input = source + start * elementSize
        let output = destination + row * length * elementSize
        if stride == 1 {
            output.copyMemory(from: input, byteCount: length * elementSize)
        } else {
            copyElements(from: input, step: stride, to: output, step: 1, count: length, elementSize: elementSize)
        }
    }
}

/// The inverse of ``copyStrided``: spreads row-major elements over a strided array.
public func copyToStrided(
    from source: UnsafeRawPointer, strides: [Int], shape: [Int], elementSize: Int, to destination: UnsafeMutableRawPointer
) {
    forEachStridedRow(strides: strides, shape: shape) { start, row, length, stride in
        let input = source + row * length * elementSize
        let output = destination + start * elementSize
        if stride == 1 {
            output.copyMemory(from: input, byteCount: length * elementSize)
        } else {
            copyElements(from: input, step: 1, to: output, step: stride, count: length, elementSize: elementSize)
        }
    }
}

/// Copies `count` elements of 1, 4 or 8 bytes between places that are `step` elements apart.
@inline(__always)
private func copyElements(
    from source: UnsafeRawPointer, step sourceStep: Int, to destination: UnsafeMutableRawPointer, step destinationStep: Int,
    count: Int, elementSize: Int
) {
    func copy<Word>(_ type: Word.Type) {
        let input = source.assumingMemoryBound(to: type), output = destination.assumingMemoryBound(to: type)
        for index in 0..<count { output[index * destinationStep] = input[index * sourceStep] }
    }
    switch elementSize {
    case 4: copy(UInt32.self)
    case 8: copy(UInt64.self)
    default: copy(UInt8.self)
    }
}

/// Calls `body(start, row, length, stride)` for each innermost row of a strided array: the offset of its first element,
/// its number in row-major order, its length and the step along it, in elements.
@inline(__always)
private func forEachStridedRow(strides: [Int], shape: [Int], _ body: (Int, Int, Int, Int) -> Void) {
    guard let length = shape.last, let stride = strides.last else { return body(0, 0, 1, 1) }
    let rows = shape.dropLast().reduce(1, *)
    if rows == 0 || length == 0 { return }
    var index = [Int](repeating: 0, count: shape.count - 1)
    var start = 0
    for row in 0..<rows {
        body(start, row, length, stride)
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
