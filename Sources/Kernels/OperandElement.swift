/// What rows that products read are made of: here float32.
public typealias OperandElement = Float

/// The first `count` of sixteen neighbouring elements, the rest zero; sixteen or more reads all.
@inline(__always)
func operandLanes(_ source: UnsafePointer<OperandElement>, count: Int) -> FloatVector { loadLanes(source, count: count) }

/// Writes the first `count` of sixteen elements; sixteen or more writes all.
@inline(__always)
func storeOperandLanes(_ lanes: FloatVector, _ target: UnsafeMutablePointer<OperandElement>, count: Int) {
    storeLanes(lanes, target, count: count)
}
