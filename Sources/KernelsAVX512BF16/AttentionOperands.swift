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
