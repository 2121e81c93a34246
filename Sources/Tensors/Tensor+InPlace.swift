import Kernels

extension Tensor {
    /// Sets every element of this tensor's memory to `value`; views of it change too.
    /// - Throws: if the tape needs the old values.
    public func fillInPlace(_ value: Double) throws {
        try copyInPlace(dtype == .float32 ? Tensor.scalar(Float(value)) : Tensor([try Tensor.integer(value, of: "fill_")], shape: []))
    }

    /// Writes the elements of `source`, broadcast to this shape, over this tensor's; views of it change too.
    /// - Throws: if the tape needs the old values, or the shapes do not fit.
    public func copyInPlace(_ source: Tensor) throws {
        try requireChangeable("copy_")
        guard try Shape.broadcast(shape, source.shape, of: "copy_") == shape else {
            throw TensorError("copy_: a source of shape \(source.shape) does not fit into shape \(shape)")
        }
        guard !zip(shape, strides).contains(where: { $0 > 1 && $1 == 0 }) else {
            throw TensorError("copy_: the tensor of shape \(shape) repeats one element (expand); write to a clone() of it")
        }
        // A copy first: the source may overlap the memory written to.
        let values = try GradientTape.noGrad { try source.to(dtype).expand(shape).copy(for: "copy_") }
        copyToStrided(from: values.start, strides: strides, shape: shape, elementSize: dtype.byteCount, to: start)
        storage.didChange()
    }

    /// Throws if writing to this tensor's memory would make gradients wrong.
    public func requireChangeable(_ operation: String) throws {
        if node != nil {
            throw TensorError("""
                \(operation): this tensor of shape \(shape) is a result on the tape ('\(node!.name)'), changing it in place \
                would make gradients wrong; change a clone of it, or use where/masked_fill
                """)
        }
        if requiresGrad && GradientTape.isRecording {
            throw TensorError("""
                \(operation): this tensor of shape \(shape) requires a gradient and cannot be changed in place while operations \
                are recorded; do it inside no_grad
                """)
        }
    }
}
