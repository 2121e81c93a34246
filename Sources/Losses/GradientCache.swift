import Tensors

/// Gradients of a loss over many inputs with the memory of a few.
///
/// The model first scores all inputs in mini-batches without recording. The loss is computed on these scores, and its
/// gradient with respect to each is kept. In the backward pass each mini-batch is scored again, now recorded, and its
/// part of the gradient goes through the model; only one mini-batch of activations exists at any time. The generator is
/// set back to its state before the first scoring, so dropout drops the same elements both times.
/// (Gao, Zhang, Han, Callan 2021: Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup,
/// arXiv 2101.06983.)
package enum GradientCache {
    /// `count` inputs in mini-batches of `size`.
    package static func passes(over count: Int, of size: Int) -> [Range<Int>] {
        stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
    }

    /// The loss on the tape.
    ///
    /// - Parameters:
    ///   - passes: the inputs of each mini-batch, which together cover all inputs in order.
    ///   - generator: what the model takes its random numbers from.
    ///   - onMiniBatch: told how many inputs have been scored, in the first and again in the second pass.
    ///   - score: scores the inputs of a range, first dimension the inputs; must give the same for the same state of the generator.
    ///   - loss: one element from the scores of all inputs.
    package static func value(passes ranges: [Range<Int>], generator: Generator, onMiniBatch: ((Int) -> Void)? = nil,
                      score: @escaping (Range<Int>) throws -> Tensor, loss: (Tensor) throws -> Tensor) throws -> Tensor {
        var states: [Generator.State] = []
        let scores = try GradientTape.noGrad {
            try Tensor.cat(ranges.map { range in
                states.append(generator.state)
                defer { onMiniBatch?(range.upperBound) }
                return try score(range)
            }, dim: 0)
        }
        guard GradientTape.isRecording else { return try loss(scores) }

        let leaf = scores.detach()
        leaf.requiresGrad = true
        let value = try loss(leaf)
        try value.backward()
        let cached = leaf.accumulatedGrad()

        // Stands for the model's parameters on the tape, which get their gradients from the inner backward passes.
        let parameters = Tensor.scalar(0)
        parameters.requiresGrad = true
        return value.detach().recorded(as: "gradientCache", from: [parameters]) { gradient in
            let after = generator.state
            defer { generator.state = after }
            for (range, state) in zip(ranges, states) {
                generator.state = state
                let scores = try GradientTape.enableGrad { try score(range) }
                if scores.requiresGrad {
                    try scores.backward(try cached.narrow(dim: 0, start: range.lowerBound, length: range.count) * gradient)
                }
                onMiniBatch?(range.upperBound)
            }
            return [nil]
        }
    }
}
