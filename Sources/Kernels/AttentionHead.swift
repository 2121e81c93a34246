/// One head of one sequence. Compiled for several instruction sets, with products of float32 or of bfloat16;
/// ``attention(_:dropout:output:logSumExp:)`` picks.
public struct AttentionHead {
    /// The head's elements of the first query row; `queryStride` elements lie between rows.
    public var queries: UnsafePointer<AttentionElement>
    public var queryStride: Int
    public var queryCount: Int
    public var keys: UnsafePointer<AttentionElement>
    public var values: UnsafePointer<AttentionElement>
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
        queries: UnsafePointer<AttentionElement>, queryStride: Int, queryCount: Int, keys: UnsafePointer<AttentionElement>,
        values: UnsafePointer<AttentionElement>, keyStride: Int, keyCount: Int, size: Int, scale: Float, bias: UnsafePointer<Float>?,
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
        return (2 * width + 18) * padded + rows * (2 * padded + width) + Dropout.groupSize
    }

    /// `output = dropout(softmax(scale * queries * keys^T + bias)) * values`
    /// - Parameters:
    ///   - output: the head's elements of the first row.
    ///   - logSumExp: of the first row, overwritten by the logarithm of each softmax's denominator; nil where it is not wanted.
    public func attend(
        scratch: UnsafeMutablePointer<Float>, output: UnsafeMutablePointer<Float>, outputStride: Int,
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
            // The denominators wait for the result, which is smaller than the weights.
            withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.blockRows) { denominators in
                for row in 0..<rows {
                    if let bias { addRow(bias - (start + row), to: scores + row * width, width: keyCount) }
                    let (greatest, sum) = exponentiateRow(scores + row * width, count: keyCount)
                    if let logSumExp { logSumExp[(start + row) * logSumExpStride] = greatest + naturalLogarithm(sum) }
                    denominators[row] = sum
                }
                if let dropout {
                    multiply(scores, count: rows * width, by: dropout, firstGroup: firstGroup + start * width / Dropout.groupSize, factors: factors)
                }
                multiply(LeftOperand(replacing: scores, count: rows, width: width), valueRows, into: result, rowStride: padded,
                         m: rows, n: padded, k: keyCount)
                for row in 0..<rows {
                    let factor = 1 / denominators[row], target = output + (start + row) * outputStride
                    for index in stride(from: 0, to: size, by: 16) {
                        storeLanes(FloatVector(loading: result + row * padded + index) * factor, target + index, count: size - index)
                    }
                }
            }
        }
    }
}

@inline(__always)
func roundUpToLanes(_ count: Int) -> Int { (count + 15) & ~15 }

@inline(__always)
private func naturalLogarithm(_ x: Float) -> Float { VectorMath.log(FloatVector(repeating: x))[0] }

/// Replaces scores by `exp(score - greatest)` and gives the greatest and the sum. Padding becomes exactly zero.
@inline(__always)
private func exponentiateRow(_ scores: UnsafeMutablePointer<Float>, count: Int) -> (greatest: Float, sum: Float) {
    for index in count..<roundUpToLanes(count) { scores[index] = -.infinity }
    var highest = FloatVector(loading: scores)
    for index in stride(from: 16, to: count, by: 16) { highest = greater(highest, FloatVector(loading: scores + index)) }
    let top = highest.greatest
    var sum = FloatVector.zero
    for index in stride(from: 0, to: count, by: 16) {
        let weight = VectorMath.exp(FloatVector(loading: scores + index) - top)
        weight.store(to: scores + index)
        sum += weight
    }
    return (top, sum.treeSum)
}

/// Multiplies consecutive values by the factors of consecutive groups; `count` a multiple of 16.
@inline(__always)
private func multiply(
    _ values: UnsafeMutablePointer<Float>, count: Int, by dropout: Dropout, firstGroup: Int, factors: UnsafeMutablePointer<Float>
) {
    for group in 0..<Dropout.groupCount(count) {
        dropout.writeFactors(group: firstGroup + group, to: factors)
        let start = group * Dropout.groupSize
        for index in stride(from: 0, to: min(Dropout.groupSize, count - start), by: 16) {
            let target = values + start + index
            (FloatVector(loading: target) * FloatVector(loading: factors + index)).store(to: target)
        }
    }
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
