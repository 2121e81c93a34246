import ComputeRuntime

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
    /// Of the three products; softmax and sums are float32.
    public let precision: ComputePrecision
    /// Scores from one row to the next.
    private let stride: Int

    /// - Parameter documents: at least `rows`; the first `rows` of them are the positives.
    public init(
        rows: Int, documents: Int, width: Int, prefixes: [(dimension: Int, weight: Float)], scale: Float, normalizes: Bool, blockRows: Int,
        precision: ComputePrecision = .float32
    ) {
        self.rows = rows
        self.documents = documents
        self.width = width
        self.prefixes = prefixes
        self.scale = scale
        self.normalizes = normalizes
        self.blockRows = min(rows, blockRows)
        self.precision = precision
        stride = roundUpToLanes(documents)
    }

    /// Floats of scratch memory.
    public var scratchCount: Int {
        Side.scratchCount(rows, width, prefixes.count) + Side.scratchCount(documents, width, prefixes.count) + prefixes.count * blockRows * stride
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
        let q = Side(rows: rows, width: width, prefixes: prefixes.count, at: scratch)
        let d = Side(rows: documents, width: width, prefixes: prefixes.count, at: q.end)
        let scores = d.end
        prepare(q, from: queries)
        prepare(d, from: others)
        d.sums.update(repeating: 0, count: prefixes.count * d.stride)
        let pieces = prefixes.indices.map { Piece(self, $0, d, wantsGradient: queryGradient != nil) }
        var losses = [Double](repeating: 0, count: rows)
        for first in Swift.stride(from: 0, to: rows, by: blockRows) {
            let block = min(blockRows, rows - first), size = block * stride
            for piece in pieces {
                piece.scores(of: q.vectors + first * width, rows: block, into: scores + piece.prefix * size, stride: stride)
            }
            let softmax = InBatchSoftmax(
                scores: scores, slab: size, stride: stride, documents: documents, documentFactors: d.factors, queryFactors: q.factors,
                queryStride: q.stride, querySums: q.sums, prefixes: prefixes, scale: scale, rows: rows)
            losses.withUnsafeMutableBufferPointer { losses in
                let losses = losses.baseAddress!
                runRowsWithSums(rows: block, grain: 8, width: prefixes.count * stride, into: d.sums) { range, sums in
                    softmax.run(range, first: first, documentSums: queryGradient == nil ? nil : sums, losses: losses)
                }
            }
            guard let queryGradient, let documentGradient else { continue }
            for piece in pieces {
                let gradient = scores + piece.prefix * size
                piece.queryGradient(gradient, rows: block, stride: stride, into: queryGradient + first * width)
                piece.addDocumentGradient(gradient, q.vectors + first * width, rows: block, stride: stride, into: documentGradient, isFirst: first == 0)
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
        let rows: Int, stride: Int
        /// Times ``scales``, `[rows, width]`.
        let vectors: UnsafeMutablePointer<Float>
        /// What brings each row to length 1, `[stride]`.
        let scales: UnsafeMutablePointer<Float>
        /// What then brings each prefix to length 1, `[prefixes, stride]`; 1 past the last row.
        let factors: UnsafeMutablePointer<Float>
        /// The sum over the other side of products times their gradients, `[prefixes, stride]`.
        let sums: UnsafeMutablePointer<Float>
        let end: UnsafeMutablePointer<Float>

        init(rows: Int, width: Int, prefixes: Int, at scratch: UnsafeMutablePointer<Float>) {
            self.rows = rows
            stride = roundUpToLanes(rows)
            vectors = scratch
            scales = vectors + rows * width
            factors = scales + stride
            sums = factors + prefixes * stride
            end = scratch + Self.scratchCount(rows, width, prefixes)
        }

        static func scratchCount(_ rows: Int, _ width: Int, _ prefixes: Int) -> Int {
            rows * width + roundUpToLanes(rows) * (1 + 2 * prefixes)
        }
    }

    /// The products over the columns that a prefix adds.
    private struct Piece {
        let prefix: Int
        private let start: Int, length: Int, width: Int, documents: Int
        private let vectors: UnsafePointer<Float>
        /// The documents' columns as the right operand of scores, and of the queries' gradients; nil where products are not made
        /// in register tiles.
        private let forScores: TilePanels?, forGradients: TilePanels?
        private let precision: ComputePrecision

        init(_ kernel: InBatchCrossEntropy, _ k: Int, _ d: Side, wantsGradient: Bool) {
            prefix = k
            start = kernel.start(k)
            length = kernel.prefixes[k].dimension - start
            (width, documents) = (kernel.width, kernel.documents)
            let vectors = UnsafePointer(d.vectors + start), width = kernel.width, documents = kernel.documents, length = length
            self.vectors = vectors
            precision = kernel.precision
            let format = length > 0 ? precision.tileFormat : nil
            forScores = format.map { TilePanels($0, vectors, .transposed, columns: documents, depth: length, rowStride: width) }
            forGradients = wantsGradient ? format.map { TilePanels($0, vectors, columns: length, depth: documents, rowStride: width) } : nil
        }

        func scores(of queries: UnsafePointer<Float>, rows: Int, into scores: UnsafeMutablePointer<Float>, stride: Int) {
            if length == 0 { return scores.update(repeating: 0, count: rows * stride) }
            if let forScores {
                tileProduct(queries + start, .normal, forScores, into: scores, m: rows, rowStrideA: width, rowStrideC: stride)
            } else {
                matrixProduct(queries + start, .normal, vectors, .transposed, into: scores, m: rows, n: documents, k: length,
                              rowStrideA: width, rowStrideB: width, rowStrideC: stride)
            }
        }

        func queryGradient(_ scores: UnsafePointer<Float>, rows: Int, stride: Int, into gradient: UnsafeMutablePointer<Float>) {
            if length == 0 { return }
            if let forGradients {
                tileProduct(scores, .normal, forGradients, into: gradient + start, m: rows, rowStrideA: stride, rowStrideC: width)
            } else {
                matrixProduct(scores, .normal, vectors, .normal, into: gradient + start, m: rows, n: length, k: documents,
                              rowStrideA: stride, rowStrideB: width, rowStrideC: width)
            }
        }

        func addDocumentGradient(
            _ scores: UnsafePointer<Float>, _ queries: UnsafePointer<Float>, rows: Int, stride: Int, into gradient: UnsafeMutablePointer<Float>,
            isFirst: Bool
        ) {
            if length == 0 { return }
            precision.product(scores, .transposed, queries + start, .normal, into: gradient + start, m: documents, n: length, k: rows,
                              beta: isFirst ? 0 : 1, rowStrideA: stride, rowStrideB: width, rowStrideC: width)
        }
    }

    /// Lengths below this count as this.
    private static let shortest: Float = 1e-12

    private func prepare(_ side: Side, from source: UnsafePointer<Float>) {
        for k in prefixes.indices {
            for row in side.rows ..< side.stride { side.factors[k * side.stride + row] = 1 }
        }
        ThreadPool.shared.runRanges(count: side.rows, grain: 16) { range in
            for row in range {
                let x = source + row * width, y = side.vectors + row * width
                guard normalizes else {
                    y.update(from: x, count: width)
                    side.scales[row] = 1
                    for k in prefixes.indices { side.factors[k * side.stride + row] = 1 }
                    continue
                }
                var square: Float = 0
                for k in prefixes.indices {
                    square += dotProduct(x + start(k), x + start(k), count: prefixes[k].dimension - start(k))
                    side.factors[k * side.stride + row] = 1 / max(square.squareRoot(), Self.shortest)
                }
                let scale = side.factors[(prefixes.count - 1) * side.stride + row]
                side.scales[row] = scale
                for k in prefixes.indices { side.factors[k * side.stride + row] /= scale }
                for column in 0..<width { y[column] = x[column] * scale }
            }
        }
    }

    /// Takes from gradients what would only change lengths, and undoes the scaling.
    private func finish(_ gradient: UnsafeMutablePointer<Float>, _ side: Side) {
        ThreadPool.shared.runRanges(count: side.rows, grain: 16) { range in
            for row in range {
                let target = gradient + row * width, x = side.vectors + row * width, scale = side.scales[row]
                var along: Float = 0
                for column in prefixes[prefixes.count - 1].dimension ..< width { target[column] = 0 }
                for k in prefixes.indices.reversed() {
                    let factor = side.factors[k * side.stride + row]
                    // Shorter vectors were divided by a constant.
                    if normalizes, factor * scale < 1 / Self.shortest { along += side.sums[k * side.stride + row] * factor * factor }
                    for column in start(k) ..< prefixes[k].dimension { target[column] = (target[column] - x[column] * along) * scale }
                }
            }
        }
    }
}
