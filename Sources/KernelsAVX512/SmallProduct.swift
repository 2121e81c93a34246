/// `c[m, n] = a[m, k] * b[k, n]` (or `c +=`), float32, on the calling thread: for the small matrices of attention.
///
/// - Parameters:
///   - rowStrideA, columnStrideA: elements between rows and columns of `a`, so that a transposed matrix can be read in place.
///   - n: a multiple of 16.
///   - accumulate: whether `c` is added to instead of overwritten.
@inline(__always)
func smallProduct(
    _ a: UnsafePointer<Float>, rowStrideA: Int, columnStrideA: Int = 1,
    _ b: UnsafePointer<Float>, rowStrideB: Int,
    into c: UnsafeMutablePointer<Float>, rowStrideC: Int, m: Int, n: Int, k: Int, accumulate: Bool = false
) {
    var column = 0
    while column < n {
        for row in stride(from: 0, to: m, by: 8) {
            let left = a + row * rowStrideA, target = c + row * rowStrideC + column, rows = min(8, m - row)
            if column + 32 <= n {
                tile32(left, rowStrideA, columnStrideA, b + column, rowStrideB, target, rowStrideC, rows, k, accumulate)
            } else {
                tile16(left, rowStrideA, columnStrideA, b + column, rowStrideB, target, rowStrideC, rows, k, accumulate)
            }
        }
        column += 32
    }
}

/// Up to eight rows by 32 columns, held in registers. Rows that do not exist repeat the last and are not written.
private func tile32(
    _ a: UnsafePointer<Float>, _ rowStrideA: Int, _ columnStrideA: Int, _ b: UnsafePointer<Float>, _ rowStrideB: Int,
    _ c: UnsafeMutablePointer<Float>, _ rowStrideC: Int, _ rows: Int, _ k: Int, _ accumulate: Bool
) {
    var s0 = FloatVector.zero, s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0
    var t0 = s0, t1 = s0, t2 = s0, t3 = s0, t4 = s0, t5 = s0, t6 = s0, t7 = s0
    let r1 = min(1, rows - 1) * rowStrideA, r2 = min(2, rows - 1) * rowStrideA, r3 = min(3, rows - 1) * rowStrideA
    let r4 = min(4, rows - 1) * rowStrideA, r5 = min(5, rows - 1) * rowStrideA, r6 = min(6, rows - 1) * rowStrideA
    let r7 = min(7, rows - 1) * rowStrideA
    var left = a, right = b
    for _ in 0..<k {
        let low = FloatVector(loading: right), high = FloatVector(loading: right + 16)
        let a0 = FloatVector(repeating: left[0]), a1 = FloatVector(repeating: left[r1])
        s0.addProduct(a0, low); t0.addProduct(a0, high)
        s1.addProduct(a1, low); t1.addProduct(a1, high)
        let a2 = FloatVector(repeating: left[r2]), a3 = FloatVector(repeating: left[r3])
        s2.addProduct(a2, low); t2.addProduct(a2, high)
        s3.addProduct(a3, low); t3.addProduct(a3, high)
        let a4 = FloatVector(repeating: left[r4]), a5 = FloatVector(repeating: left[r5])
        s4.addProduct(a4, low); t4.addProduct(a4, high)
        s5.addProduct(a5, low); t5.addProduct(a5, high)
        let a6 = FloatVector(repeating: left[r6]), a7 = FloatVector(repeating: left[r7])
        s6.addProduct(a6, low); t6.addProduct(a6, high)
        s7.addProduct(a7, low); t7.addProduct(a7, high)
        left += columnStrideA
        right += rowStrideB
    }
    func write(_ low: FloatVector, _ high: FloatVector, _ row: Int) {
        if row >= rows { return }
        let target = c + row * rowStrideC
        (accumulate ? FloatVector(loading: target) + low : low).store(to: target)
        (accumulate ? FloatVector(loading: target + 16) + high : high).store(to: target + 16)
    }
    write(s0, t0, 0); write(s1, t1, 1); write(s2, t2, 2); write(s3, t3, 3)
    write(s4, t4, 4); write(s5, t5, 5); write(s6, t6, 6); write(s7, t7, 7)
}

/// The same by 16 columns.
private func tile16(
    _ a: UnsafePointer<Float>, _ rowStrideA: Int, _ columnStrideA: Int, _ b: UnsafePointer<Float>, _ rowStrideB: Int,
    _ c: UnsafeMutablePointer<Float>, _ rowStrideC: Int, _ rows: Int, _ k: Int, _ accumulate: Bool
) {
    var s0 = FloatVector.zero, s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0
    let r1 = min(1, rows - 1) * rowStrideA, r2 = min(2, rows - 1) * rowStrideA, r3 = min(3, rows - 1) * rowStrideA
    let r4 = min(4, rows - 1) * rowStrideA, r5 = min(5, rows - 1) * rowStrideA, r6 = min(6, rows - 1) * rowStrideA
    let r7 = min(7, rows - 1) * rowStrideA
    var left = a, right = b
    for _ in 0..<k {
        let values = FloatVector(loading: right)
        s0.addProduct(FloatVector(repeating: left[0]), values)
        s1.addProduct(FloatVector(repeating: left[r1]), values)
        s2.addProduct(FloatVector(repeating: left[r2]), values)
        s3.addProduct(FloatVector(repeating: left[r3]), values)
        s4.addProduct(FloatVector(repeating: left[r4]), values)
        s5.addProduct(FloatVector(repeating: left[r5]), values)
        s6.addProduct(FloatVector(repeating: left[r6]), values)
        s7.addProduct(FloatVector(repeating: left[r7]), values)
        left += columnStrideA
        right += rowStrideB
    }
    func write(_ values: FloatVector, _ row: Int) {
        if row >= rows { return }
        let target = c + row * rowStrideC
        (accumulate ? FloatVector(loading: target) + values : values).store(to: target)
    }
    write(s0, 0); write(s1, 1); write(s2, 2); write(s3, 3); write(s4, 4); write(s5, 5); write(s6, 6); write(s7, 7)
}
