/// Reads the first `count` of sixteen floats, the rest zero; sixteen or more reads a whole vector. For row loops whose
/// last step may be short.
@inline(__always)
func loadLanes(_ source: UnsafePointer<Float>, count: Int = 16) -> FloatVector {
    count >= 16 ? FloatVector(loading: source) : FloatVector(loading: source, count: count)
}

/// Writes the first `count` of sixteen floats.
@inline(__always)
func storeLanes(_ lanes: FloatVector, _ target: UnsafeMutablePointer<Float>, count: Int = 16) {
    if count >= 16 { lanes.store(to: target) } else { lanes.store(to: target, count: count) }
}

/// The lesser of each two lanes; `a` where one is NaN. Unlike the standard library's function it is always inlined, so that no
/// copy of it compiled for one instruction set is called from code for another.
@inline(__always)
@usableFromInline func lesser(_ a: FloatVector, _ b: FloatVector) -> FloatVector { a.replacing(with: b, where: b .< a) }

/// The greater of each two lanes; `a` where one is NaN.
@inline(__always)
@usableFromInline func greater(_ a: FloatVector, _ b: FloatVector) -> FloatVector { a.replacing(with: b, where: b .> a) }
