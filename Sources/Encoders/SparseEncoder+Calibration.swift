import Glibc
import Kernels
import Tensors

extension SparseEncoder {
    /// Moves the bias of every word so that it is active in the texts that speak for it alone: where its greatest score stands
    /// `deviations` standard deviations above what it is on average.
    ///
    /// The cross-entropy that a vocabulary head learns from does not see where zero is, so that thousands of words start out active,
    /// the same ones in every text; the penalties of `SpladeLoss` would first have to undo that. From this start they only trim.
    ///
    /// - Parameters:
    ///   - texts: a few hundred of the kind to be encoded.
    ///   - deviations: more is sparser. For scores that were normally distributed, 2.5 leaves 0.6 % of the words.
    /// - Throws: ``ModelError`` for a model without a vocabulary head behind its first module, or with fewer than 2 texts.
    public func calibrateHead(_ texts: [String], deviations: Double = 2.5, batchSize: Int = 32) throws {
        guard let module = modules[0] as? TransformerModule, let head = module.head else {
            throw ModelError("calibrate_head needs a vocabulary head: a Transformer with transformer_task \"fill-mask\" as the first module")
        }
        guard texts.count >= 2, batchSize > 0 else { throw ModelError("calibrate_head: at least 2 texts are wanted, a few hundred are better") }
        guard deviations.isFinite else { throw ModelError("calibrate_head: deviations is \(deviations); a finite number is wanted") }
        let words = head.wordCount
        let given = try head.bias.detach().clone()
        var sums = [Double](repeating: 0, count: words), squares = sums
        // Far above zero the activation loses no score.
        let raise: Float = 100
        for word in 0..<words { head.bias.floats[word] = given.floats[word] + raise }
        head.bias.storage.didChange()
        do {
            try withoutTraining {
                for start in stride(from: 0, to: texts.count, by: batchSize) {
                    let batch = Array(texts[start ..< min(texts.count, start + batchSize)])
                    let ids = try module.tokenized(TextInput(batch)).ids
                    let packed = PackedBatch(ids.map { ($0, [Int32](repeating: 0, count: $0.count)) })
                    let hidden = try module.transformer.hiddenStates(packed)
                    let scores = VocabularyScores(head: head, transformed: head.transformed(hidden))
                    let pooled = scores.pooled(.max, .logarithm, offsets: packed.offsets)
                    for row in 0..<batch.count {
                        for word in 0..<words {
                            let score = Double(expm1(pooled.floats[row * words + word]) - raise)
                            sums[word] += score
                            squares[word] += score * score
                        }
                    }
                }
            }
        } catch {
            for word in 0..<words { head.bias.floats[word] = given.floats[word] }
            head.bias.storage.didChange()
            throw error
        }
        let count = Double(texts.count)
        for word in 0..<words {
            let mean = sums[word] / count
            let deviation = max(0, squares[word] / count - mean * mean).squareRoot()
            head.bias.floats[word] = given.floats[word] - Float(mean + deviations * deviation)
        }
        head.bias.storage.didChange()
    }
}
