import Kernels

extension Tensor {
    /// This tensor if its elements lie in row-major order without gaps, else a copy that does. On the tape. The program ends if there is
    /// no memory for the copy; ``clone()`` and ``dense`` throw.
    public func contiguous() -> Tensor {
        if isContiguous { return self }
        return contiguousCopy().recorded(as: "contiguous", from: [self]) { [$0] }
    }

    /// A fresh row-major copy, off the tape. The program ends if there is no memory for it.
    public func contiguousCopy() -> Tensor {
        let copy = Tensor(uninitialized: shape, dtype: dtype)
        write(to: copy)
        return copy
    }

    /// The same for `operation`.
    /// - Throws: ``TensorError`` if there is no memory for it.
    func copy(for operation: String) throws -> Tensor {
        let copy = try Tensor(allocating: shape, dtype: dtype, for: operation)
        write(to: copy)
        return copy
    }

    private func write(to copy: Tensor) {
        let size = dtype.byteCount
        copyStrided(from: storage.pointer + offset * size, strides: strides, shape: shape, elementSize: size, to: copy.storage.pointer)
    }

    /// The elements in row-major order.
    public func floatArray() -> [Float] {
        let source = contiguous()
        return Array(UnsafeBufferPointer(start: source.floats, count: count))
    }

    /// Adds `other`, of the same shape, to this contiguous float32 tensor's memory.
    public func addInPlace(_ other: Tensor) {
        precondition(shape == other.shape && isContiguous, "addInPlace of \(other.shape) to \(shape)")
        accumulate(other.contiguous().floats, into: floats, count: count)
    }
}
