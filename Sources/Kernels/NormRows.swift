/// Layer normalisation of rows: `output = (x - mean) / sqrt(variance + epsilon) * weight + bias`. Compiled for several instruction sets;
/// ``LayerNormParameters`` picks.
public struct NormRows {
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

    /// See ``residualNorm(rows:_:values:bias:residual:dropout:normalized:reciprocalDeviation:)``.
    public func endBlock(
        _ rows: Range<Int>, values: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>, residual: UnsafePointer<Float>, dropout: Dropout?,
        normalized: UnsafeMutablePointer<OperandElement>?, reciprocalDeviation: UnsafeMutablePointer<Float>
    ) {
        forEachRow(rows, width: width, dropout: dropout) { row, factors in
            let x = values + row * width, add = residual + row * width
            for index in stride(from: 0, to: width, by: 16) {
                let count = min(16, width - index)
                let sum = loadLanes(x + index, count: count) + loadLanes(bias + index, count: count)
                storeLanes(loadLanes(add + index, count: count).addingProduct(sum, loadLanes(factors + index)), x + index, count: count)
            }
            reciprocalDeviation[row] = normalize(x, normalized: normalized.map { $0 + row * width })
        }
    }

    /// Overwrites one row with `normalized * weight + bias`.
    /// - Parameter normalized: overwritten by the row before weight and bias; nil where that is not wanted.
    /// - Returns: `1 / sqrt(variance + epsilon)`
    @inline(__always)
    func normalize(_ x: UnsafeMutablePointer<Float>, normalized: UnsafeMutablePointer<OperandElement>?) -> Float {
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
        let reciprocal = 1 / (squareSum / Float(width) + epsilon).squareRoot()
        index = 0
        while index < width {
            let count = min(16, width - index)
            let lanes = (loadLanes(x + index, count: count) - mean) * reciprocal
            if let normalized { storeOperandLanes(lanes, normalized + index, count: count) }
            storeLanes(scaled(lanes, index, count), x + index, count: count)
            index += 16
        }
        return reciprocal
    }

    /// `normalized * weight + bias` of some lanes.
    @inline(__always)
    private func scaled(_ normalized: FloatVector, _ index: Int, _ count: Int) -> FloatVector {
        loadLanes(bias + index, count: count).addingProduct(normalized, loadLanes(weight + index, count: count))
    }

    /// `output = normalized * weight + bias` for some rows.
    /// - Parameters normalized, output: `[rows, width]`
    public func scale(_ rows: Range<Int>, normalized: UnsafePointer<OperandElement>, output: UnsafeMutablePointer<OperandElement>) {
        for row in rows {
            for index in stride(from: 0, to: width, by: 16) {
                let count = min(16, width - index), place = row * width + index
                storeOperandLanes(scaled(operandLanes(normalized + place, count: count), index, count), output + place, count: count)
            }
        }
    }

    /// See ``residualNormBackward(rowCount:_:gradient:normalized:reciprocalDeviation:dropout:residualGradient:valuesGradient:parameterGradients:)``.
    /// - Parameters:
    ///   - valuesGradient: nil where it is not wanted by itself.
    ///   - sums: `[3, width]`, added to.
    public func endBlockBackward(
        _ rows: Range<Int>, gradient: UnsafePointer<Float>, normalized: UnsafePointer<OperandElement>,
        reciprocalDeviation: UnsafePointer<Float>, dropout: Dropout?, residualGradient: UnsafeMutablePointer<Float>,
        valuesGradient: UnsafeMutablePointer<OperandElement>?, sums: UnsafeMutablePointer<Float>
    ) {
        let biasSums = sums + 2 * width
        forEachRow(rows, width: width, dropout: dropout) { row, factors in
            let start = row * width, result = residualGradient + start, values = valuesGradient.map { $0 + start }
            normalizeBackward(gradient + start, normalized: normalized + start, reciprocalDeviation[row], result: result,
                              weightSums: sums, biasSums: sums + width)
            for index in stride(from: 0, to: width, by: 16) {
                let count = min(16, width - index)
                let lanes = loadLanes(result + index, count: count) * loadLanes(factors + index)
                if let values { storeOperandLanes(lanes, values + index, count: count) }
                storeLanes(loadLanes(biasSums + index, count: count) + lanes, biasSums + index, count: count)
            }
        }
    }

    /// Backward of one row.
    /// - Parameters:
    ///   - result: `[width]`, overwritten by the gradient of the row; may be `gradient`.
    ///   - weightSums: `[width]`, added to; likewise `biasSums`.
    @inline(__always)
    func normalizeBackward(
        _ gradient: UnsafePointer<Float>, normalized: UnsafePointer<OperandElement>, _ reciprocalDeviation: Float,
        result: UnsafeMutablePointer<Float>, weightSums: UnsafeMutablePointer<Float>, biasSums: UnsafeMutablePointer<Float>
    ) {
        var sum = FloatVector(), dot = FloatVector()
        var index = 0
        while index < width {
            let count = min(16, width - index)
            let outer = loadLanes(gradient + index, count: count)
            let x = operandLanes(normalized + index, count: count)
            let inner = outer * loadLanes(weight + index, count: count)
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
            let inner = loadLanes(gradient + index, count: count) * loadLanes(weight + index, count: count)
            let x = operandLanes(normalized + index, count: count)
            storeLanes((inner - mean - x * slope) * reciprocalDeviation, result + index, count: count)
            index += 16
        }
    }
}
