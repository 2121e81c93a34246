import ComputeRuntime
import Glibc

/// The largest of a row, NaN left aside; -infinity for an empty row.
@inline(__always)
private func rowMaximum(_ row: UnsafePointer<Float>, count: Int) -> Float {
    var best = FloatVector(repeating: -.infinity)
    var index = 0
    while index + 16 <= count {
        let values = FloatVector(loading: row + index)
        best.replace(with: values, where: best .< values)
        index += 16
    }
    if index < count {
        let values = FloatVector(loading: row + index, count: count - index, padding: -.infinity)
        best.replace(with: values, where: best .< values)
    }
    return best.max()
}

@inline(__always)
private func forEachRow(_ rows: Int, _ length: Int, _ body: (Int) -> Void) {
    ThreadPool.shared.runRanges(count: rows, grain: max(1, 4096 / max(1, length))) { range in
        for row in range { body(row) }
    }
}

/// Maps one row sixteen elements at a time.
@inline(__always)
private func mapRow(
    _ first: UnsafePointer<Float>, _ second: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, count: Int,
    _ body: (FloatVector, FloatVector) -> FloatVector
) {
    var index = 0
    while index + 16 <= count {
        body(FloatVector(loading: first + index), FloatVector(loading: second + index)).store(to: output + index)
        index += 16
    }
    let rest = count - index
    if rest > 0 {
        body(FloatVector(loading: first + index, count: rest), FloatVector(loading: second + index, count: rest))
            .store(to: output + index, count: rest)
    }
}

/// `output[row, i] = e^(x_i - max) / sum`, along each row of `[rows, length]`. A row of -infinity gives NaN.
/// `output` may be `values`.
public func softmaxRows(_ values: UnsafePointer<Float>, rows: Int, length: Int, into output: UnsafeMutablePointer<Float>) {
    forEachRow(rows, length) { row in
        let source = values + row * length, target = output + row * length
        let maximum = rowMaximum(source, count: length)
        mapRow(source, source, into: target, count: length) { x, _ in VectorMath.exp(x - maximum) }
        let factor = Float(1 / orderedSum(target, count: length) { $0 })
        mapRow(target, target, into: target, count: length) { x, _ in x * factor }
    }
}

/// The gradient of ``softmaxRows(_:rows:length:into:)``: `y (g - sum(g y))` for results `y` and their gradient `g`.
public func softmaxRowsBackward(
    _ result: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>, rows: Int, length: Int, into output: UnsafeMutablePointer<Float>
) {
    forEachRow(rows, length) { row in
        let y = result + row * length, g = gradient + row * length, target = output + row * length
        mapRow(y, g, into: target, count: length) { $0 * $1 }
        let sum = Float(orderedSum(target, count: length) { $0 })
        mapRow(y, g, into: target, count: length) { $0 * ($1 - sum) }
    }
}

/// `log(sum(e^x))` of a row: -infinity for an empty row or one of -infinity, infinity if it holds infinity.
@inline(__always)
private func logSumExp(_ row: UnsafePointer<Float>, count: Int) -> Float {
    let maximum = rowMaximum(row, count: count)
    // A shift by an infinite maximum would make NaN of infinity - infinity.
    let shift = maximum.isFinite ? maximum : 0
    let sum = orderedSum(row, count: count, padding: -.infinity) { VectorMath.exp($0 - shift) }
    return Float(Glibc.log(sum) + Double(shift))
}

/// `output[row] = log(sum(e^x))` along each row of `[rows, length]`.
public func logSumExpRows(_ values: UnsafePointer<Float>, rows: Int, length: Int, into output: UnsafeMutablePointer<Float>) {
    forEachRow(rows, length) { row in output[row] = logSumExp(values + row * length, count: length) }
}

/// `output[row, i] = x_i - log(sum(e^x))` along each row of `[rows, length]`. `output` may be `values`.
public func logSoftmaxRows(_ values: UnsafePointer<Float>, rows: Int, length: Int, into output: UnsafeMutablePointer<Float>) {
    forEachRow(rows, length) { row in
        let source = values + row * length
        let maximum = rowMaximum(source, count: length)
        // In two steps, so that small differences from the maximum keep their digits.
        let sum = orderedSum(source, count: length, padding: -.infinity) { VectorMath.exp($0 - maximum) }
        let normaliser = Float(Glibc.log(sum))
        mapRow(source, source, into: output + row * length, count: length) { x, _ in x - maximum - normaliser }
    }
}

/// The gradient of ``logSoftmaxRows(_:rows:length:into:)``: `g - e^y sum(g)` for results `y` and their gradient `g`.
public func logSoftmaxRowsBackward(
    _ result: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>, rows: Int, length: Int, into output: UnsafeMutablePointer<Float>
) {
    forEachRow(rows, length) { row in
        let g = gradient + row * length
        let sum = Float(orderedSum(g, count: length) { $0 })
        mapRow(result + row * length, g, into: output + row * length, count: length) { $1 - VectorMath.exp($0) * sum }
    }
}
