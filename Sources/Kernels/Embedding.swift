import ComputeRuntime

/// Tables and rows of the sum of embeddings at the bottom of a transformer.
public struct EmbeddingTables {
    /// `[vocabulary, width]`
    public let words: UnsafePointer<Float>
    /// `[positions, width]`
    public let positions: UnsafePointer<Float>
    /// `[types, width]`; nil where the family has none.
    public let types: UnsafePointer<Float>?

    public init(words: UnsafePointer<Float>, positions: UnsafePointer<Float>, types: UnsafePointer<Float>?) {
        self.words = words
        self.positions = positions
        self.types = types
    }
}

/// `output = dropout(norm(words[ids] + positions[positionIds] + types[typeIds]))`, a row per token.
///
/// - Parameters:
///   - ids: `[tokens]`, checked by the caller to lie inside the tables; likewise the other two.
///   - normalized: `[tokens, width]`, overwritten by the normalised rows; nil where no backward pass follows.
///   - reciprocalDeviation: `[tokens]`, overwritten.
///   - output: `[tokens, width]`, overwritten.
public func embedTokens(
    ids: UnsafePointer<Int32>, positionIds: UnsafePointer<Int32>, typeIds: UnsafePointer<Int32>, count: Int,
    _ tables: EmbeddingTables, _ norm: LayerNormParameters, dropout: Dropout?,
    normalized: UnsafeMutablePointer<Float>?, reciprocalDeviation: UnsafeMutablePointer<Float>, output: UnsafeMutablePointer<Float>
) {
    let width = norm.width
    ThreadPool.shared.runRanges(count: count, grain: 32) { rows in
        for row in rows {
            let x = output + row * width
            let word = tables.words + Int(ids[row]) * width
            let position = tables.positions + Int(positionIds[row]) * width
            let type = tables.types.map { $0 + Int(typeIds[row]) * width }
            var index = 0
            while index < width {
                let count = min(16, width - index)
                var sum = loadLanes(word + index, count: count)
                if let type { sum += loadLanes(type + index, count: count) }
                storeLanes(sum + loadLanes(position + index, count: count), x + index, count: count)
                index += 16
            }
            reciprocalDeviation[row] = norm.rows.normalize(x, normalized: normalized.map { $0 + row * width })
        }
        if let dropout { multiply(output, rows: rows, width: width, by: dropout) }
    }
}

/// Backward of ``embedTokens(ids:positionIds:typeIds:count:_:_:dropout:normalized:reciprocalDeviation:output:)`` up to
/// the sum of embeddings.
///
/// - Parameters:
///   - gradient: `[tokens, width]`, of the output; overwritten by the gradient of each token's sum of embeddings.
///   - normGradients: `[2, width]`, added to: of the norm's weight and of its bias; nil if frozen.
public func embedTokensBackward(
    count: Int, _ norm: LayerNormParameters, gradient: UnsafeMutablePointer<Float>,
    normalized: UnsafePointer<Float>, reciprocalDeviation: UnsafePointer<Float>, dropout: Dropout?,
    normGradients: UnsafeMutablePointer<Float>?
) {
    let width = norm.width
    runRowsWithSums(rows: count, grain: 16, width: 2 * width, into: normGradients) { rows, sums in
        if let dropout { multiply(gradient, rows: rows, width: width, by: dropout) }
        for row in rows {
            let start = row * width
            norm.rows.normalizeBackward(gradient + start, normalized: normalized + start, reciprocalDeviation[row],
                                 result: gradient + start, weightSums: sums, biasSums: sums + width)
        }
    }
}

/// `table[indices[i]] += rows[i]`, in the order of the rows for each index, whatever the number of threads.
///
/// - Parameters:
///   - rows: `[count, width]`
///   - table: `[entries, width]`, added to.
///   - skipped: an index whose row is left alone (padding), if any.
public func scatterAddRows(
    _ rows: UnsafePointer<Float>, indices: UnsafePointer<Int32>, count: Int, width: Int,
    into table: UnsafeMutablePointer<Float>, skipped: Int32? = nil
) {
    // Threads share the columns, so no two write to one element.
    let parts = count * width < 16_384 ? 1 : ThreadPool.shared.threadCount
    let size = max(16, ((width + parts - 1) / parts + 15) / 16 * 16)
    ThreadPool.shared.run(count: (width + size - 1) / size) { part in
        let first = part * size
        for row in 0..<count where indices[row] != skipped {
            addRow(rows + row * width + first, to: table + Int(indices[row]) * width + first, width: min(size, width - first))
        }
    }
}

/// Multiplies rows of a matrix by the factors of `dropout`, in place.
func multiply(_ values: UnsafeMutablePointer<Float>, rows: Range<Int>, width: Int, by dropout: Dropout) {
    forEachRow(rows, width: width, dropout: dropout) { row, factors in
        let line = values + row * width
        for index in stride(from: 0, to: width, by: 16) {
            let count = min(16, width - index)
            storeLanes(loadLanes(line + index, count: count) * loadLanes(factors + index), line + index, count: count)
        }
    }
}
