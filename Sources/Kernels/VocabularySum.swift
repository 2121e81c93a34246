import ComputeRuntime

/// `weights[s][w]` is the sum of the activated scores of word `w` over the tokens of sequence `s`.
/// - Parameter weights: `[sequences, words]`, overwritten.
public func poolVocabularySum(_ product: VocabularyProduct, _ activation: VocabularyActivation, weights: UnsafeMutablePointer<Float>) {
    let words = product.words
    let sequenceOfRow = product.sequenceOfRow
    ThreadPool.shared.run(count: product.blocks) { index in
        let block = product.range(ofBlock: index)
        for sequence in 0..<product.sequences { (weights + sequence * words + block.lowerBound).update(repeating: 0, count: block.count) }
        product.forEachTile(block) { rows, scores in
            for row in rows {
                let x = scores + (row - rows.lowerBound) * block.count
                let sums = weights + Int(sequenceOfRow[row]) * words + block.lowerBound
                var column = 0
                while column < block.count {
                    let count = min(16, block.count - column)
                    let score = loadLanes(x + column, count: count) + loadLanes(product.bias + block.lowerBound + column, count: count)
                    storeLanes(loadLanes(sums + column, count: count) + activation.value(score), sums + column, count: count)
                    column += 16
                }
            }
        }
    }
}

/// Backward of ``poolVocabularySum(_:_:weights:)``, which makes the scores again. Parameters as in
/// ``poolVocabularyMaxBackward(_:_:weights:winners:gradient:hiddenGradient:decoderGradient:biasGradient:)``.
public func poolVocabularySumBackward(
    _ product: VocabularyProduct, _ activation: VocabularyActivation, gradient: UnsafePointer<Float>,
    hiddenGradient: UnsafeMutablePointer<Float>?, decoderGradient: UnsafeMutablePointer<Float>?, biasGradient: UnsafeMutablePointer<Float>?
) {
    let words = product.words, width = product.width, size = product.tokens * product.width
    let sequenceOfRow = product.sequenceOfRow
    let zero = FloatVector(repeating: 0)
    // Each part of the words sums its own gradient of the tokens; the parts are added in their order.
    let parts = min(ThreadPool.shared.threadCount, product.blocks)
    let partial = UnsafeMutablePointer<Float>.allocate(capacity: hiddenGradient == nil ? 1 : parts * size)
    defer { partial.deallocate() }
    ThreadPool.shared.run(count: parts) { part in
        let own = partial + part * size
        if hiddenGradient != nil { own.update(repeating: 0, count: size) }
        for index in part * product.blocks / parts ..< (part + 1) * product.blocks / parts {
            let block = product.range(ofBlock: index)
            product.forEachTile(block) { rows, scores in
                for row in rows {
                    let x = scores + (row - rows.lowerBound) * block.count
                    let outer = gradient + Int(sequenceOfRow[row]) * words + block.lowerBound
                    var column = 0
                    while column < block.count {
                        let count = min(16, block.count - column)
                        let score = loadLanes(x + column, count: count) + loadLanes(product.bias + block.lowerBound + column, count: count)
                        let slope = loadLanes(outer + column, count: count) * activation.slope(score: pointwiseMax(score, zero))
                        storeLanes(zero.replacing(with: slope, where: score .> zero), x + column, count: count)
                        column += 16
                    }
                    if let biasGradient { addRow(x, to: biasGradient + block.lowerBound, width: block.count) }
                }
                if hiddenGradient != nil {
                    product.precision.product(scores, .normal, product.decoder + block.lowerBound * width, .normal,
                                              into: own + rows.lowerBound * width, m: rows.count, n: width, k: block.count, beta: 1)
                }
                if let decoderGradient {
                    product.precision.product(scores, .transposed, product.hidden + rows.lowerBound * width, .normal,
                                              into: decoderGradient + block.lowerBound * width, m: block.count, n: width, k: rows.count, beta: 1)
                }
            }
        }
    }
    guard let hiddenGradient else { return }
    for part in 0..<parts { accumulate(partial + part * size, into: hiddenGradient, count: size) }
}
