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

extension SIMD16<Float> {
    /// The greatest lane.
    @inline(__always)
    var greatest: Float {
        let eight = pointwiseMax(lowHalf, highHalf)
        let four = pointwiseMax(eight.lowHalf, eight.highHalf)
        let two = pointwiseMax(four.lowHalf, four.highHalf)
        return Swift.max(two.x, two.y)
    }
}
