import Kernels

extension Tensor {
    /// The running log-sum-exp along `dim`: element k is the logarithm of the sum of the exponentials of elements 0...k.
    /// The shape stays. On the tape.
    public func logCumSumExp(dim: Int) throws -> Tensor {
        let axis = dim < 0 ? dim &+ rank : dim
        guard (0..<rank).contains(axis) else {
            throw TensorError("logCumSumExp: dimension \(dim) of a tensor of shape \(shape)")
        }
        guard dtype == .float32 else { throw TensorError("logCumSumExp: a float32 tensor is wanted, this one is \(dtype)") }
        let outer = shape[..<axis].reduce(1, *), length = shape[axis], inner = shape[(axis + 1)...].reduce(1, *)
        let input = try dense
        let output = try Tensor(allocating: shape, for: "logCumSumExp")
        logCumulativeSumExp(input.floats, into: output.floats, outer: outer, length: length, inner: inner)
        // The closure must not keep the result itself alive, only its values.
        let values = output.detach()
        return output.recorded(as: "logCumSumExp", from: [self]) { [shape] gradient in
            let inputGradient = try Tensor(allocating: shape, for: "logCumSumExp")
            logCumulativeSumExpGradient(gradient.floats, input: input.floats, output: values.floats, into: inputGradient.floats,
                                        outer: outer, length: length, inner: inner)
            return [inputGradient]
        }
    }
}
