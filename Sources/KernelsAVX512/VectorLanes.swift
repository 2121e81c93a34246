import CSIMD

// One instruction each. What Swift's vectors do lane by lane the compiler may not find back to one, and then it takes whole loops apart.

/// Reads the first `count` of sixteen floats, the rest zero; sixteen or more reads a whole vector. For row loops whose
/// last step may be short.
@inline(__always)
func loadLanes(_ source: UnsafePointer<Float>, count: Int = 16) -> FloatVector {
    count >= 16 ? FloatVector(loading: source) : csimd_load_lanes(source, count)
}

/// Writes the first `count` of sixteen floats.
@inline(__always)
func storeLanes(_ lanes: FloatVector, _ target: UnsafeMutablePointer<Float>, count: Int = 16) {
    if count >= 16 { lanes.store(to: target) } else { csimd_store_lanes(target, lanes, count) }
}

/// The lesser of each two lanes; `a` where one is NaN.
@inline(__always)
@usableFromInline func lesser(_ a: FloatVector, _ b: FloatVector) -> FloatVector { csimd_lesser(a, b) }

/// The greater of each two lanes; `a` where one is NaN.
@inline(__always)
@usableFromInline func greater(_ a: FloatVector, _ b: FloatVector) -> FloatVector { csimd_greater(a, b) }
