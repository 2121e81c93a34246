import CSIMD

extension SIMD8<Float> {
    /// The square root of each lane, in one instruction, which the standard library's function is not.
    @inline(__always)
    var squareRoots: SIMD8<Float> { csimd_square_roots(self) }
}

extension SIMD16<Float> {
    /// The square root of each lane.
    @inline(__always)
    var squareRoots: SIMD16<Float> { SIMD16(lowHalf: lowHalf.squareRoots, highHalf: highHalf.squareRoots) }
}
