/// Eight float32 lanes: one register with AVX2.
typealias HalfVector = SIMD8<Float>

extension SIMD8 where Scalar == Float {
    /// Eight neighbours in memory, at any alignment.
    @inline(__always)
    init(loading pointer: UnsafePointer<Float>) { self = UnsafeRawPointer(pointer).loadUnaligned(as: SIMD8<Float>.self) }

    /// Writes all lanes, at any alignment.
    @inline(__always)
    func store(to pointer: UnsafeMutablePointer<Float>) { UnsafeMutableRawPointer(pointer).storeBytes(of: self, as: SIMD8<Float>.self) }

    /// Writes all lanes, or adds them to what is there.
    @inline(__always)
    func write(to pointer: UnsafeMutablePointer<Float>, adds: Bool) { (adds ? SIMD8(loading: pointer) + self : self).store(to: pointer) }
}
