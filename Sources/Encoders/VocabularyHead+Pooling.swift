import Kernels
import Tensors

/// The scores of all words for every token of a batch, not computed yet.
public struct VocabularyScores {
    public let head: VocabularyHead
    /// What the decoder is applied to, `[tokens, hidden]`.
    public let transformed: Tensor
}

extension VocabularyScores {
    /// The weight of every word for each sequence, on the tape as one node.
    ///
    /// Scores are made, activated and pooled in tiles; `[tokens, vocabulary]` is never held.
    /// - Returns: `[sequences, vocabulary]`
    func pooled(_ strategy: SpladePooling.Strategy, _ activation: VocabularyActivation, offsets: [Int]) -> Tensor {
        let x = transformed.contiguous(), decoder = head.decoder, bias = head.bias
        let inputs = [x, decoder, bias], precision = ComputePrecision.current
        let result = Tensor(uninitialized: [offsets.count - 1, head.wordCount])
        func product() -> VocabularyProduct {
            VocabularyProduct(hidden: x.floats, offsets: offsets, width: x.shape[1], decoder: decoder.floats, bias: bias.floats,
                              words: decoder.shape[0], precision: precision)
        }
        func gradients() -> (hidden: Tensor?, decoder: Tensor?, bias: Tensor?) {
            (x.requiresGrad ? Tensor(zeros: x.shape) : nil, decoder.requiresGrad ? decoder.accumulatedGrad() : nil,
             bias.requiresGrad ? bias.accumulatedGrad() : nil)
        }
        switch strategy {
        case .max:
            let winners = Tensor.records(inputs) ? Storage(byteCount: result.count * MemoryLayout<Int32>.stride) : nil
            poolVocabularyMax(product(), activation, weights: result.floats, winners: winners?.pointer.assumingMemoryBound(to: Int32.self))
            return result.recorded(as: "vocabulary max", from: inputs) { [result = result.detach()] gradient in
                let sums = gradients()
                poolVocabularyMaxBackward(
                    product(), activation, weights: result.floats, winners: winners!.pointer.assumingMemoryBound(to: Int32.self),
                    gradient: gradient.floats,
                    hiddenGradient: sums.hidden?.floats, decoderGradient: sums.decoder?.floats, biasGradient: sums.bias?.floats)
                return [sums.hidden, nil, nil]
            }
        case .sum:
            poolVocabularySum(product(), activation, weights: result.floats)
            return result.recorded(as: "vocabulary sum", from: inputs) { gradient in
                let sums = gradients()
                poolVocabularySumBackward(
                    product(), activation, gradient: gradient.floats, hiddenGradient: sums.hidden?.floats,
                    decoderGradient: sums.decoder?.floats, biasGradient: sums.bias?.floats)
                return [sums.hidden, nil, nil]
            }
        }
    }
}

extension VocabularyHead {
    /// The mean cross-entropy of the words at some tokens, as one tape node. Scores are made for these tokens alone, some at a time,
    /// and made again in the backward pass.
    /// - Parameters:
    ///   - rows: outputs of the last layer at those tokens, `[rows, hidden]`.
    ///   - targets: the right word of each row.
    /// - Returns: a tensor of one element; zero without rows.
    public func crossEntropy(_ rows: Tensor, targets: [Int32]) throws -> Tensor {
        precondition(rows.shape[0] == targets.count, "\(targets.count) targets for \(rows.shape[0]) rows")
        if targets.isEmpty { return Tensor(zeros: []) }
        let x = transformed(rows)
        let count = targets.count, hidden = x.shape[1], words = wordCount, chunk = 256
        let (decoder, bias) = (self.decoder, self.bias), precision = ComputePrecision.current
        let losses = Tensor(uninitialized: [count]), logSums = Tensor(uninitialized: [count])
        func forEachChunk(_ body: (Range<Int>, UnsafeMutablePointer<Float>) -> Void) {
            let scores = Tensor(uninitialized: [min(chunk, count), words])
            for start in stride(from: 0, to: count, by: chunk) {
                let range = start ..< min(count, start + chunk)
                precision.product(x.floats + start * hidden, .normal, decoder.floats, .transposed, into: scores.floats,
                                  m: range.count, n: words, k: hidden)
                addBias(bias.floats, to: scores.floats, rows: 0..<range.count, width: words)
                body(range, scores.floats)
            }
        }
        targets.withUnsafeBufferPointer { targets in
            forEachChunk { range, scores in
                let start = range.lowerBound
                crossEntropyRows(scores, targets: targets.baseAddress! + start, rows: range.count, words: words,
                                 losses: losses.floats + start, logSums: logSums.floats + start)
            }
        }
        let sum = (0..<count).reduce(0.0) { $0 + Double(losses.floats[$1]) }
        return Tensor([Float(sum / Double(count))], shape: []).recorded(as: "masked words", from: [x, decoder, bias]) { [self] gradient in
            isNew = false
            let scale = gradient.floats[0] / Float(count)
            let inputGradient = Tensor(uninitialized: x.shape)
            targets.withUnsafeBufferPointer { targets in
                forEachChunk { range, scores in
                    let start = range.lowerBound
                    crossEntropyRowsBackward(scores, targets: targets.baseAddress! + start, logSums: logSums.floats + start,
                                             rows: range.count, words: words, scale: scale)
                    precision.product(scores, .normal, decoder.floats, .normal, into: inputGradient.floats + start * hidden,
                                      m: range.count, n: hidden, k: words)
                    ParameterGradient.add(to: [decoder], outputGradient: .float32(scores), rowStride: words, input: .float32(x.floats + start * hidden),
                                          rows: range.count, precision)
                    if bias.requiresGrad { addColumnSums(scores, rows: range.count, width: words, to: bias.accumulatedGrad().floats) }
                }
            }
            return [x.requiresGrad ? inputGradient : nil, nil, nil]
        }
    }
}
