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
