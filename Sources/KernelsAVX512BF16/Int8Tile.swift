#if arch(x86_64)
import CSIMD

/// Operands of products of bytes: signed weights, and activations shifted by 128 to be unsigned, as the instruction wants them.
///
/// A value is `scale * byte`. Each row of a left panel, and each column of a right one, has a scale of its own for every stretch of
/// ``depth`` inner elements, at which the greatest magnitude becomes 127.
public enum Int8Shape {
    /// Inner elements of a stretch.
    public static let depth = 384
    /// Bytes from one row of a left panel to the next: more than ``depth``, so that rows do not share cache sets.
    static let leftStride = depth + 64
    /// Bytes of the scales before the rows.
    static let leftHeader = 64
    /// Bytes of a left panel.
    public static let leftPanel = leftHeader + TileShape.rows * leftStride
    /// Bytes of scales and corrections before the columns.
    static let rightHeader = 2 * TileShape.columns * 4

    /// Bytes of a stretch of a right panel.
    static func rightStretch(_ depth: Int) -> Int { rightHeader + (depth + 3) / 4 * 4 * TileShape.columns }

    /// Bytes of a right panel up to an inner element, a multiple of ``depth`` unless it is the last.
    public static func rightPanel(_ inner: Int) -> Int {
        inner / depth * rightStretch(depth) + (inner % depth == 0 ? 0 : rightStretch(inner % depth))
    }
}

/// `c[14, 32] (+)= left * right` over a stretch.
@inline(__always)
private func tile(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, quads: Int, into c: UnsafeMutablePointer<Float>, stride: Int, adds: Bool) {
    var s0 = SIMD8<Int64>.zero, t0 = SIMD8<Int64>.zero
    var s1 = SIMD8<Int64>.zero, t1 = SIMD8<Int64>.zero
    var s2 = SIMD8<Int64>.zero, t2 = SIMD8<Int64>.zero
    var s3 = SIMD8<Int64>.zero, t3 = SIMD8<Int64>.zero
    var s4 = SIMD8<Int64>.zero, t4 = SIMD8<Int64>.zero
    var s5 = SIMD8<Int64>.zero, t5 = SIMD8<Int64>.zero
    var s6 = SIMD8<Int64>.zero, t6 = SIMD8<Int64>.zero
    var s7 = SIMD8<Int64>.zero, t7 = SIMD8<Int64>.zero
    var s8 = SIMD8<Int64>.zero, t8 = SIMD8<Int64>.zero
    var s9 = SIMD8<Int64>.zero, t9 = SIMD8<Int64>.zero
    var s10 = SIMD8<Int64>.zero, t10 = SIMD8<Int64>.zero
    var s11 = SIMD8<Int64>.zero, t11 = SIMD8<Int64>.zero
    var s12 = SIMD8<Int64>.zero, t12 = SIMD8<Int64>.zero
    var s13 = SIMD8<Int64>.zero, t13 = SIMD8<Int64>.zero
    let step = Int8Shape.leftStride / 4
    var a = (left + Int8Shape.leftHeader).assumingMemoryBound(to: UInt32.self)
    var b = right + Int8Shape.rightHeader
    for _ in 0..<quads {
        let b0 = b.loadUnaligned(as: SIMD8<Int64>.self)
        let b1 = b.loadUnaligned(fromByteOffset: 64, as: SIMD8<Int64>.self)
        let a0 = unsafeBitCast(SIMD16<UInt32>(repeating: a[0 * step]), to: SIMD8<Int64>.self)
        s0 = csimd_dot_u8_s8(s0, a0, b0)
        t0 = csimd_dot_u8_s8(t0, a0, b1)
        let a1 = unsafeBitCast(SIMD16<UInt32>(repeating: a[1 * step]), to: SIMD8<Int64>.self)
        s1 = csimd_dot_u8_s8(s1, a1, b0)
        t1 = csimd_dot_u8_s8(t1, a1, b1)
        let a2 = unsafeBitCast(SIMD16<UInt32>(repeating: a[2 * step]), to: SIMD8<Int64>.self)
        s2 = csimd_dot_u8_s8(s2, a2, b0)
        t2 = csimd_dot_u8_s8(t2, a2, b1)
        let a3 = unsafeBitCast(SIMD16<UInt32>(repeating: a[3 * step]), to: SIMD8<Int64>.self)
        s3 = csimd_dot_u8_s8(s3, a3, b0)
        t3 = csimd_dot_u8_s8(t3, a3, b1)
        let a4 = unsafeBitCast(SIMD16<UInt32>(repeating: a[4 * step]), to: SIMD8<Int64>.self)
        s4 = csimd_dot_u8_s8(s4, a4, b0)
        t4 = csimd_dot_u8_s8(t4, a4, b1)
        let a5 = unsafeBitCast(SIMD16<UInt32>(repeating: a[5 * step]), to: SIMD8<Int64>.self)
        s5 = csimd_dot_u8_s8(s5, a5, b0)
        t5 = csimd_dot_u8_s8(t5, a5, b1)
        let a6 = unsafeBitCast(SIMD16<UInt32>(repeating: a[6 * step]), to: SIMD8<Int64>.self)
        s6 = csimd_dot_u8_s8(s6, a6, b0)
        t6 = csimd_dot_u8_s8(t6, a6, b1)
        let a7 = unsafeBitCast(SIMD16<UInt32>(repeating: a[7 * step]), to: SIMD8<Int64>.self)
        s7 = csimd_dot_u8_s8(s7, a7, b0)
        t7 = csimd_dot_u8_s8(t7, a7, b1)
        let a8 = unsafeBitCast(SIMD16<UInt32>(repeating: a[8 * step]), to: SIMD8<Int64>.self)
        s8 = csimd_dot_u8_s8(s8, a8, b0)
        t8 = csimd_dot_u8_s8(t8, a8, b1)
        let a9 = unsafeBitCast(SIMD16<UInt32>(repeating: a[9 * step]), to: SIMD8<Int64>.self)
        s9 = csimd_dot_u8_s8(s9, a9, b0)
        t9 = csimd_dot_u8_s8(t9, a9, b1)
        let a10 = unsafeBitCast(SIMD16<UInt32>(repeating: a[10 * step]), to: SIMD8<Int64>.self)
        s10 = csimd_dot_u8_s8(s10, a10, b0)
        t10 = csimd_dot_u8_s8(t10, a10, b1)
        let a11 = unsafeBitCast(SIMD16<UInt32>(repeating: a[11 * step]), to: SIMD8<Int64>.self)
        s11 = csimd_dot_u8_s8(s11, a11, b0)
        t11 = csimd_dot_u8_s8(t11, a11, b1)
        let a12 = unsafeBitCast(SIMD16<UInt32>(repeating: a[12 * step]), to: SIMD8<Int64>.self)
        s12 = csimd_dot_u8_s8(s12, a12, b0)
        t12 = csimd_dot_u8_s8(t12, a12, b1)
        let a13 = unsafeBitCast(SIMD16<UInt32>(repeating: a[13 * step]), to: SIMD8<Int64>.self)
        s13 = csimd_dot_u8_s8(s13, a13, b0)
        t13 = csimd_dot_u8_s8(t13, a13, b1)
        a += 1
        b += 128
    }
    let rowScales = left.assumingMemoryBound(to: Float.self), scales = right.assumingMemoryBound(to: Float.self)
    let low = FloatVector(loading: scales), high = FloatVector(loading: scales + 16)
    let lowShift = (right + 128).loadUnaligned(as: SIMD8<Int64>.self), highShift = (right + 192).loadUnaligned(as: SIMD8<Int64>.self)
    @inline(__always)
    func write(_ s: SIMD8<Int64>, _ t: SIMD8<Int64>, _ row: Int) {
        let target = c + row * stride, scale = rowScales[row]
        let first = csimd_rescale(s, lowShift, low * scale), second = csimd_rescale(t, highShift, high * scale)
        (adds ? FloatVector(loading: target) + first : first).store(to: target)
        (adds ? FloatVector(loading: target + 16) + second : second).store(to: target + 16)
    }
    write(s0, t0, 0)
    write(s1, t1, 1)
    write(s2, t2, 2)
    write(s3, t3, 3)
    write(s4, t4, 4)
    write(s5, t5, 5)
    write(s6, t6, 6)
    write(s7, t7, 7)
    write(s8, t8, 8)
    write(s9, t9, 9)
    write(s10, t10, 10)
    write(s11, t11, 11)
    write(s12, t12, 12)
    write(s13, t13, 13)
}

/// A tile of which `rows` by `columns` exist.
/// - Parameters:
///   - left: a panel of ``packLeftRowsInt8(_:stride:rows:depth:to:)``.
///   - right: a stretch of a panel of ``packRightColumnsInt8(_:stride:columns:depth:to:)``.
///   - scratch: room for a whole tile.
public func multiplyTileInt8(
    _ left: UnsafeRawPointer, _ right: UnsafeRawPointer, depth: Int, into c: UnsafeMutablePointer<Float>, stride: Int, rows: Int, columns: Int,
    adds: Bool, scratch: UnsafeMutablePointer<Float>
) {
    let whole = rows == TileShape.rows && columns == TileShape.columns
    tile(left, right, quads: (depth + 3) / 4, into: whole ? c : scratch, stride: whole ? stride : TileShape.columns, adds: whole && adds)
    if !whole { copyPart(of: scratch, rows: rows, columns: columns, into: c, stride: stride, adds: adds) }
}
#endif
