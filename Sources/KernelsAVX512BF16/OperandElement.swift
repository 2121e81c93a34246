import CSIMD

/// What rows that products read are made of: here bits of bfloat16.
public typealias OperandElement = UInt16

/// The first `count` of sixteen neighbouring elements, the rest zero; sixteen or more reads all.
@inline(__always)
func operandLanes(_ source: UnsafePointer<OperandElement>, count: Int) -> FloatVector { UInt16.lanes(source, count: count) }

/// Writes the first `count` of sixteen elements; sixteen or more writes all.
@inline(__always)
func storeOperandLanes(_ lanes: FloatVector, _ target: UnsafeMutablePointer<OperandElement>, count: Int) {
    if count >= 16 {
        UnsafeMutableRawPointer(target).storeBytes(of: csimd_round_bf16_16(lanes), as: SIMD4<Int64>.self)
    } else {
        csimd_store_bf16_lanes(target, lanes, count)
    }
}

/// `sums += ` the rows of a range of `[rows, width]`, bits of bfloat16.
public func addRows(_ rows: Range<Int>, of values: UnsafePointer<UInt16>, width: Int, to sums: UnsafeMutablePointer<Float>) {
    for row in rows {
        for index in stride(from: 0, to: width, by: 16) {
            let count = min(16, width - index)
            storeLanes(loadLanes(sums + index, count: count) + operandLanes(values + row * width + index, count: count), sums + index, count: count)
        }
    }
}
