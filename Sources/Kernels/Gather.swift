import ComputeRuntime

/// The first index outside `0..<bound`, or nil: indices are checked once before a kernel follows them.
public func firstOutOfRange(_ indices: UnsafePointer<Int64>, count: Int, bound: Int) -> Int64? {
    for position in 0..<count where indices[position] < 0 || indices[position] >= Int64(bound) { return indices[position] }
    return nil
}

/// `output[outer, j, inner] = values[outer, indices[j], inner]` for elements of any size.
/// - Parameters:
///   - length: of the middle dimension of `values`.
///   - count: number of indices, all in `0..<length`.
public func gatherSlices(
    _ values: UnsafeRawPointer, _ indices: UnsafePointer<Int64>, outer: Int, length: Int, inner: Int, count: Int,
    elementSize: Int, into output: UnsafeMutableRawPointer
) {
    let bytes = inner * elementSize
    ThreadPool.shared.runRanges(count: outer * count, grain: max(1, 65_536 / max(1, bytes))) { slices in
        for slice in slices {
            let source = slice / count * length + Int(indices[slice % count])
            (output + slice * bytes).copyMemory(from: values + source * bytes, byteCount: bytes)
        }
    }
}

/// `output[outer, indices[j], inner] += values[outer, j, inner]`, in the order of `j`; the backward pass of ``gatherSlices``.
public func scatterAddSlices(
    _ values: UnsafePointer<Float>, _ indices: UnsafePointer<Int64>, outer: Int, length: Int, inner: Int, count: Int,
    into output: UnsafeMutablePointer<Float>
) {
    // Threads share the columns, not the indices, so that equal indices never meet.
    let strips = (inner + 63) / 64
    ThreadPool.shared.runRanges(count: outer * strips, grain: max(1, 256 / max(1, count))) { tasks in
        for task in tasks {
            let column = task % strips * 64
            let width = min(64, inner - column)
            for j in 0..<count {
                let source = values + (task / strips * count + j) * inner + column
                let target = output + (task / strips * length + Int(indices[j])) * inner + column
                for offset in 0..<width { target[offset] += source[offset] }
            }
        }
    }
}

/// `output[row, j] = values[row, indices[row, j]]` for `values` `[rows, length]` and `indices` `[rows, count]`.
public func gatherRows(
    _ values: UnsafeRawPointer, _ indices: UnsafePointer<Int64>, rows: Int, length: Int, count: Int,
    elementSize: Int, into output: UnsafeMutableRawPointer
) {
    ThreadPool.shared.runRanges(count: rows, grain: max(1, 4096 / max(1, count))) { range in
        for row in range {
            for j in 0..<count {
                let source = row * length + Int(indices[row * count + j])
                (output + (row * count + j) * elementSize).copyMemory(from: values + source * elementSize, byteCount: elementSize)
            }
        }
    }
}

/// `output[row, indices[row, j]] += values[row, j]`, in the order of `j`.
public func scatterAddRows(
    _ values: UnsafePointer<Float>, _ indices: UnsafePointer<Int64>, rows: Int, length: Int, count: Int,
    into output: UnsafeMutablePointer<Float>
) {
    ThreadPool.shared.runRanges(count: rows, grain: max(1, 4096 / max(1, count))) { range in
        for row in range {
            for j in 0..<count { output[row * length + Int(indices[row * count + j])] += values[row * count + j] }
        }
    }
}

/// `output[i] = mask[i] ? first[i] : second[i]` for elements of any size.
public func choose(
    _ mask: UnsafePointer<Bool>, _ first: UnsafeRawPointer, _ second: UnsafeRawPointer, count: Int, elementSize: Int,
    into output: UnsafeMutableRawPointer
) {
    switch elementSize {
    case 4: chooseElements(mask, first, second, count, output, as: UInt32.self)
    case 8: chooseElements(mask, first, second, count, output, as: UInt64.self)
    default: chooseElements(mask, first, second, count, output, as: UInt8.self)
    }
}

@inline(__always)
private func chooseElements<Word>(
    _ mask: UnsafePointer<Bool>, _ first: UnsafeRawPointer, _ second: UnsafeRawPointer, _ count: Int,
    _ output: UnsafeMutableRawPointer, as type: Word.Type
) {
    let a = first.assumingMemoryBound(to: type), b = second.assumingMemoryBound(to: type)
    let out = output.assumingMemoryBound(to: type)
    ThreadPool.shared.runRanges(count: count, grain: 32_768) { range in
        for index in range { out[index] = mask[index] ? a[index] : b[index] }
    }
}
