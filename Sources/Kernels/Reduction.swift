import ComputeRuntime

/// Sums `count` mapped elements: 128 at a time as a tree in float32, the blocks one after another in double. The order
/// is fixed by `count`.
/// - Parameter padding: what missing lanes of the last vector hold; `map` must turn it into 0.
@inline(__always)
func orderedSum(_ values: UnsafePointer<Float>, count: Int, padding: Float = 0, _ map: (FloatVector) -> FloatVector) -> Double {
    var total = 0.0
    var index = 0
    while index + 128 <= count {
        let p = values + index
        let a = map(FloatVector(loading: p)) + map(FloatVector(loading: p + 16))
        let b = map(FloatVector(loading: p + 32)) + map(FloatVector(loading: p + 48))
        let c = map(FloatVector(loading: p + 64)) + map(FloatVector(loading: p + 80))
        let d = map(FloatVector(loading: p + 96)) + map(FloatVector(loading: p + 112))
        total += Double(((a + b) + (c + d)).treeSum)
        index += 128
    }
    var rest = FloatVector(repeating: 0)
    while index + 16 <= count {
        rest += map(FloatVector(loading: values + index))
        index += 16
    }
    if index < count { rest += map(FloatVector(loading: values + index, count: count - index, padding: padding)) }
    return total + Double(rest.treeSum)
}

/// Sums over the middle dimension: `output[outer, inner] = scale * sum(values[outer, length, inner])`, float32, overwritten.
public func sumElements(
    _ values: UnsafePointer<Float>, outer: Int, length: Int, inner: Int, scale: Double = 1, into output: UnsafeMutablePointer<Float>
) {
    if inner == 1 && outer == 1 {
        output[0] = Float(scale * longSum(values, count: length))
    } else if inner == 1 {
        ThreadPool.shared.runRanges(count: outer, grain: max(1, 16_384 / max(1, length))) { rows in
            for row in rows { output[row] = Float(scale * orderedSum(values + row * length, count: length) { $0 }) }
        }
    } else {
        sumColumns(values, outer: outer, length: length, inner: inner, scale: scale, into: output)
    }
}

/// One long row in pieces of fixed length, whose sums are added in order.
private func longSum(_ values: UnsafePointer<Float>, count: Int) -> Double {
    let piece = 65_536
    let pieces = (count + piece - 1) / piece
    if pieces <= 1 { return orderedSum(values, count: count) { $0 } }
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: pieces) { sums in
        let start = sums.baseAddress!
        ThreadPool.shared.run(count: pieces) { index in
            start[index] = orderedSum(values + index * piece, count: min(piece, count - index * piece)) { $0 }
        }
        return sums.reduce(0, +)
    }
}

/// Sixteen columns at a time; 16 rows in float32, then into doubles.
private func sumColumns(
    _ values: UnsafePointer<Float>, outer: Int, length: Int, inner: Int, scale: Double, into output: UnsafeMutablePointer<Float>
) {
    let strips = (inner + 15) / 16
    ThreadPool.shared.runRanges(count: outer * strips, grain: max(1, 1024 / max(1, length))) { tasks in
        for task in tasks {
            let column = task % strips * 16
            let width = min(16, inner - column)
            let source = values + task / strips * length * inner + column
            var total = SIMD16<Double>(repeating: 0)
            var row = 0
            while row < length {
                let end = min(row + 16, length)
                var block = FloatVector(repeating: 0)
                while row < end {
                    let p = source + row * inner
                    block += width == 16 ? FloatVector(loading: p) : FloatVector(loading: p, count: width)
                    row += 1
                }
                for lane in 0..<16 { total[lane] += Double(block[lane]) }
            }
            let target = output + task / strips * inner + column
            for lane in 0..<width { target[lane] = Float(scale * total[lane]) }
        }
    }
}

/// `output[outer, inner] = sum(values[outer, length, inner])`, int64.
public func sumElements(
    _ values: UnsafePointer<Int64>, outer: Int, length: Int, inner: Int, into output: UnsafeMutablePointer<Int64>
) {
    foldElements(values, outer: outer, length: length, inner: inner, from: 0, into: output) { $0 &+ $1 } result: { $0 }
}

/// `output[outer, inner] = product(values[outer, length, inner])`, accumulated in double.
public func multiplyElements(
    _ values: UnsafePointer<Float>, outer: Int, length: Int, inner: Int, into output: UnsafeMutablePointer<Float>
) {
    foldElements(values, outer: outer, length: length, inner: inner, from: 1.0, into: output) { $0 * Double($1) } result: { Float($0) }
}

/// The same for int64, wrapping around.
public func multiplyElements(
    _ values: UnsafePointer<Int64>, outer: Int, length: Int, inner: Int, into output: UnsafeMutablePointer<Int64>
) {
    foldElements(values, outer: outer, length: length, inner: inner, from: 1, into: output) { $0 &* $1 } result: { $0 }
}

@inline(__always)
private func foldElements<Element, Sum>(
    _ values: UnsafePointer<Element>, outer: Int, length: Int, inner: Int, from start: Sum,
    into output: UnsafeMutablePointer<Element>, _ combine: (Sum, Element) -> Sum, result: (Sum) -> Element
) {
    ThreadPool.shared.runRanges(count: outer * inner, grain: max(1, 16_384 / max(1, length))) { outputs in
        for index in outputs {
            let source = values + index / inner * length * inner + index % inner
            var sum = start
            for step in 0..<length { sum = combine(sum, source[step * inner]) }
            output[index] = result(sum)
        }
    }
}

/// The largest or smallest element along the middle dimension, and where it is: the first of equals. NaN counts as
/// beyond everything, as in torch.
///
/// - Parameters:
///   - length: at least 1.
///   - result: `[outer, inner]`, overwritten; `indices` likewise, 0-based positions.
public func extremeElements(
    _ values: UnsafePointer<Float>, outer: Int, length: Int, inner: Int, largest: Bool,
    into result: UnsafeMutablePointer<Float>, indices: UnsafeMutablePointer<Int64>
) {
    if largest {
        findExtremes(values, outer, length, inner, result, indices) { $0 > $1 || ($0 != $0 && $1 == $1) }
    } else {
        findExtremes(values, outer, length, inner, result, indices) { $0 < $1 || ($0 != $0 && $1 == $1) }
    }
}

/// The same for int64.
public func extremeElements(
    _ values: UnsafePointer<Int64>, outer: Int, length: Int, inner: Int, largest: Bool,
    into result: UnsafeMutablePointer<Int64>, indices: UnsafeMutablePointer<Int64>
) {
    if largest {
        findExtremes(values, outer, length, inner, result, indices) { $0 > $1 }
    } else {
        findExtremes(values, outer, length, inner, result, indices) { $0 < $1 }
    }
}

@inline(__always)
private func findExtremes<Element>(
    _ values: UnsafePointer<Element>, _ outer: Int, _ length: Int, _ inner: Int,
    _ result: UnsafeMutablePointer<Element>, _ indices: UnsafeMutablePointer<Int64>, _ beats: (Element, Element) -> Bool
) {
    ThreadPool.shared.runRanges(count: outer * inner, grain: max(1, 16_384 / max(1, length))) { outputs in
        for index in outputs {
            let source = values + index / inner * length * inner + index % inner
            var best = source[0]
            var position = 0
            for step in 1..<max(1, length) where beats(source[step * inner], best) {
                best = source[step * inner]
                position = step
            }
            result[index] = best
            indices[index] = Int64(position)
        }
    }
}

/// Running sums along each of `rows` rows, accumulated in double; from the end if `reversed`.
public func cumulativeSum(
    _ values: UnsafePointer<Float>, rows: Int, length: Int, reversed: Bool = false, into output: UnsafeMutablePointer<Float>
) {
    ThreadPool.shared.runRanges(count: rows, grain: max(1, 16_384 / max(1, length))) { rows in
        for row in rows {
            var sum = 0.0
            for step in 0..<length {
                let index = row * length + (reversed ? length - 1 - step : step)
                sum += Double(values[index])
                output[index] = Float(sum)
            }
        }
    }
}

/// Running sums of int64.
public func cumulativeSum(_ values: UnsafePointer<Int64>, rows: Int, length: Int, into output: UnsafeMutablePointer<Int64>) {
    for row in 0..<rows {
        var sum: Int64 = 0
        for index in row * length ..< (row + 1) * length {
            sum = sum &+ values[index]
            output[index] = sum
        }
    }
}
