import ComputeRuntime

/// `weights[s][w]` is the activated greatest score of word `w` over the tokens of sequence `s`.
///
/// The activation grows with the score, so it is applied once, to the greatest.
/// - Parameters:
///   - weights: `[sequences, words]`, overwritten.
///   - winners: `[sequences, words]`, overwritten by the row of the token with the greatest score, the first of equals; nil where
///     no backward pass follows.
public func poolVocabularyMax(
    _ product: VocabularyProduct, _ activation: VocabularyActivation, weights: UnsafeMutablePointer<Float>,
    winners: UnsafeMutablePointer<Int32>?
) {
    let words = product.words
    let sequenceOfRow = product.sequenceOfRow
    ThreadPool.shared.run(count: product.blocks) { index in
        let block = product.range(ofBlock: index)
        product.forEachTile(block) { rows, scores in
            for row in rows {
                let sequence = Int(sequenceOfRow[row])
                let x = scores + (row - rows.lowerBound) * block.count
                let best = weights + sequence * words + block.lowerBound
                let winner = winners.map { $0 + sequence * words + block.lowerBound }
                if row == product.offsets[sequence] {
                    best.update(from: x, count: block.count)
                    winner?.update(repeating: Int32(row), count: block.count)
                } else {
                    takeGreater(x, row: Int32(row), best: best, winner: winner, count: block.count)
                }
            }
        }
        for sequence in 0..<product.sequences {
            let best = weights + sequence * words + block.lowerBound
            var column = 0
            while column < block.count {
                let count = min(16, block.count - column)
                let bias = loadLanes(product.bias + block.lowerBound + column, count: count)
                storeLanes(activation.value(loadLanes(best + column, count: count) + bias), best + column, count: count)
                column += 16
            }
        }
    }
}

/// Keeps the greater of two scores for each word, and its row.
@inline(__always)
private func takeGreater(
    _ x: UnsafePointer<Float>, row: Int32, best: UnsafeMutablePointer<Float>, winner: UnsafeMutablePointer<Int32>?, count: Int
) {
    var column = 0
    guard let winner else {
        while column < count {
            let lanes = min(16, count - column)
            storeLanes(pointwiseMax(loadLanes(x + column, count: lanes), loadLanes(best + column, count: lanes)), best + column, count: lanes)
            column += 16
        }
        return
    }
    while column + 16 <= count {
        let new = loadLanes(x + column), old = loadLanes(best + column)
        let isGreater = new .> old
        old.replacing(with: new, where: isGreater).store(to: best + column)
        let place = UnsafeMutableRawPointer(winner + column)
        let rows = place.loadUnaligned(as: SIMD16<Int32>.self)
        place.storeBytes(of: rows.replacing(with: row, where: isGreater), as: SIMD16<Int32>.self)
        column += 16
    }
    while column < count {
        if x[column] > best[column] {
            best[column] = x[column]
            winner[column] = row
        }
        column += 1
    }
}

/// Backward of ``poolVocabularyMax(_:_:weights:winners:)``. Only winners with a weight above zero are visited.
///
/// The gradients of words are owned by ranges of words and those of tokens by ranges of sequences, so every sum has one order.
/// - Parameters:
///   - gradient: `[sequences, words]`, of the weights.
///   - hiddenGradient: `[tokens, width]`, added to; nil if not wanted, likewise the others.
///   - decoderGradient: `[words, width]`, added to.
///   - biasGradient: `[words]`, added to.
public func poolVocabularyMaxBackward(
    _ product: VocabularyProduct, _ activation: VocabularyActivation, weights: UnsafePointer<Float>, winners: UnsafePointer<Int32>,
    gradient: UnsafePointer<Float>, hiddenGradient: UnsafeMutablePointer<Float>?, decoderGradient: UnsafeMutablePointer<Float>?,
    biasGradient: UnsafeMutablePointer<Float>?
) {
    let words = product.words, width = product.width, sequences = product.sequences
    let slopes = UnsafeMutablePointer<Float>.allocate(capacity: sequences * words)
    defer { slopes.deallocate() }
    ThreadPool.shared.runRanges(count: sequences * words, grain: 16_384) { range in
        let zero = FloatVector(repeating: 0)
        for start in stride(from: range.lowerBound, to: range.upperBound, by: 16) {
            let count = min(16, range.upperBound - start)
            let weight = loadLanes(weights + start, count: count)
            let slope = loadLanes(gradient + start, count: count) * activation.slope(weight: weight)
            storeLanes(zero.replacing(with: slope, where: weight .> zero), slopes + start, count: count)
        }
    }
    if decoderGradient != nil || biasGradient != nil {
        ThreadPool.shared.runRanges(count: words, grain: 64) { range in
            for word in range {
                var sum: Float = 0
                for sequence in 0..<sequences {
                    let place = sequence * words + word
                    let slope = slopes[place]
                    if slope == 0 { continue }
                    sum += slope
                    if let decoderGradient {
                        addRow(product.hidden + Int(winners[place]) * width, to: decoderGradient + word * width, width: width, scale: slope)
                    }
                }
                if let biasGradient { biasGradient[word] += sum }
            }
        }
    }
    guard let hiddenGradient else { return }
    ThreadPool.shared.runRanges(count: sequences, grain: 1) { range in
        // A block of decoder rows serves all sequences of the range while it is in cache.
        for index in 0..<product.blocks {
            let block = product.range(ofBlock: index)
            for sequence in range {
                for word in block {
                    let place = sequence * words + word
                    let slope = slopes[place]
                    if slope == 0 { continue }
                    addRow(product.decoder + word * width, to: hiddenGradient + Int(winners[place]) * width, width: width, scale: slope)
                }
            }
        }
    }
}
