/// `value * 2^n` for whole numbers `n` from -151 to 128.
@inline(__always)
@usableFromInline func scaled(_ value: FloatVector, byPowerOfTwo n: FloatVector) -> FloatVector {
    // In two factors, since neither 2^128 nor 2^-151 is a normal number. Adding 1.5 * 2^23 leaves n in the low bits.
    let shift = FloatVector(repeating: 0x1.8p23)
    let exponent = unsafeBitCast(n + shift, to: SIMD16<Int32>.self) &- unsafeBitCast(shift, to: SIMD16<Int32>.self)
    let half = exponent &>> 1
    let first = unsafeBitCast((half &+ 127) &<< 23, to: FloatVector.self)
    let second = unsafeBitCast((exponent &- half &+ 127) &<< 23, to: FloatVector.self)
    return value * first * second
}
