/// `e^x` as exact as the products that follow: here in float32.
@inline(__always)
func attentionWeights(_ x: FloatVector) -> FloatVector { VectorMath.exp(x) }

/// Puts up to 32 neighbouring weights, from an even multiple of sixteen on, where ``LeftOperand/init(weights:width:)`` looks for them;
/// weights further on stay what they are.
@inline(__always)
func storeWeights(_ low: FloatVector, _ high: FloatVector?, index: Int, ofRow row: UnsafeMutablePointer<Float>) {
    low.store(to: row + index)
    high?.store(to: row + index + 16)
}

extension LeftOperand {
    /// Rows of `width` that ``storeWeights(_:_:index:ofRow:)`` has put there.
    @inline(__always)
    init(weights: UnsafeMutablePointer<Float>, width: Int) { self.init(elements: weights, rowStride: width) }
}
