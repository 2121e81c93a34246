import CSIMD

// Inner dimensions are taken two elements at a time: a pair of bfloat16 values is what one instruction multiplies. A missing
// second element is zero on both sides.

/// A matrix that multiplies from the left: here pairs of bfloat16 values.
struct LeftOperand {
    let pairs: UnsafePointer<UInt32>
    let rowStride: Int
    var pairStride = 1
}

/// A matrix that multiplies from the right: `[pairs, columns]`, here of bfloat16 values.
struct RightOperand {
    let pairs: UnsafePointer<UInt32>
    let rowStride: Int
}

@inline(__always)
private func pairs(_ memory: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<UInt32> {
    UnsafeMutableRawPointer(memory).assumingMemoryBound(to: UInt32.self)
}

extension UnsafeMutablePointer<UInt32> {
    /// Writes sixteen pairs.
    @inline(__always)
    fileprivate func store(_ values: SIMD8<Int64>) { UnsafeMutableRawPointer(self).storeBytes(of: values, as: SIMD8<Int64>.self) }
}

/// Rounds `columns` adjacent values times `scale` to pairs, the rest up to `width`, a multiple of 16, to zero. `target` may be `source`.
@inline(__always)
private func roundRow<Source: OperandSource>(
    _ source: UnsafePointer<Source>, columns: Int, scale: Float = 1, to target: UnsafeMutablePointer<UInt32>, width: Int
) {
    for index in stride(from: 0, to: width, by: 32) {
        let low = Source.lanes(source + index, count: max(0, columns - index)) * scale
        let high = Source.lanes(source + index + 16, count: max(0, columns - index - 16)) * scale
        let values = csimd_round_bf16(low, high)
        // The last half may be the end of the memory.
        if index + 32 <= width {
            (target + index / 2).store(values)
        } else {
            UnsafeMutableRawPointer(target + index / 2).storeBytes(of: values.lowHalf, as: SIMD4<Int64>.self)
        }
    }
}

/// Pairs of two rows of `columns`, without the second one of the first and zeros, up to `width` columns.
@inline(__always)
private func pairRows<Source: OperandSource>(
    _ first: UnsafePointer<Source>, _ second: UnsafePointer<Source>?, columns: Int, scale: Float = 1,
    to target: UnsafeMutablePointer<UInt32>, width: Int
) {
    for index in stride(from: 0, to: width, by: 16) {
        let low = Source.lanes(first + index, count: max(0, columns - index)) * scale
        let high = second.map { Source.lanes($0 + index, count: max(0, columns - index)) * scale } ?? .zero
        (target + index).store(csimd_pair_bf16(low, high))
    }
}

extension RightOperand {
    /// Rows of `columns` for the right, filled up to `width` with zeros. - Parameter room: `rows * width` elements.
    @inline(__always)
    init<Source: OperandSource>(
        rows source: UnsafePointer<Source>, stride: Int, count: Int, columns: Int, scale: Float = 1, room: UnsafeMutablePointer<Float>, width: Int
    ) {
        let target = KernelsAVX512BF16.pairs(room)
        for row in Swift.stride(from: 0, to: count, by: 2) {
            pairRows(source + row * stride, row + 1 < count ? source + (row + 1) * stride : nil, columns: columns, scale: scale,
                     to: target + row / 2 * width, width: width)
        }
        self.init(pairs: target, rowStride: width)
    }

    /// The transposed matrix of rows of `columns`, `[columns, width]`. - Parameter room: `columns` (padded) times `rowStride` elements.
    @inline(__always)
    init<Source: OperandSource>(
        transposed source: UnsafePointer<Source>, stride: Int, count: Int, columns: Int, room: UnsafeMutablePointer<Float>,
        rowStride: Int, width: Int
    ) {
        let target = UnsafeMutableRawPointer(room).assumingMemoryBound(to: Float.self)
        // Sixteen rows and sixteen pairs of columns at a time; a pair moves as if it were one number.
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 256) { block in
            let block = block.baseAddress!, values = UnsafeRawPointer(block).assumingMemoryBound(to: Float.self)
            for row in Swift.stride(from: 0, to: width, by: 16) {
                let rows = max(0, min(16, count - row))
                for column in Swift.stride(from: 0, to: columns, by: 32) {
                    for line in 0..<rows {
                        roundRow(source + (row + line) * stride + column, columns: columns - column, to: block + 16 * line, width: 32)
                    }
                    csimd_transpose_16x16(values, 16, Int32(rows), Int32(min(16, (columns - column + 1) / 2)),
                                          target + column / 2 * rowStride + row, rowStride)
                }
            }
        }
        self.init(pairs: KernelsAVX512BF16.pairs(room), rowStride: rowStride)
    }
}

/// Rows of `columns`, multiplied by `scale`, for either side. - Parameter room: `(rows + 1) * width` elements.
@inline(__always)
func operands<Source: OperandSource>(
    rows source: UnsafePointer<Source>, stride: Int, count: Int, columns: Int, scale: Float, room: UnsafeMutablePointer<Float>, width: Int
) -> (left: LeftOperand, right: RightOperand) {
    let left = LeftOperand(packing: source, stride: stride, count: count, columns: columns, scale: scale, room: room, width: width)
    let right = RightOperand(rows: source, stride: stride, count: count, columns: columns, scale: scale, room: room + count * width / 2,
                             width: width)
    return (left, right)
}

extension LeftOperand {
    /// Rows of `columns`, multiplied by `scale`, filled up to `width` with zeros. - Parameter room: `rows * width` elements.
    @inline(__always)
    init<Source: OperandSource>(
        packing source: UnsafePointer<Source>, stride: Int, count: Int, columns: Int, scale: Float, room: UnsafeMutablePointer<Float>, width: Int
    ) {
        let target = KernelsAVX512BF16.pairs(room)
        for row in 0..<count {
            roundRow(source + row * stride, columns: columns, scale: scale, to: target + row * width / 2, width: width)
        }
        self.init(pairs: target, rowStride: width / 2)
    }

    /// The transposed matrix of rows of `width`, in their own memory, which changes.
    @inline(__always)
    init(transposing values: UnsafeMutablePointer<Float>, count: Int, width: Int) {
        let target = KernelsAVX512BF16.pairs(values)
        for row in Swift.stride(from: 0, to: count, by: 2) {
            let first = UnsafePointer(values + row * width)
            pairRows(first, row + 1 < count ? first + width : nil, columns: width, to: target + row * width, width: width)
        }
        self.init(pairs: target, rowStride: 1, pairStride: 2 * width)
    }

    /// Rows of `width`. - Parameter room: `rows * width` elements, which may be used.
    @inline(__always)
    init(rows values: UnsafePointer<Float>, count: Int, width: Int, room: UnsafeMutablePointer<Float>) {
        self.init(packing: values, stride: width, count: count, columns: width, scale: 1, room: room, width: width)
    }
}

/// `c[m, n] = left * right` over `k` inner elements, or `c +=`; `n` a multiple of 16.
@inline(__always)
func multiply(
    _ left: LeftOperand, _ right: RightOperand, into c: UnsafeMutablePointer<Float>, rowStride: Int, m: Int, n: Int, k: Int,
    accumulate: Bool = false
) {
    let pairs = (k + 1) / 2
    for column in stride(from: 0, to: n, by: 32) {
        for row in stride(from: 0, to: m, by: 8) {
            let block = LeftOperand(pairs: left.pairs + row * left.rowStride, rowStride: left.rowStride, pairStride: left.pairStride)
            let panel = RightOperand(pairs: right.pairs + column, rowStride: right.rowStride)
            let target = c + row * rowStride + column
            if column + 32 <= n {
                tile32(block, panel, target, rowStride, min(8, m - row), pairs, accumulate)
            } else {
                tile16(block, panel, target, rowStride, min(8, m - row), pairs, accumulate)
            }
        }
    }
}

@inline(__always)
private func broadcast(_ pair: UInt32) -> SIMD8<Int64> { unsafeBitCast(SIMD16<UInt32>(repeating: pair), to: SIMD8<Int64>.self) }

@inline(__always)
private func load(_ pairs: UnsafePointer<UInt32>) -> SIMD8<Int64> { UnsafeRawPointer(pairs).loadUnaligned(as: SIMD8<Int64>.self) }

/// Up to eight rows by 32 columns, held in registers. Rows that do not exist repeat the last and are not written.
private func tile32(
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
private func tile16(
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
