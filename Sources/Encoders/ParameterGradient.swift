import Kernels
import Tensors

/// How coarse nodes add to the gradients of parameters, in place and only where one is wanted.
enum ParameterGradient {
    /// `gradient += outputGradient^T * input` for weights that lie one below the other as one product.
    ///
    /// - Parameters:
    ///   - weights: each `[outputs, inputs]`.
    ///   - outputGradient: `[rows, rowStride]`, the columns of the first weight first, bits of bfloat16 only in that precision.
    ///   - input: `[rows, inputs]`, likewise.
    static func add(
        to weights: [Tensor], outputGradient: MatrixElements, rowStride: Int, input: MatrixElements, rows: Int,
        _ precision: ComputePrecision = .float32
    ) {
        let inputs = weights[0].shape[1]
        if weights.allSatisfy(\.requiresGrad) {
            let outputs = weights.reduce(0) { $0 + $1.shape[0] }
            let isFresh = weights.allSatisfy { $0.grad == nil }
            if isFresh { shareGradients(of: weights) }
            if let start = commonStart(weights.map { $0.grad }) {
                precision.weightGradient(outputGradient, rowStride: rowStride, input: input, into: start, rows: rows, outputs: outputs,
                                         inputs: inputs, beta: isFresh ? 0 : 1)
                return
            }
        }
        var column = 0
        for weight in weights {
            if let (gradient, beta) = target(of: weight) {
                precision.weightGradient(outputGradient + column, rowStride: rowStride, input: input, into: gradient, rows: rows,
                                         outputs: weight.shape[0], inputs: inputs, beta: beta)
            }
            column += weight.shape[0]
        }
    }

    /// The gradient of `weight` and 1, or fresh memory and 0; nil if it is frozen.
    static func target(of weight: Tensor) -> (elements: UnsafeMutablePointer<Float>, beta: Float)? {
        guard weight.requiresGrad else { return nil }
        if let gradient = weight.grad { return (gradient.floats, 1) }
        let fresh = Tensor(uninitialized: weight.shape)
        weight.grad = fresh
        return (fresh.floats, 0)
    }

    /// Adds consecutive sums, `[width]` for each tensor, to the gradients of those that want one.
    static func add(sums: Tensor?, to vectors: [Tensor]) {
        guard let sums else { return }
        var start = sums.floats
        for vector in vectors {
            if vector.requiresGrad { accumulate(start, into: vector.accumulatedGrad().floats, count: vector.count) }
            start += vector.count
        }
    }

    /// Zeros for the sums of `vectors`, nil if none wants a gradient.
    static func sums(for vectors: [Tensor]) -> Tensor? {
        vectors.contains(where: \.requiresGrad) ? Tensor(zeros: [vectors.reduce(0) { $0 + $1.count }]) : nil
    }

    /// Gives weights one storage for their gradients, one below the other.
    private static func shareGradients(of weights: [Tensor]) {
        let inputs = weights[0].shape[1]
        let storage = Storage(byteCount: weights.reduce(0) { $0 + $1.count } * MemoryLayout<Float>.stride)
        var row = 0
        for weight in weights {
            weight.grad = Tensor(storage: storage, shape: weight.shape, offset: row * inputs, dtype: .float32)
            row += weight.shape[0]
        }
    }

    /// The start of tensors that follow one another in memory, nil if they do not.
    static func commonStart(_ tensors: [Tensor?]) -> UnsafeMutablePointer<Float>? {
        guard let first = tensors.first ?? nil, first.isContiguous else { return nil }
        var next = first.floats + first.count
        for tensor in tensors.dropFirst() {
            guard let tensor, tensor.isContiguous, tensor.floats == next else { return nil }
            next += tensor.count
        }
        return first.floats
    }
}
