import CSIMD

@inline(__always)
private func broadcast(_ pair: UInt32) -> SIMD8<Int64> { unsafeBitCast(SIMD16<UInt32>(repeating: pair), to: SIMD8<Int64>.self) }

@inline(__always)
private func load(_ pairs: UnsafePointer<UInt32>) -> SIMD8<Int64> { UnsafeRawPointer(pairs).loadUnaligned(as: SIMD8<Int64>.self) }

/// Up to eight rows by 32 columns, held in registers. Rows that do not exist repeat the last and are not written.
func tile32(
    _ a: LeftOperand, _ b: RightOperand, _ c: UnsafeMutablePointer<Float>, _ rowStride: Int, _ rows: Int, _ pairs: Int, _ accumulate: Bool
) {
    var s0 = FloatVector.zero, s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0
    var t0 = s0, t1 = s0, t2 = s0, t3 = s0, t4 = s0, t5 = s0, t6 = s0, t7 = s0
    let r1 = min(1, rows - 1) * a.rowStride, r2 = min(2, rows - 1) * a.rowStride, r3 = min(3, rows - 1) * a.rowStride
    let r4 = min(4, rows - 1) * a.rowStride, r5 = min(5, rows - 1) * a.rowStride, r6 = min(6, rows - 1) * a.rowStride
    let r7 = min(7, rows - 1) * a.rowStride
    var left = a.pairs, right = b.pairs
    for _ in 0..<pairs {
        let low = load(right), high = load(right + 16)
        let a0 = broadcast(left[0]), a1 = broadcast(left[r1]), a2 = broadcast(left[r2]), a3 = broadcast(left[r3])
        s0 = csimd_dot_bf16(s0, a0, low); t0 = csimd_dot_bf16(t0, a0, high)
        s1 = csimd_dot_bf16(s1, a1, low); t1 = csimd_dot_bf16(t1, a1, high)
        s2 = csimd_dot_bf16(s2, a2, low); t2 = csimd_dot_bf16(t2, a2, high)
        s3 = csimd_dot_bf16(s3, a3, low); t3 = csimd_dot_bf16(t3, a3, high)
        let a4 = broadcast(left[r4]), a5 = broadcast(left[r5]), a6 = broadcast(left[r6]), a7 = broadcast(left[r7])
        s4 = csimd_dot_bf16(s4, a4, low); t4 = csimd_dot_bf16(t4, a4, high)
        s5 = csimd_dot_bf16(s5, a5, low); t5 = csimd_dot_bf16(t5, a5, high)
        s6 = csimd_dot_bf16(s6, a6, low); t6 = csimd_dot_bf16(t6, a6, high)
        s7 = csimd_dot_bf16(s7, a7, low); t7 = csimd_dot_bf16(t7, a7, high)
        left += a.pairStride
        right += b.rowStride
    }
    func write(_ low: FloatVector, _ high: FloatVector, _ row: Int) {
        if row >= rows { return }
        let target = c + row * rowStride
        (accumulate ? FloatVector(loading: target) + low : low).store(to: target)
        (accumulate ? FloatVector(loading: target + 16) + high : high).store(to: target + 16)
    }
    write(s0, t0, 0); write(s1, t1, 1); write(s2, t2, 2); write(s3, t3, 3)
    write(s4, t4, 4); write(s5, t5, 5); write(s6, t6, 6); write(s7, t7, 7)
}

/// The same by 16 columns.
func tile16(
    _ a: LeftOperand, _ b: RightOperand, _ c: UnsafeMutablePointer<Float>, _ rowStride: Int, _ rows: Int, _ pairs: Int, _ accumulate: Bool
) {
    var s0 = FloatVector.zero, s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0
    let r1 = min(1, rows - 1) * a.rowStride, r2 = min(2, rows - 1) * a.rowStride, r3 = min(3, rows - 1) * a.rowStride
    let r4 = min(4, rows - 1) * a.rowStride, r5 = min(5, rows - 1) * a.rowStride, r6 = min(6, rows - 1) * a.rowStride
    let r7 = min(7, rows - 1) * a.rowStride
    var left = a.pairs, right = b.pairs
    for _ in 0..<pairs {
        let values = load(right)
        s0 = csimd_dot_bf16(s0, broadcast(left[0]), values)
        s1 = csimd_dot_bf16(s1, broadcast(left[r1]), values)
        s2 = csimd_dot_bf16(s2, broadcast(left[r2]), values)
        s3 = csimd_dot_bf16(s3, broadcast(left[r3]), values)
        s4 = csimd_dot_bf16(s4, broadcast(left[r4]), values)
        s5 = csimd_dot_bf16(s5, broadcast(left[r5]), values)
        s6 = csimd_dot_bf16(s6, broadcast(left[r6]), values)
        s7 = csimd_dot_bf16(s7, broadcast(left[r7]), values)
        left += a.pairStride
        right += b.rowStride
    }
    func write(_ values: FloatVector, _ row: Int) {
        if row >= rows { return }
        let target = c + row * rowStride
        (accumulate ? FloatVector(loading: target) + values : values).store(to: target)
    }
    write(s0, 0); write(s1, 1); write(s2, 2); write(s3, 3); write(s4, 4); write(s5, 5); write(s6, 6); write(s7, 7)
}
