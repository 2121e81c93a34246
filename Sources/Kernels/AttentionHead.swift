/// One head of one sequence. Compiled for several instruction sets, with products of float32 or of bfloat16;
/// ``attention(_:dropout:output:logSumExp:)`` picks.
public struct AttentionHead {
    /// The head's elements of the first query row; `queryStride` elements lie between rows.
    public var queries: UnsafePointer<OperandElement>
    public var queryStride: Int
    public var queryCount: Int
    public var keys: UnsafePointer<OperandElement>
    public var values: UnsafePointer<OperandElement>
    public var keyStride: Int
    public var keyCount: Int
    /// Elements of the head.
    public var size: Int
    /// What scores are multiplied by.
    public var scale: Float
    /// What is added to the score of the first query and the first key. A key one place later takes the next element, a query one
    /// place later the one before. Nil for nothing.
    public var bias: UnsafePointer<Float>?
    public var dropout: Dropout?
    /// The dropout's group of the first score; scores take consecutive places in rows padded to sixteen.
    public var firstGroup: Int

    public init(
        queries: UnsafePointer<OperandElement>, queryStride: Int, queryCount: Int, keys: UnsafePointer<OperandElement>,
        values: UnsafePointer<OperandElement>, keyStride: Int, keyCount: Int, size: Int, scale: Float, bias: UnsafePointer<Float>?,
        dropout: Dropout?, firstGroup: Int
    ) {
        self.queries = queries
        self.queryStride = queryStride
        self.queryCount = queryCount
        self.keys = keys
        self.values = values
        self.keyStride = keyStride
        self.keyCount = keyCount
        self.size = size
        self.scale = scale
        self.bias = bias
        self.dropout = dropout
        self.firstGroup = firstGroup
    }

    /// Query rows whose scores are held at once. With keys padded to sixteen, a block is whole groups of dropout.
    static let blockRows = 32

    /// Elements of a row of scores.
    var width: Int { roundUpToLanes(keyCount) }
    /// Elements from one row of transposed keys to the next: not a power of two, so that rows do not share cache sets.
    var transposedStride: Int { width + 16 }
    var paddedSize: Int { roundUpToLanes(size) }

    /// Elements of memory that ``attend(scratch:output:outputStride:logSumExp:logSumExpStride:)`` needs.
    public static func forwardScratch(queries: Int, keys: Int, size: Int) -> Int {
        let padded = roundUpToLanes(size), width = roundUpToLanes(keys), rows = min(blockRows, queries)
        return (2 * width + 18) * padded + rows * (2 * padded + width) + Dropout.groupCount(rows * width) * Dropout.groupSize
    }

    /// `output = dropout(softmax(scale * queries * keys^T + bias)) * values`
    /// - Parameters:
    ///   - output: the head's elements of the first row.
    ///   - logSumExp: of the first row, overwritten by the logarithm of each softmax's denominator; nil where it is not wanted.
    public func attend(
        scratch: UnsafeMutablePointer<Float>, output: UnsafeMutablePointer<OperandElement>, outputStride: Int,
        logSumExp: UnsafeMutablePointer<Float>?, logSumExpStride: Int
    ) {
        let padded = paddedSize, width = self.width, room = min(Self.blockRows, queryCount)
        let valueRoom = scratch + padded * transposedStride
        let queryRoom = valueRoom + (width + 1) * padded
        let result = queryRoom + (room + 1) * padded
        let scores = result + room * padded
        let factors = scores + room * width
        let keysTransposed = RightOperand(transposed: keys, stride: keyStride, count: keyCount, columns: size, room: scratch,
                                          rowStride: transposedStride, width: width)
        let valueRows = RightOperand(rows: values, stride: keyStride, count: keyCount, columns: size, room: valueRoom, width: padded)
        for start in stride(from: 0, to: queryCount, by: Self.blockRows) {
            let rows = min(Self.blockRows, queryCount - start)
            let queryRows = LeftOperand(packing: queries + start * queryStride, stride: queryStride, count: rows, columns: size, scale: scale,
                                        room: queryRoom, width: padded)
            multiply(queryRows, keysTransposed, into: scores, rowStride: width, m: rows, n: width, k: size)
            if let dropout {
                dropout.writeFactors(groups: Dropout.groupCount(rows * width), from: firstGroup + start * width / Dropout.groupSize, to: factors)
            }
            // The denominators wait for the result, which is smaller than the weights.
            withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * Self.blockRows) { room in
                let denominators = room.baseAddress!, greatest = denominators + Self.blockRows
                for row in 0..<rows {
                    if let bias { addRow(bias - (start + row), to: scores + row * width, width: keyCount) }
                    (greatest[row], denominators[row]) = exponentiateRow(
                        scores + row * width, count: keyCount, factors: dropout == nil ? nil : UnsafePointer(factors + row * width))
                }
                if let logSumExp {
                    for first in stride(from: 0, to: rows, by: 16) {
                        let logarithms = VectorMath.log(FloatVector(loading: denominators + first)) + FloatVector(loading: greatest + first)
                        for row in first ..< min(rows, first + 16) { logSumExp[(start + row) * logSumExpStride] = logarithms[row - first] }
                    }
                }
                multiply(LeftOperand(weights: scores, width: width), valueRows, into: result, rowStride: padded, m: rows, n: padded, k: keyCount)
                for row in 0..<rows {
                    let factor = 1 / denominators[row], target = output + (start + row) * outputStride
                    for index in stride(from: 0, to: size, by: 16) {
                        storeOperandLanes(FloatVector(loading: result + row * padded + index) * factor, target + index, count: size - index)
                    }
                }
            }
        }
    }
}

@inline(__always)
func roundUpToLanes(_ count: Int) -> Int { (count + 15) & ~15 }

/// Replaces scores by `exp(score - greatest)`, times their factors where there are any, and gives the greatest and the sum without
/// factors. Padding becomes exactly zero.
@inline(__always)
private func exponentiateRow(
    _ scores: UnsafeMutablePointer<Float>, count: Int, factors: UnsafePointer<Float>?
) -> (greatest: Float, sum: Float) {
    let width = roundUpToLanes(count)
    for index in count..<width { scores[index] = -.infinity }
    var highest = FloatVector(loading: scores)
    for index in stride(from: 16, to: count, by: 16) { highest = greater(highest, FloatVector(loading: scores + index)) }
    let top = highest.greatest
    var sum = FloatVector.zero
    @inline(__always) func weights(_ index: Int) -> FloatVector {
        let weights = attentionWeights(FloatVector(loading: scores + index) - top)
        sum += weights
        return factors.map { weights * FloatVector(loading: $0 + index) } ?? weights
    }
    var index = 0
    while index + 32 <= width {
        let low = weights(index), high = weights(index + 16)
        storeWeights(low, high, index: index, ofRow: scores)
        index += 32
    }
    if index < width { storeWeights(weights(index), nil, index: index, ofRow: scores) }
    return (top, sum.treeSum)
}

/// Copies `rows` rows of `columns` to rows of `width`, multiplied by `scale`, the rest zero.
@inline(__always)
func copyPadded(
    _ source: UnsafePointer<Float>, rowStride: Int, rows: Int, columns: Int, scale: Float,
    to target: UnsafeMutablePointer<Float>, width: Int
) {
    for row in 0..<rows {
        for index in stride(from: 0, to: width, by: 16) {
            let lanes = loadLanes(source + row * rowStride + index, count: columns - index) * scale
            lanes.store(to: target + row * width + index)
        }
    }
}
