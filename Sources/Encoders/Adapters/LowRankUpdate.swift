import Kernels
import Tensors

/// A low-rank change of a linear layer: `scaling * dropout(x) A^T B^T` is added to its output (LoRA, Hu et al. 2021,
/// https://arxiv.org/abs/2106.09685).
public final class LowRankUpdate {
    /// `[rank, inputs]`
    public let a: Tensor
    /// `[outputs, rank]`
    public let b: Tensor
    public let scaling: Float
    /// Of the update's input while training.
    public let dropoutProbability: Float

    init(a: Tensor, b: Tensor, scaling: Float, dropoutProbability: Float) {
        self.a = a
        self.b = b
        self.scaling = scaling
        self.dropoutProbability = dropoutProbability
    }

    var rank: Int { a.shape[0] }

    /// `scaling * B A`, `[outputs, inputs]`: what is added to the layer's weight.
    var weightChange: Tensor {
        let change = Tensor(uninitialized: [b.shape[0], a.shape[1]])
        matrixProduct(b.floats, .normal, a.floats, .normal, into: change.floats, m: b.shape[0], n: a.shape[1], k: rank, alpha: scaling)
        return change
    }

    /// A fresh dropout; nil if nothing is dropped.
    func freshDropout() -> Dropout? {
        guard dropoutProbability > 0 else { return nil }
        let source = Generator.shared.nextStream()
        return Dropout(probability: dropoutProbability, philox: source.philox, stream: source.stream)
    }
}

/// The dropout that each update of a layer makes in one forward pass, by the update's identity. Updates that are not in it
/// drop nothing.
typealias UpdateDropout = [ObjectIdentifier: Dropout]

/// What the low-rank updates of one linear layer leave for the backward pass.
struct UpdatePass {
    struct Step {
        let update: LowRankUpdate
        let dropout: Dropout?
        /// `dropout(x) A^T`, `[rows, rank]`
        let reduced: Tensor
    }

    let steps: [Step]

    /// Whether the layer has no updates.
    var isEmpty: Bool { steps.isEmpty }

    /// Whether a gradient of any update is wanted.
    var isTrained: Bool { steps.contains { $0.update.a.requiresGrad || $0.update.b.requiresGrad } }

    /// Adds to the gradients of the updates and to that of the layer's input.
    ///
    /// - Parameters:
    ///   - gradient: of the layer's output, rows `rowStride` apart.
    ///   - input: `[rows, inputs]`
    ///   - inputGradient: `[rows, inputs]`, added to; nil where it is not wanted.
    func backward(_ gradient: UnsafePointer<Float>, rowStride: Int, rows: Int, input: UnsafePointer<Float>,
        inputGradient: UnsafeMutablePointer<Float>?) {
        for step in steps {
            let reducedGradient = step.reducedGradient(gradient, rowStride: rowStride, rows: rows)
            if let inputGradient { step.addInputGradient(reducedGradient, to: inputGradient) }
            step.addParameterGradients(gradient, rowStride: rowStride, reducedGradient, input: input)
        }
    }
}

extension UpdatePass.Step {
    /// `scaling * gradient B`, `[rows, rank]`
    func reducedGradient(_ gradient: UnsafePointer<Float>, rowStride: Int, rows: Int) -> Tensor {
        let result = Tensor(uninitialized: [rows, update.rank])
        matrixProduct(gradient, .normal, update.b.floats, .normal, into: result.floats, m: rows, n: update.rank, k: update.b.shape[0],
                      alpha: update.scaling, rowStrideA: rowStride)
        return result
    }

    func addInputGradient(_ reducedGradient: Tensor, to inputGradient: UnsafeMutablePointer<Float>) {
        let rows = reducedGradient.shape[0], inputs = update.a.shape[1]
        guard let dropout else {
            matrixProduct(reducedGradient.floats, .normal, update.a.floats, .normal, into: inputGradient, m: rows, n: inputs, k: update.rank, beta: 1)
            return
        }
        let part = Tensor(uninitialized: [rows, inputs])
        matrixProduct(reducedGradient.floats, .normal, update.a.floats, .normal, into: part.floats, m: rows, n: inputs, k: update.rank)
        applyDropout(dropout, to: part.floats, into: inputGradient, count: part.count, accumulates: true)
    }

    func addParameterGradients(_ gradient: UnsafePointer<Float>, rowStride: Int, _ reducedGradient: Tensor, input: UnsafePointer<Float>) {
        let rows = reducedGradient.shape[0]
        if update.b.requiresGrad {
            matrixProduct(gradient, .transposed, reduced.floats, .normal, into: update.b.accumulatedGrad().floats,
                          m: update.b.shape[0], n: update.rank, k: rows, alpha: update.scaling, beta: 1, rowStrideA: rowStride)
        }
        if update.a.requiresGrad {
            let kept = droppedInput(input, rows: rows, width: update.a.shape[1], dropout)
            matrixProduct(reducedGradient.floats, .transposed, kept.map { UnsafePointer($0.floats) } ?? input, .normal,
                into: update.a.accumulatedGrad().floats,
                          m: update.rank, n: update.a.shape[1], k: rows, beta: 1)
        }
    }
}

extension Linear {
    /// The tensors of the updates in force.
    var updateParameters: [Tensor] { updates.flatMap { [$0.a, $0.b] } }

    /// Adds what the layer's updates give to `target`.
    ///
    /// - Parameters:
    ///   - rowStride: elements between rows of `target`.
    ///   - input: `[rows, inputs]`
    ///   - overwrites: whether the first update overwrites `target`; it is left alone if there are no updates.
    func addUpdates(
        to target: UnsafeMutablePointer<Float>, rowStride: Int, input: UnsafePointer<Float>, rows: Int, _ dropouts: UpdateDropout,
        overwrites: Bool = false
    ) -> UpdatePass {
        if updates.isEmpty { return UpdatePass(steps: []) }
        return UpdatePass(steps: updates.enumerated().map { index, update in
            let dropout = dropouts[ObjectIdentifier(update)]
            let kept = droppedInput(input, rows: rows, width: inputCount, dropout)
            let reduced = Tensor(uninitialized: [rows, update.rank])
            matrixProduct(kept.map { UnsafePointer($0.floats) } ?? input, .normal, update.a.floats, .transposed, into: reduced.floats, m: rows,
                n: update.rank, k: inputCount)
            matrixProduct(reduced.floats, .normal, update.b.floats, .transposed, into: target, m: rows, n: outputCount, k: update.rank,
                          alpha: update.scaling, beta: overwrites && index == 0 ? 0 : 1, rowStrideC: rowStride)
            return UpdatePass.Step(update: update, dropout: dropout, reduced: reduced)
        })
    }

    /// A fresh dropout for each update that has one.
    func addFreshDropouts(to dropouts: inout UpdateDropout) {
        for update in updates { dropouts[ObjectIdentifier(update)] = update.freshDropout() }
    }
}

/// A copy of `input` with elements dropped; nil without dropout.
private func droppedInput(_ input: UnsafePointer<Float>, rows: Int, width: Int, _ dropout: Dropout?) -> Tensor? {
    guard let dropout else { return nil }
    let result = Tensor(uninitialized: [rows, width])
    applyDropout(dropout, to: input, into: result.floats, count: result.count)
    return result
}
