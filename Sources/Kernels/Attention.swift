import Glibc

/// Queries, keys and values of a packed batch, and which rows belong together.
public struct AttentionInput {
    /// `[query rows, rowStrideQ]`, the heads of a row side by side.
    public let queries: UnsafePointer<Float>
    public let queryStride: Int
    /// `[key rows, keyStride]`
    public let keys: UnsafePointer<Float>
    /// `[key rows, keyStride]`
    public let values: UnsafePointer<Float>
    public let keyStride: Int
    /// Sequence `s` has query rows `queryOffsets[s] ..< queryOffsets[s + 1]`.
    public let queryOffsets: [Int]
    /// Sequence `s` has key and value rows `keyOffsets[s] ..< keyOffsets[s + 1]`, at least one.
    public let keyOffsets: [Int]
    public let headCount: Int
    /// Elements of one head.
    public let headSize: Int
    /// Added to scores; nil for none.
    public let bias: RelativeBias?

    public init(
        queries: UnsafePointer<Float>, queryStride: Int, keys: UnsafePointer<Float>, values: UnsafePointer<Float>, keyStride: Int,
        queryOffsets: [Int], keyOffsets: [Int], headCount: Int, headSize: Int, bias: RelativeBias? = nil
    ) {
        self.queries = queries
        self.queryStride = queryStride
        self.keys = keys
        self.values = values
        self.keyStride = keyStride
        self.queryOffsets = queryOffsets
        self.keyOffsets = keyOffsets
        self.headCount = headCount
        self.headSize = headSize
        self.bias = bias
    }

    var sequenceCount: Int { keyOffsets.count - 1 }
    /// What scores are multiplied by.
    var scale: Float { 1 / Float(headSize).squareRoot() }
    var longestQueries: Int { (0..<sequenceCount).map { queryOffsets[$0 + 1] - queryOffsets[$0] }.max() ?? 0 }
    var longestKeys: Int { (0..<sequenceCount).map { keyOffsets[$0 + 1] - keyOffsets[$0] }.max() ?? 0 }

    /// The first dropout group of each sequence: every head takes whole groups of its padded score matrix.
    var dropoutGroups: [Int] {
        var starts = [0]
        for sequence in 0..<sequenceCount { starts.append(starts[sequence] + headCount * groupsPerHead(sequence)) }
        return starts
    }

    func groupsPerHead(_ sequence: Int) -> Int {
        let queries = queryOffsets[sequence + 1] - queryOffsets[sequence]
        return Dropout.groupCount(queries * roundUpToLanes(keyOffsets[sequence + 1] - keyOffsets[sequence]))
    }

    /// Runs `body` for every (sequence, head), several per task so that scratch memory is shared.
    func forEachHead(scratchCount: Int, _ body: (_ sequence: Int, _ head: Int, _ scratch: UnsafeMutablePointer<Float>) -> Void) {
        let items = sequenceCount * headCount
        let size = max(1, items / (ThreadPool.shared.threadCount * 8))
        ThreadPool.shared.run(count: (items + size - 1) / size) { task in
            let scratch = UnsafeMutablePointer<Float>.allocate(capacity: scratchCount)
            defer { scratch.deallocate() }
            for item in task * size ..< min(items, (task + 1) * size) { body(item / headCount, item % headCount, scratch) }
        }
    }
}

/// Query rows whose scores are held at once. With keys padded to sixteen, a block is whole groups of dropout.
let attentionBlock = 64

@inline(__always)
func roundUpToLanes(_ count: Int) -> Int { (count + 15) & ~15 }

/// `output = dropout(softmax(queries * keys^T / sqrt(headSize) + bias)) * values`, exactly, for each sequence and head by itself
/// (Vaswani et al., "Attention is all you need", 2017).
///
/// - Parameters:
///   - output: `[query rows, headCount * headSize]`, overwritten.
///   - logSumExp: `[query rows, headCount]`, overwritten by the logarithm of each softmax's denominator, all that the
///     backward pass needs to compute the weights again; nil where none follows.
public func attention(
    _ input: AttentionInput, dropout: Dropout?, output: UnsafeMutablePointer<Float>, logSumExp: UnsafeMutablePointer<Float>?
) {
    let size = input.headSize, padded = roundUpToLanes(size)
    let keyRoom = roundUpToLanes(input.longestKeys), queryRoom = min(attentionBlock, input.longestQueries)
    let groups = input.dropoutGroups
    let outputStride = input.headCount * size
    input.forEachHead(scratchCount: 2 * keyRoom * padded + queryRoom * (2 * padded + keyRoom) + Dropout.groupSize) { sequence, head, scratch in
        let firstKey = input.keyOffsets[sequence], keyCount = input.keyOffsets[sequence + 1] - firstKey
        let firstQuery = input.queryOffsets[sequence], queryCount = input.queryOffsets[sequence + 1] - firstQuery
        let width = roundUpToLanes(keyCount)
        let bias = input.bias?.center(head: head)
        let keys = scratch
        let values = keys + keyRoom * padded
        let queries = values + keyRoom * padded
        let result = queries + queryRoom * padded
        let scores = result + queryRoom * padded
        let factors = scores + queryRoom * keyRoom
        copyTransposed(input.keys + firstKey * input.keyStride + head * size, rowStride: input.keyStride, rows: keyCount, columns: size,
                       to: keys, width: width)
        copyPadded(input.values + firstKey * input.keyStride + head * size, rowStride: input.keyStride, rows: keyCount, columns: size,
                   scale: 1, to: values, width: padded)
        var start = 0
        while start < queryCount {
            let rows = min(attentionBlock, queryCount - start)
            let firstRow = firstQuery + start
            copyPadded(input.queries + firstRow * input.queryStride + head * size, rowStride: input.queryStride, rows: rows, columns: size,
                       scale: input.scale, to: queries, width: padded)
            smallProduct(queries, rowStrideA: padded, keys, rowStrideB: width, into: scores, rowStrideC: width, m: rows, n: width, k: size)
            for row in 0..<rows {
                if let bias { addElements(bias - (start + row), to: scores + row * width, count: keyCount) }
                let (greatest, sum) = exponentiateRow(scores + row * width, count: keyCount)
                logSumExp?[(firstRow + row) * input.headCount + head] = greatest + logf(sum)
                scale(scores + row * width, by: 1 / sum, count: width)
            }
            if let dropout {
                let group = groups[sequence] + head * input.groupsPerHead(sequence) + start * width / Dropout.groupSize
                multiply(scores, count: rows * width, by: dropout, firstGroup: group, factors: factors)
            }
            smallProduct(scores, rowStrideA: width, values, rowStrideB: padded, into: result, rowStrideC: padded, m: rows, n: padded, k: keyCount)
            for row in 0..<rows {
                (output + (firstRow + row) * outputStride + head * size).update(from: result + row * padded, count: size)
            }
            start += rows
        }
    }
}

/// Replaces scores by `exp(score - greatest)` and gives the greatest and the sum.
@inline(__always)
private func exponentiateRow(_ scores: UnsafeMutablePointer<Float>, count: Int) -> (greatest: Float, sum: Float) {
    // Padding takes no part: its weight becomes exactly zero.
    for index in count..<roundUpToLanes(count) { scores[index] = -.infinity }
    var greatest = FloatVector(loading: scores)
    var index = 16
    while index < count {
        greatest = pointwiseMax(greatest, FloatVector(loading: scores + index))
        index += 16
    }
    let top = greatest.greatest
    var sum = FloatVector()
    index = 0
    while index < count {
        let weight = VectorMath.exp(FloatVector(loading: scores + index) - top)
        weight.store(to: scores + index)
        sum += weight
        index += 16
    }
    return (top, sum.treeSum)
}

/// `values *= factor`; `count` a multiple of 16.
@inline(__always)
private func scale(_ values: UnsafeMutablePointer<Float>, by factor: Float, count: Int) {
    for index in stride(from: 0, to: count, by: 16) { (FloatVector(loading: values + index) * factor).store(to: values + index) }
}

/// Multiplies consecutive values by the factors of consecutive groups; `count` a multiple of 16.
@inline(__always)
func multiply(
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

/// Copies `rows` rows of `columns` to `columns` rows of `width`, transposed, the rest zero.
@inline(__always)
func copyTransposed(
    _ source: UnsafePointer<Float>, rowStride: Int, rows: Int, columns: Int, to target: UnsafeMutablePointer<Float>, width: Int
) {
    for column in 0..<columns {
        let line = target + column * width
        for row in 0..<rows { line[row] = source[row * rowStride + column] }
        for row in rows..<width { line[row] = 0 }
    }
}
