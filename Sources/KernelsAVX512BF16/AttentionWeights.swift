import CSIMD

/// `e^x` as exact as the products that follow, whose operands are bfloat16.
@inline(__always)
func attentionWeights(_ x: FloatVector) -> FloatVector { csimd_coarse_exp(x) }

/// Puts up to 32 neighbouring weights, from an even multiple of sixteen on, where ``LeftOperand/init(weights:width:)`` looks for them;
/// weights further on stay what they are.
@inline(__always)
func storeWeights(_ low: FloatVector, _ high: FloatVector?, index: Int, ofRow row: UnsafeMutablePointer<Float>) {
    let target = UnsafeMutableRawPointer(row + index / 2)
    if let high {
        target.storeBytes(of: csimd_round_bf16(low, high), as: SIMD8<Int64>.self)
    } else {
        target.storeBytes(of: csimd_round_bf16_16(low), as: SIMD4<Int64>.self)
    }
}

extension LeftOperand {
    /// Rows of `width` that ``storeWeights(_:_:index:ofRow:)`` has put there.
    @inline(__always)
    init(weights: UnsafeMutablePointer<Float>, width: Int) {
        self.init(pairs: UnsafeMutableRawPointer(weights).assumingMemoryBound(to: UInt32.self), rowStride: width)
    }
}
