/// The numbers of ``InBatchCrossEntropy``.
///
///     loss = 1/rows sum over prefixes k and rows i of  w_k (log sum over j of exp(s_kij) - s_kii),   s_kij = scale q_i . d_j
///
/// over the first `dimension` columns, of vectors scaled to length 1 there where `normalizes`.
///
/// Products over a prefix are those over the one before plus those over the columns between, and gradients of the products
/// go to a column from all prefixes that hold it. So all prefixes together take three matrix products over the longest.
/// Scores of a block of rows exist at a time.
public struct InBatchCrossEntropy {
    public let rows: Int, documents: Int, width: Int
    /// Ascending.
    public let prefixes: [(dimension: Int, weight: Float)]
    public let scale: Float
    public let normalizes: Bool
    /// Rows whose scores are held at a time.
    public let blockRows: Int

    /// - Parameter documents: at least `rows`; the first `rows` of them are the positives.
    public init(rows: Int, documents: Int, width: Int, prefixes: [(dimension: Int, weight: Float)], scale: Float, normalizes: Bool, blockRows: Int) {
        self.rows = rows
        self.documents = documents
        self.width = width
        self.prefixes = prefixes
        self.scale = scale
        self.normalizes = normalizes
        self.blockRows = min(rows, blockRows)
    }

    /// Floats of scratch memory.
    public var scratchCount: Int {
        (rows + documents) * (width + 1 + 2 * prefixes.count) + prefixes.count * blockRows * documents
    }

    /// - Parameters:
    ///   - queries: `[rows, width]`
    ///   - documents: `[documents, width]`
    ///   - scratch: ``scratchCount`` floats, overwritten.
    ///   - queryGradient: `[rows, width]`, overwritten; nil, like `documentGradient`, where none is wanted.
    ///   - documentGradient: `[documents, width]`, overwritten.
    public func run(
        queries: UnsafePointer<Float>, documents others: UnsafePointer<Float>, scratch: UnsafeMutablePointer<Float>,
        queryGradient: UnsafeMutablePointer<Float>?, documentGradient: UnsafeMutablePointer<Float>?
    ) -> Double {
        let count = prefixes.count
        let q = Side(rows: rows, width: width, prefixes: count, at: scratch)
        let d = Side(rows: documents, width: width, prefixes: count, at: scratch + q.scratchCount)
        let scores = scratch + q.scratchCount + d.scratchCount
        prepare(q, from: queries)
        prepare(d, from: others)
        d.sums.update(repeating: 0, count: count * documents)
        var losses = [Double](repeating: 0, count: rows)
        for first in stride(from: 0, to: rows, by: blockRows) {
            let block = min(blockRows, rows - first), size = block * documents
            for k in 0..<count {
                let start = start(k), length = prefixes[k].dimension - start
                if k > 0 { (scores + k * size).update(from: scores + (k - 1) * size, count: size) }
                if length == 0 { continue }
                matrixProduct(q.vectors + first * width + start, .normal, d.vectors + start, .transposed, into: scores + k * size,
                              m: block, n: documents, k: length, beta: k == 0 ? 0 : 1, rowStrideA: width, rowStrideB: width)
            }
            losses.withUnsafeMutableBufferPointer { losses in
                let losses = losses.baseAddress!
                runRowsWithSums(rows: block, grain: 8, width: count * documents, into: d.sums) { range, sums in
                    let room = roundUpToLanes(documents)
                    withUnsafeTemporaryAllocation(of: Float.self, capacity: room) { buffer in
                        for row in range {
                            losses[first + row] = softmaxRow(first + row, scores + row * documents, size, q, d, sums, buffer.baseAddress!,
                                                             wantsGradient: queryGradient != nil)
                        }
                    }
                }
            }
            guard let queryGradient, let documentGradient else { continue }
            for k in 0..<count {
                let start = start(k), length = prefixes[k].dimension - start
                if length == 0 { continue }
                matrixProduct(scores + k * size, .normal, d.vectors + start, .normal, into: queryGradient + first * width + start,
                              m: block, n: length, k: documents, rowStrideB: width, rowStrideC: width)
                matrixProduct(scores + k * size, .transposed, q.vectors + first * width + start, .normal, into: documentGradient + start,
                              m: documents, n: length, k: block, beta: first == 0 ? 0 : 1, rowStrideB: width, rowStrideC: width)
            }
        }
        if let queryGradient { finish(queryGradient, q) }
        if let documentGradient { finish(documentGradient, d) }
        return losses.reduce(0, +) / Double(rows)
    }

    /// The column at which what a prefix has beyond the one before begins.
    private func start(_ k: Int) -> Int { k == 0 ? 0 : prefixes[k - 1].dimension }

    /// Queries or documents as they are compared.
    private struct Side {
        let rows: Int, scratchCount: Int
        /// Times ``scales``, `[rows, width]`.
        let vectors: UnsafeMutablePointer<Float>
        /// What brings each row to length 1, `[rows]`.
        let scales: UnsafeMutablePointer<Float>
        /// What then brings each prefix to length 1, `[prefixes, rows]`.
        let factors: UnsafeMutablePointer<Float>
        /// The sum over the other side of cosines times their gradients, `[prefixes, rows]`.
        let sums: UnsafeMutablePointer<Float>

        init(rows: Int, width: Int, prefixes: Int, at scratch: UnsafeMutablePointer<Float>) {
            self.rows = rows
            vectors = scratch
            scales = vectors + rows * width
            factors = scales + rows
            sums = factors + prefixes * rows
            scratchCount = rows * (width + 1 + 2 * prefixes)
        }
    }

    /// Lengths below this count as this.
    private static let shortest: Float = 1e-12

    private func prepare(_ side: Side, from source: UnsafePointer<Float>) {
        ThreadPool.shared.runRanges(count: side.rows, grain: 16) { range in
            for row in range {
                let x = source + row * width, y = side.vectors + row * width
                guard normalizes else {
                    y.update(from: x, count: width)
                    side.scales[row] = 1
                    for k in prefixes.indices { side.factors[k * side.rows + row] = 1 }
                    continue
                }
                var square: Float = 0
                for k in prefixes.indices {
                    square += dotProduct(x + start(k), x + start(k), count: prefixes[k].dimension - start(k))
                    side.factors[k * side.rows + row] = 1 / max(square.squareRoot(), Self.shortest)
                }
                let scale = side.factors[(prefixes.count - 1) * side.rows + row]
                side.scales[row] = scale
                for k in prefixes.indices { side.factors[k * side.rows + row] /= scale }
                for column in 0..<width { y[column] = x[column] * scale }
            }
        }
    }

    /// The loss of a row, longest prefix first. Its products become the gradients of the columns that the prefix adds.
    @inline(__always)
    private func softmaxRow(
        _ row: Int, _ products: UnsafeMutablePointer<Float>, _ size: Int, _ q: Side, _ d: Side, _ sums: UnsafeMutablePointer<Float>,
        _ weights: UnsafeMutablePointer<Float>, wantsGradient: Bool
    ) -> Double {
        let room = roundUpToLanes(documents)
        var loss = 0.0
        for k in prefixes.indices.reversed() {
            let x = products + k * size, others = d.factors + k * documents
            let factor = q.factors[k * rows + row]
            let positive = x[row] * factor * others[row] * scale
            var greatest = FloatVector(repeating: -.infinity)
            for index in stride(from: 0, to: documents, by: 16) {
                let lanes = min(16, documents - index)
                let scaled = loadLanes(x + index, count: lanes) * loadLanes(others + index, count: lanes) * (factor * scale)
                scaled.store(to: weights + index)
                if lanes < 16 { for lane in lanes..<16 { weights[index + lane] = -.infinity } }
                greatest = pointwiseMax(greatest, FloatVector(loading: weights + index))
            }
            let top = greatest.greatest
            var total = FloatVector()
            for index in stride(from: 0, to: room, by: 16) {
                let weight = VectorMath.exp(FloatVector(loading: weights + index) - top)
                weight.store(to: weights + index)
                total += weight
            }
            let sum = total.treeSum
            let own = VectorMath.log(FloatVector(repeating: sum))[0] + top
            loss += Double(prefixes[k].weight) * (Double(own) - Double(positive))
            if !wantsGradient { continue }
            let share = prefixes[k].weight * scale / Float(rows)
            // The gradient of a logit is its share of the softmax, less one for the positive.
            weights[row] -= sum
            var dot = FloatVector()
            let isLongest = k == prefixes.count - 1
            for index in stride(from: 0, to: documents, by: 16) {
                let lanes = min(16, documents - index)
                let gradient = FloatVector(loading: weights + index) * (share / sum)
                let slope = loadLanes(others + index, count: lanes) * factor
                let part = gradient * loadLanes(x + index, count: lanes) * slope
                dot += part
                let target = sums + k * documents + index
                storeLanes(loadLanes(target, count: lanes) + part, target, count: lanes)
                var result = gradient * slope
                if !isLongest { result += loadLanes(x + size + index, count: lanes) }
                storeLanes(result, x + index, count: lanes)
            }
            q.sums[k * rows + row] = dot.treeSum
        }
        return loss
    }

    /// Takes from gradients what would only change lengths, and undoes the scaling.
    private func finish(_ gradient: UnsafeMutablePointer<Float>, _ side: Side) {
        ThreadPool.shared.runRanges(count: side.rows, grain: 16) { range in
            for row in range {
                let target = gradient + row * width, x = side.vectors + row * width, scale = side.scales[row]
                var along: Float = 0
                for column in prefixes[prefixes.count - 1].dimension ..< width { target[column] = 0 }
                for k in prefixes.indices.reversed() {
                    let factor = side.factors[k * side.rows + row]
                    // Shorter vectors were divided by a constant.
                    if normalizes, factor * scale < 1 / Self.shortest { along += side.sums[k * side.rows + row] * factor * factor }
                    for column in start(k) ..< prefixes[k].dimension { target[column] = (target[column] - x[column] * along) * scale }
                }
            }
        }
    }
}
