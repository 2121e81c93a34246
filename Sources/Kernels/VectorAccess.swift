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

/// `sums[i] += row[i] * scale`.
@inline(__always)
func addRow(_ row: UnsafePointer<Float>, to sums: UnsafeMutablePointer<Float>, width: Int, scale: Float = 1) {
    var index = 0
    while index < width {
        let count = min(16, width - index)
        storeLanes(loadLanes(sums + index, count: count) + loadLanes(row + index, count: count) * scale, sums + index, count: count)
        index += 16
    }
}

/// The lesser of each two lanes; `a` where one is NaN. Unlike the standard library's function it is always inlined, so that no
/// copy of it compiled for one instruction set is called from code for another.
@inline(__always)
@usableFromInline func lesser(_ a: FloatVector, _ b: FloatVector) -> FloatVector { a.replacing(with: b, where: b .< a) }

/// The greater of each two lanes; `a` where one is NaN.
@inline(__always)
@usableFromInline func greater(_ a: FloatVector, _ b: FloatVector) -> FloatVector { a.replacing(with: b, where: b .> a) }

extension SIMD16<Float> {
    /// The greatest lane.
    @inline(__always)
    var greatest: Float {
        let eight = lowHalf.replacing(with: highHalf, where: highHalf .> lowHalf)
        let four = eight.lowHalf.replacing(with: eight.highHalf, where: eight.highHalf .> eight.lowHalf)
        let two = four.lowHalf.replacing(with: four.highHalf, where: four.highHalf .> four.lowHalf)
        return Swift.max(two.x, two.y)
    }
}
