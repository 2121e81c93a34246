/// What layer normalisation of a row needs: `output = (x - mean) / sqrt(variance + epsilon) * weight + bias`
/// (Ba, Kiros and Hinton, "Layer normalization", 2016).
public struct LayerNormParameters {
    /// Elements of a row.
    public let width: Int
    /// `[width]`
    public let weight: UnsafePointer<Float>
    /// `[width]`
    public let bias: UnsafePointer<Float>
    public let epsilon: Float

    public init(width: Int, weight: UnsafePointer<Float>, bias: UnsafePointer<Float>, epsilon: Float) {
        self.width = width
        self.weight = weight
        self.bias = bias
        self.epsilon = epsilon
    }
}

/// The end of a transformer block, for some rows: `output = norm(dropout(values + bias) + residual)`.
///
/// - Parameters:
///   - values: `[rows, width]`; overwritten by the normalised rows before weight and bias, which the backward pass needs.
///   - bias: `[width]`, of the product that made `values`.
///   - residual: `[rows, width]`
///   - output: `[rows, width]`, overwritten; may be `values` where no backward pass follows.
///   - reciprocalDeviation: `[rows]`, overwritten by `1 / sqrt(variance + epsilon)`.
public func residualNorm(
    rows: Range<Int>, _ norm: LayerNormParameters,
    values: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>, residual: UnsafePointer<Float>, dropout: Dropout?,
    output: UnsafeMutablePointer<Float>, reciprocalDeviation: UnsafeMutablePointer<Float>
) {
    let width = norm.width
    let groups = Dropout.groupCount(width)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: Dropout.groupSize) { buffer in
        let factors = buffer.baseAddress!
        for row in rows {
            let x = values + row * width, add = residual + row * width
            if let dropout {
                for group in 0..<groups {
                    dropout.writeFactors(group: row * groups + group, to: factors)
                    var index = group * Dropout.groupSize
                    let end = min(width, index + Dropout.groupSize)
                    var factor = UnsafePointer(factors)
                    while index < end {
                        let count = min(16, end - index)
                        let sum = loadLanes(x + index, count: count) + loadLanes(bias + index, count: count)
                        let kept = loadLanes(add + index, count: count).addingProduct(sum, loadLanes(factor))
                        storeLanes(kept, x + index, count: count)
                        index += 16
                        factor += 16
                    }
                }
            } else {
                var index = 0
                while index < width {
                    let count = min(16, width - index)
                    let sum = loadLanes(x + index, count: count) + loadLanes(bias + index, count: count)
                    storeLanes(sum + loadLanes(add + index, count: count), x + index, count: count)
                    index += 16
                }
            }
            reciprocalDeviation[row] = normalizeRow(x, norm, output: output + row * width)
        }
    }
}

/// Normalises one row in place and writes `normalized * weight + bias` to `output` (which may be the row itself).
/// - Returns: `1 / sqrt(variance + epsilon)`
@inline(__always)
func normalizeRow(_ x: UnsafeMutablePointer<Float>, _ norm: LayerNormParameters, output: UnsafeMutablePointer<Float>) -> Float {
    let width = norm.width
    var sums = FloatVector()
    var index = 0
    while index < width {
        sums += loadLanes(x + index, count: min(16, width - index))
        index += 16
    }
    let mean = sums.treeSum / Float(width)
    var squares = FloatVector()
    index = 0
    while index + 16 <= width {
        let centred = loadLanes(x + index) - mean
        squares = squares.addingProduct(centred, centred)
        index += 16
    }
    var squareSum = squares.treeSum
    while index < width {
        squareSum += (x[index] - mean) * (x[index] - mean)
        index += 1
    }
    let reciprocal = 1 / (squareSum / Float(width) + norm.epsilon).squareRoot()
    index = 0
    while index < width {
        let count = min(16, width - index)
        let normalized = (loadLanes(x + index, count: count) - mean) * reciprocal
        storeLanes(normalized, x + index, count: count)
        let scaled = loadLanes(norm.bias + index, count: count)
            .addingProduct(normalized, loadLanes(norm.weight + index, count: count))
        storeLanes(scaled, output + index, count: count)
        index += 16
    }
    return reciprocal
}

/// Backward of ``residualNorm(rows:_:values:bias:residual:dropout:output:reciprocalDeviation:)``.
///
/// - Parameters:
///   - gradient: `[rows, width]`, of the output.
///   - normalized: `[rows, width]`, the normalised rows that the forward pass left.
///   - residualGradient: `[rows, width]`, overwritten.
///   - valuesGradient: `[rows, width]`, overwritten; may be `residualGradient` where there is no dropout.
///   - parameterGradients: `[3, width]`, added to: of the norm's weight, its bias, and the product's bias; nil if frozen.
public func residualNormBackward(
    rowCount: Int, _ norm: LayerNormParameters, gradient: UnsafePointer<Float>,
    normalized: UnsafePointer<Float>, reciprocalDeviation: UnsafePointer<Float>, dropout: Dropout?,
    residualGradient: UnsafeMutablePointer<Float>, valuesGradient: UnsafeMutablePointer<Float>,
    parameterGradients: UnsafeMutablePointer<Float>?
) {
    let width = norm.width
    let groups = Dropout.groupCount(width)
    runRowsWithSums(rows: rowCount, grain: 16, width: 3 * width, into: parameterGradients) { rows, sums in
        withUnsafeTemporaryAllocation(of: Float.self, capacity: Dropout.groupSize) { buffer in
            let factors = buffer.baseAddress!
            let biasSums = sums + 2 * width
            for row in rows {
                let start = row * width
                normalizeRowBackward(gradient + start, normalized: normalized + start, reciprocalDeviation[row], norm,
                                     result: residualGradient + start, weightSums: sums, biasSums: sums + width)
                guard let dropout else {
                    if valuesGradient != residualGradient { (valuesGradient + start).update(from: residualGradient + start, count: width) }
                    addRow(residualGradient + start, to: biasSums, width: width)
                    continue
                }
                for group in 0..<groups {
                    dropout.writeFactors(group: row * groups + group, to: factors)
                    var index = group * Dropout.groupSize
                    let end = min(width, index + Dropout.groupSize)
                    var factor = UnsafePointer(factors)
                    while index < end {
                        let count = min(16, end - index)
                        let kept = loadLanes(residualGradient + start + index, count: count) * loadLanes(factor)
                        storeLanes(kept, valuesGradient + start + index, count: count)
                        storeLanes(loadLanes(biasSums + index, count: count) + kept, biasSums + index, count: count)
                        index += 16
                        factor += 16
                    }
                }
            }
        }
    }
}

/// Backward of one row of layer normalisation.
/// - Parameters:
///   - result: `[width]`, overwritten by the gradient of the row; may be `gradient`.
///   - weightSums: `[width]`, added to; likewise `biasSums`.
@inline(__always)
func normalizeRowBackward(
    _ gradient: UnsafePointer<Float>, normalized: UnsafePointer<Float>, _ reciprocalDeviation: Float, _ norm: LayerNormParameters,
    result: UnsafeMutablePointer<Float>, weightSums: UnsafeMutablePointer<Float>, biasSums: UnsafeMutablePointer<Float>
) {
    let width = norm.width
    var sum = FloatVector(), dot = FloatVector()
    var index = 0
    while index < width {
        let count = min(16, width - index)
        let outer = loadLanes(gradient + index, count: count)
        let x = loadLanes(normalized + index, count: count)
        let inner = outer * loadLanes(norm.weight + index, count: count)
        sum += inner
        dot = dot.addingProduct(inner, x)
        storeLanes(loadLanes(weightSums + index, count: count).addingProduct(outer, x), weightSums + index, count: count)
        storeLanes(loadLanes(biasSums + index, count: count) + outer, biasSums + index, count: count)
        index += 16
    }
    let mean = sum.treeSum / Float(width), slope = dot.treeSum / Float(width)
    index = 0
    while index < width {
        let count = min(16, width - index)
        let inner = loadLanes(gradient + index, count: count) * loadLanes(norm.weight + index, count: count)
        let x = loadLanes(normalized + index, count: count)
        storeLanes((inner - mean - x * slope) * reciprocalDeviation, result + index, count: count)
        index += 16
    }
}
