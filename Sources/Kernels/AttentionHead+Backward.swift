extension AttentionHead {
    /// Where the gradients of a head's first query, key and value rows go; laid out as the input is, overwritten.
    /// That of the bias is added to.
    public struct Gradients {
        public var queries: UnsafeMutablePointer<OperandElement>
        public var queryStride: Int
        public var keys: UnsafeMutablePointer<OperandElement>
        public var values: UnsafeMutablePointer<OperandElement>
        public var keyStride: Int
        public var bias: UnsafeMutablePointer<Float>?

        public init(queries: UnsafeMutablePointer<OperandElement>, queryStride: Int, keys: UnsafeMutablePointer<OperandElement>,
                    values: UnsafeMutablePointer<OperandElement>, keyStride: Int, bias: UnsafeMutablePointer<Float>?) {
            self.queries = queries
            self.queryStride = queryStride
            self.keys = keys
            self.values = values
            self.keyStride = keyStride
            self.bias = bias
        }
    }

    /// Elements of memory that ``differentiate(scratch:gradient:output:outputStride:logSumExp:logSumExpStride:into:)`` needs.
    public static func backwardScratch(queries: Int, keys: Int, size: Int) -> Int {
        let padded = roundUpToLanes(size), width = roundUpToLanes(keys), rows = min(blockRows, queries)
        return (5 * width + 35) * padded + 3 * rows * padded + 2 * rows * width + Dropout.groupCount(rows * width) * Dropout.groupSize
    }

    /// Backward of ``attend(scratch:output:outputStride:logSumExp:logSumExpStride:)``. The weights are computed again from
    /// `logSumExp`, a block of query rows at a time.
    ///
    /// With weights P, their dropout factors M and `dW = M * (gradient * values^T)`, the gradient of the scores is
    /// `P * (dW - sum(P * dW))`, and the sum of a row is the dot product of output and its gradient (Dao et al.,
    /// "FlashAttention", 2022).
    /// - Parameter gradient, output: the head's elements of the first row.
    public func differentiate(
        scratch: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, output: UnsafePointer<OperandElement>, outputStride: Int,
        logSumExp: UnsafePointer<Float>, logSumExpStride: Int, into gradients: Gradients
    ) {
        let padded = paddedSize, width = self.width, room = min(Self.blockRows, queryCount)
        let valuesRoom = scratch + padded * transposedStride
        let keysRoom = valuesRoom + padded * transposedStride
        let keyGradient = keysRoom + (width + 1) * padded
        let valueGradient = keyGradient + width * padded
        let queryRoom = valueGradient + width * padded
        let outerRoom = queryRoom + (room + 1) * padded
        let queryGradient = outerRoom + (room + 1) * padded
        let weights = queryGradient + room * padded
        let scoreGradient = weights + room * width
        let factors = scoreGradient + room * width
        let keysTransposed = RightOperand(transposed: keys, stride: keyStride, count: keyCount, columns: size, room: scratch,
                                          rowStride: transposedStride, width: width)
        let valuesTransposed = RightOperand(transposed: values, stride: keyStride, count: keyCount, columns: size, room: valuesRoom,
                                            rowStride: transposedStride, width: width)
        let keyRows = RightOperand(rows: keys, stride: keyStride, count: keyCount, columns: size, room: keysRoom, width: padded)
        for start in stride(from: 0, to: queryCount, by: Self.blockRows) {
            let rows = min(Self.blockRows, queryCount - start), isFirst = start == 0
            let queryRows = operands(rows: queries + start * queryStride, stride: queryStride, count: rows, columns: size, scale: scale,
                                     room: queryRoom, width: padded)
            let outer = gradient + start * outputStride
            let outerRows = operands(rows: outer, stride: outputStride, count: rows, columns: size, scale: 1, room: outerRoom, width: padded)
            multiply(queryRows.left, keysTransposed, into: weights, rowStride: width, m: rows, n: width, k: size)
            multiply(outerRows.left, valuesTransposed, into: scoreGradient, rowStride: width, m: rows, n: width, k: size)
            if let dropout {
                dropout.writeFactors(groups: Dropout.groupCount(rows * width), from: firstGroup + start * width / Dropout.groupSize, to: factors)
            }
            for row in 0..<rows {
                if let bias { addRow(bias - (start + row), to: weights + row * width, width: keyCount) }
                softmaxRowBackward(
                    weights + row * width, scoreGradient + row * width, factors: dropout == nil ? nil : factors + row * width, width: width,
                    logSumExp: logSumExp[(start + row) * logSumExpStride],
                    dot: headProduct(outer + row * outputStride, output + (start + row) * outputStride, count: size))
                for index in keyCount..<width { scoreGradient[row * width + index] = 0 }
                if let target = gradients.bias { addRow(scoreGradient + row * width, to: target - (start + row), width: keyCount) }
            }
            // The factors are no longer needed.
            multiply(LeftOperand(rows: scoreGradient, count: rows, width: width, room: factors), keyRows, into: queryGradient,
                     rowStride: padded, m: rows, n: padded, k: keyCount)
            multiply(LeftOperand(transposing: scoreGradient, count: rows, width: width), queryRows.right, into: keyGradient, rowStride: padded,
                     m: keyCount, n: padded, k: rows, accumulate: !isFirst)
            multiply(LeftOperand(transposing: weights, count: rows, width: width), outerRows.right, into: valueGradient, rowStride: padded,
                     m: keyCount, n: padded, k: rows, accumulate: !isFirst)
            copyRows(queryGradient, width: padded, rows: rows, columns: size, scale: scale,
                     to: gradients.queries + start * gradients.queryStride, rowStride: gradients.queryStride)
        }
        copyRows(keyGradient, width: padded, rows: keyCount, columns: size, scale: 1, to: gradients.keys, rowStride: gradients.keyStride)
        copyRows(valueGradient, width: padded, rows: keyCount, columns: size, scale: 1, to: gradients.values, rowStride: gradients.keyStride)
    }
}

/// The dot product of two rows of `count` elements.
@inline(__always)
private func headProduct(_ a: UnsafePointer<Float>, _ b: UnsafePointer<OperandElement>, count: Int) -> Float {
    var sum = FloatVector.zero
    for index in stride(from: 0, to: count, by: 16) {
        sum.addProduct(loadLanes(a + index, count: count - index), operandLanes(b + index, count: count - index))
    }
    return sum.treeSum
}

/// Turns a row of scores into weights with dropout, and a row of `gradient * values^T` into the gradient of the scores.
@inline(__always)
private func softmaxRowBackward(
    _ weights: UnsafeMutablePointer<Float>, _ gradient: UnsafeMutablePointer<Float>, factors: UnsafePointer<Float>?, width: Int,
    logSumExp: Float, dot: Float
) {
    var index = 0
    while index < width {
        let weight = attentionWeights(FloatVector(loading: weights + index) - logSumExp)
        var outer = FloatVector(loading: gradient + index)
        var dropped = weight
        if let factors {
            let factor = FloatVector(loading: factors + index)
            outer *= factor
            dropped *= factor
        }
        (weight * (outer - dot)).store(to: gradient + index)
        dropped.store(to: weights + index)
        index += 16
    }
}

/// Copies the first `columns` of each row of `width`, multiplied by `scale`.
@inline(__always)
private func copyRows(
    _ source: UnsafePointer<Float>, width: Int, rows: Int, columns: Int, scale: Float,
    to target: UnsafeMutablePointer<OperandElement>, rowStride: Int
) {
    for row in 0..<rows {
        var index = 0
        while index < columns {
            let count = min(16, columns - index)
            storeOperandLanes(loadLanes(source + row * width + index, count: count) * scale, target + row * rowStride + index, count: count)
            index += 16
        }
    }
}
