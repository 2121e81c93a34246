/// Where the gradients of queries, keys and values go; laid out as the input is, overwritten.
public struct AttentionGradients {
    public let queries: UnsafeMutablePointer<Float>
    public let queryStride: Int
    public let keys: UnsafeMutablePointer<Float>
    public let values: UnsafeMutablePointer<Float>
    public let keyStride: Int
    /// Laid out as ``AttentionInput/bias``; nil where it is not wanted.
    public let bias: UnsafeMutablePointer<Float>?

    public init(queries: UnsafeMutablePointer<Float>, queryStride: Int, keys: UnsafeMutablePointer<Float>,
                values: UnsafeMutablePointer<Float>, keyStride: Int, bias: UnsafeMutablePointer<Float>? = nil) {
        self.queries = queries
        self.queryStride = queryStride
        self.keys = keys
        self.values = values
        self.keyStride = keyStride
        self.bias = bias
    }
}

/// Backward of ``attention(_:dropout:output:logSumExp:)``. The weights are computed again from `logSumExp`, a block of
/// query rows at a time.
///
/// With weights P, their dropout factors M and `dW = M * (gradient * values^T)`, the gradient of the scores is
/// `P * (dW - sum(P * dW))`, and the sum of a row is the dot product of output and its gradient (Dao et al.,
/// "FlashAttention", 2022).
///
/// - Parameters:
///   - gradient, output: `[query rows, headCount * headSize]`
///   - logSumExp: `[query rows, headCount]`
public func attentionBackward(
    _ input: AttentionInput, dropout: Dropout?, gradient: UnsafePointer<Float>, output: UnsafePointer<Float>,
    logSumExp: UnsafePointer<Float>, into gradients: AttentionGradients
) {
    let size = input.headSize, padded = roundUpToLanes(size)
    let keyRoom = roundUpToLanes(input.longestKeys), queryRoom = min(attentionBlock, input.longestQueries)
    let groups = input.dropoutGroups
    let outputStride = input.headCount * size
    let scratchCount = 5 * keyRoom * padded + 3 * queryRoom * padded + 3 * queryRoom * keyRoom + Dropout.groupSize
    let biasParts = gradients.bias == nil ? nil : RelativeBiasParts(input)
    defer { biasParts?.deallocate() }
    input.forEachHead(scratchCount: scratchCount) { sequence, head, scratch in
        let firstKey = input.keyOffsets[sequence], keyCount = input.keyOffsets[sequence + 1] - firstKey
        let firstQuery = input.queryOffsets[sequence], queryCount = input.queryOffsets[sequence + 1] - firstQuery
        let width = roundUpToLanes(keyCount)
        let bias = input.bias?.center(head: head), biasGradient = biasParts?.center(sequence, head)
        let keysTransposed = scratch
        let valuesTransposed = keysTransposed + keyRoom * padded
        let keys = valuesTransposed + keyRoom * padded
        let keyGradient = keys + keyRoom * padded
        let valueGradient = keyGradient + keyRoom * padded
        let queries = valueGradient + keyRoom * padded
        let outer = queries + queryRoom * padded
        let queryGradient = outer + queryRoom * padded
        let weights = queryGradient + queryRoom * padded
        let scoreGradient = weights + queryRoom * keyRoom
        let factors = scoreGradient + queryRoom * keyRoom
        let keyStart = input.keys + firstKey * input.keyStride + head * size
        let valueStart = input.values + firstKey * input.keyStride + head * size
        copyTransposed(keyStart, rowStride: input.keyStride, rows: keyCount, columns: size, to: keysTransposed, width: width)
        copyTransposed(valueStart, rowStride: input.keyStride, rows: keyCount, columns: size, to: valuesTransposed, width: width)
        copyPadded(keyStart, rowStride: input.keyStride, rows: keyCount, columns: size, scale: 1, to: keys, width: padded)
        var start = 0
        while start < queryCount {
            let rows = min(attentionBlock, queryCount - start)
            let firstRow = firstQuery + start
            let isFirst = start == 0
            copyPadded(input.queries + firstRow * input.queryStride + head * size, rowStride: input.queryStride, rows: rows, columns: size,
                       scale: input.scale, to: queries, width: padded)
            copyPadded(gradient + firstRow * outputStride + head * size, rowStride: outputStride, rows: rows, columns: size,
                       scale: 1, to: outer, width: padded)
            smallProduct(queries, rowStrideA: padded, keysTransposed, rowStrideB: width, into: weights, rowStrideC: width,
                         m: rows, n: width, k: size)
            smallProduct(outer, rowStrideA: padded, valuesTransposed, rowStrideB: width, into: scoreGradient, rowStrideC: width,
                         m: rows, n: width, k: size)
            if let dropout {
                let group = groups[sequence] + head * input.groupsPerHead(sequence) + start * width / Dropout.groupSize
                for index in 0..<Dropout.groupCount(rows * width) {
                    dropout.writeFactors(group: group + index, to: factors + index * Dropout.groupSize)
                }
            }
            for row in 0..<rows {
                let position = firstRow + row
                if let bias { addElements(bias - (start + row), to: weights + row * width, count: keyCount) }
                softmaxRowBackward(
                    weights + row * width, scoreGradient + row * width, factors: dropout == nil ? nil : factors + row * width, width: width,
                    logSumExp: logSumExp[position * input.headCount + head],
                    dot: dotProduct(outer + row * padded, output + position * outputStride + head * size, count: size))
                if let biasGradient { addElements(scoreGradient + row * width, to: biasGradient - (start + row), count: keyCount) }
            }
            // Padded columns hold nonsense and are never read: the inner dimension ends with the keys.
            smallProduct(scoreGradient, rowStrideA: width, keys, rowStrideB: padded, into: queryGradient, rowStrideC: padded,
                         m: rows, n: padded, k: keyCount)
            smallProduct(scoreGradient, rowStrideA: 1, columnStrideA: width, queries, rowStrideB: padded, into: keyGradient, rowStrideC: padded,
                         m: keyCount, n: padded, k: rows, accumulate: !isFirst)
            smallProduct(weights, rowStrideA: 1, columnStrideA: width, outer, rowStrideB: padded, into: valueGradient, rowStrideC: padded,
                         m: keyCount, n: padded, k: rows, accumulate: !isFirst)
            copyRows(queryGradient, width: padded, rows: rows, columns: size, scale: input.scale,
                     to: gradients.queries + firstRow * gradients.queryStride + head * size, rowStride: gradients.queryStride)
            start += rows
        }
        copyRows(keyGradient, width: padded, rows: keyCount, columns: size, scale: 1,
                 to: gradients.keys + firstKey * gradients.keyStride + head * size, rowStride: gradients.keyStride)
        copyRows(valueGradient, width: padded, rows: keyCount, columns: size, scale: 1,
                 to: gradients.values + firstKey * gradients.keyStride + head * size, rowStride: gradients.keyStride)
    }
    if let bias = input.bias, let target = gradients.bias { biasParts?.add(to: target, reach: bias.reach) }
}

/// Turns a row of scores into weights with dropout, and a row of `gradient * values^T` into the gradient of the scores.
@inline(__always)
private func softmaxRowBackward(
    _ weights: UnsafeMutablePointer<Float>, _ gradient: UnsafeMutablePointer<Float>, factors: UnsafePointer<Float>?, width: Int,
    logSumExp: Float, dot: Float
) {
    var index = 0
    while index < width {
        let weight = VectorMath.exp(FloatVector(loading: weights + index) - logSumExp)
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
    to target: UnsafeMutablePointer<Float>, rowStride: Int
) {
    for row in 0..<rows {
        var index = 0
        while index < columns {
            let count = min(16, columns - index)
            storeLanes(loadLanes(source + row * width + index, count: count) * scale, target + row * rowStride + index, count: count)
            index += 16
        }
    }
}
