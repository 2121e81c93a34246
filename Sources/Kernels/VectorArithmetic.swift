import CSIMD

// For sixteen lanes at once. Swift's own of these names go from lane to lane, and the compiler does not always find back to vectors.

extension SIMD16<Float> {
    /// `self + a * b`, rounded once.
    @usableFromInline @_transparent
    func addingProduct(_ a: SIMD16<Float>, _ b: SIMD16<Float>) -> SIMD16<Float> { csimd_fused_multiply_add(a, b, self) }

    @usableFromInline @_transparent
    mutating func addProduct(_ a: SIMD16<Float>, _ b: SIMD16<Float>) { self = csimd_fused_multiply_add(a, b, self) }

    @usableFromInline @_transparent
    static func + (a: SIMD16<Float>, b: Float) -> SIMD16<Float> { a + SIMD16(repeating: b) }

    @usableFromInline @_transparent
    static func + (a: Float, b: SIMD16<Float>) -> SIMD16<Float> { SIMD16(repeating: a) + b }

    @usableFromInline @_transparent
    static func - (a: SIMD16<Float>, b: Float) -> SIMD16<Float> { a - SIMD16(repeating: b) }

    @usableFromInline @_transparent
    static func - (a: Float, b: SIMD16<Float>) -> SIMD16<Float> { SIMD16(repeating: a) - b }

    @usableFromInline @_transparent
    static func * (a: SIMD16<Float>, b: Float) -> SIMD16<Float> { a * SIMD16(repeating: b) }

    @usableFromInline @_transparent
    static func * (a: Float, b: SIMD16<Float>) -> SIMD16<Float> { SIMD16(repeating: a) * b }
}
