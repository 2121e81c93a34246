#if arch(x86_64)
import CSIMD

/// Rows and columns of the register tile, and how much of the inner dimension is multiplied while a panel stays in the first cache.
public enum TileShape {
    public static let rows = 14
    public static let columns = 32
    /// Inner elements of a block, an even number.
    public static let depth = 384
    /// Elements from one row of a left panel to the next: more than ``depth``, so that rows do not share cache sets.
    public static let leftStride = depth + 32
    /// Elements of a left panel in either layout.
    public static let leftPanel = max(rows * leftStride, 16 * depth)
}

/// How a left panel lies in memory.
public enum LeftLayout {
    /// Row by row, ``TileShape/leftStride`` apart.
    case rows
    /// Pairs of inner elements, sixteen rows of each.
    case pairs
}

/// `c[14, 32] (+)= left * right` over `pairs` pairs of inner elements.
///
/// - Parameters:
///   - left: a panel of ``packLeft`` in `layout`, as pairs of bfloat16.
///   - right: 32 columns, packed by ``packRight``, as pairs.
@inline(__always)
private func tile(_ left: UnsafePointer<UInt32>, rowStep: Int, pairStep: Int, _ right: UnsafePointer<UInt32>, pairs: Int,
                  into c: UnsafeMutablePointer<Float>, stride: Int, adds: Bool) {
    var s0 = SIMD16<Float>.zero, t0 = SIMD16<Float>.zero
    var s1 = SIMD16<Float>.zero, t1 = SIMD16<Float>.zero
    var s2 = SIMD16<Float>.zero, t2 = SIMD16<Float>.zero
    var s3 = SIMD16<Float>.zero, t3 = SIMD16<Float>.zero
    var s4 = SIMD16<Float>.zero, t4 = SIMD16<Float>.zero
    var s5 = SIMD16<Float>.zero, t5 = SIMD16<Float>.zero
    var s6 = SIMD16<Float>.zero, t6 = SIMD16<Float>.zero
    var s7 = SIMD16<Float>.zero, t7 = SIMD16<Float>.zero
    var s8 = SIMD16<Float>.zero, t8 = SIMD16<Float>.zero
    var s9 = SIMD16<Float>.zero, t9 = SIMD16<Float>.zero
    var s10 = SIMD16<Float>.zero, t10 = SIMD16<Float>.zero
    var s11 = SIMD16<Float>.zero, t11 = SIMD16<Float>.zero
    var s12 = SIMD16<Float>.zero, t12 = SIMD16<Float>.zero
    var s13 = SIMD16<Float>.zero, t13 = SIMD16<Float>.zero
    if adds { for row in 0..<TileShape.rows { prefetchTwoLines(c + row * stride) } }
    var a = left
    var b = UnsafeRawPointer(right)
    for _ in 0..<pairs {
        let b0 = b.loadUnaligned(as: SIMD8<Int64>.self)
        let b1 = b.loadUnaligned(fromByteOffset: 64, as: SIMD8<Int64>.self)
        let a0 = unsafeBitCast(SIMD16<UInt32>(repeating: a[0 * rowStep]), to: SIMD8<Int64>.self)
        s0 = csimd_dot_bf16(s0, a0, b0)
        t0 = csimd_dot_bf16(t0, a0, b1)
        let a1 = unsafeBitCast(SIMD16<UInt32>(repeating: a[1 * rowStep]), to: SIMD8<Int64>.self)
        s1 = csimd_dot_bf16(s1, a1, b0)
        t1 = csimd_dot_bf16(t1, a1, b1)
        let a2 = unsafeBitCast(SIMD16<UInt32>(repeating: a[2 * rowStep]), to: SIMD8<Int64>.self)
        s2 = csimd_dot_bf16(s2, a2, b0)
        t2 = csimd_dot_bf16(t2, a2, b1)
        let a3 = unsafeBitCast(SIMD16<UInt32>(repeating: a[3 * rowStep]), to: SIMD8<Int64>.self)
        s3 = csimd_dot_bf16(s3, a3, b0)
        t3 = csimd_dot_bf16(t3, a3, b1)
        let a4 = unsafeBitCast(SIMD16<UInt32>(repeating: a[4 * rowStep]), to: SIMD8<Int64>.self)
        s4 = csimd_dot_bf16(s4, a4, b0)
        t4 = csimd_dot_bf16(t4, a4, b1)
        let a5 = unsafeBitCast(SIMD16<UInt32>(repeating: a[5 * rowStep]), to: SIMD8<Int64>.self)
        s5 = csimd_dot_bf16(s5, a5, b0)
        t5 = csimd_dot_bf16(t5, a5, b1)
        let a6 = unsafeBitCast(SIMD16<UInt32>(repeating: a[6 * rowStep]), to: SIMD8<Int64>.self)
        s6 = csimd_dot_bf16(s6, a6, b0)
        t6 = csimd_dot_bf16(t6, a6, b1)
        let a7 = unsafeBitCast(SIMD16<UInt32>(repeating: a[7 * rowStep]), to: SIMD8<Int64>.self)
        s7 = csimd_dot_bf16(s7, a7, b0)
        t7 = csimd_dot_bf16(t7, a7, b1)
        let a8 = unsafeBitCast(SIMD16<UInt32>(repeating: a[8 * rowStep]), to: SIMD8<Int64>.self)
        s8 = csimd_dot_bf16(s8, a8, b0)
        t8 = csimd_dot_bf16(t8, a8, b1)
        let a9 = unsafeBitCast(SIMD16<UInt32>(repeating: a[9 * rowStep]), to: SIMD8<Int64>.self)
        s9 = csimd_dot_bf16(s9, a9, b0)
        t9 = csimd_dot_bf16(t9, a9, b1)
        let a10 = unsafeBitCast(SIMD16<UInt32>(repeating: a[10 * rowStep]), to: SIMD8<Int64>.self)
        s10 = csimd_dot_bf16(s10, a10, b0)
        t10 = csimd_dot_bf16(t10, a10, b1)
        let a11 = unsafeBitCast(SIMD16<UInt32>(repeating: a[11 * rowStep]), to: SIMD8<Int64>.self)
        s11 = csimd_dot_bf16(s11, a11, b0)
        t11 = csimd_dot_bf16(t11, a11, b1)
        let a12 = unsafeBitCast(SIMD16<UInt32>(repeating: a[12 * rowStep]), to: SIMD8<Int64>.self)
        s12 = csimd_dot_bf16(s12, a12, b0)
        t12 = csimd_dot_bf16(t12, a12, b1)
        let a13 = unsafeBitCast(SIMD16<UInt32>(repeating: a[13 * rowStep]), to: SIMD8<Int64>.self)
        s13 = csimd_dot_bf16(s13, a13, b0)
        t13 = csimd_dot_bf16(t13, a13, b1)
        a += pairStep
        b += 128
    }
    let out = UnsafeMutableRawPointer(c)
    store(s0, t0, out + 0 * stride * 4, adds: adds)
    store(s1, t1, out + 1 * stride * 4, adds: adds)
    store(s2, t2, out + 2 * stride * 4, adds: adds)
    store(s3, t3, out + 3 * stride * 4, adds: adds)
    store(s4, t4, out + 4 * stride * 4, adds: adds)
    store(s5, t5, out + 5 * stride * 4, adds: adds)
    store(s6, t6, out + 6 * stride * 4, adds: adds)
    store(s7, t7, out + 7 * stride * 4, adds: adds)
    store(s8, t8, out + 8 * stride * 4, adds: adds)
    store(s9, t9, out + 9 * stride * 4, adds: adds)
    store(s10, t10, out + 10 * stride * 4, adds: adds)
    store(s11, t11, out + 11 * stride * 4, adds: adds)
    store(s12, t12, out + 12 * stride * 4, adds: adds)
    store(s13, t13, out + 13 * stride * 4, adds: adds)
}

/// What is added to at the end comes nearer while the products are made.
@inline(__always)
private func prefetchTwoLines(_ row: UnsafeMutablePointer<Float>) {
    csimd_prefetch_for_writing(row)
    csimd_prefetch_for_writing(row + 16)
}

@inline(__always)
private func store(_ low: SIMD16<Float>, _ high: SIMD16<Float>, _ out: UnsafeMutableRawPointer, adds: Bool) {
    if adds {
        out.storeBytes(of: out.loadUnaligned(as: SIMD16<Float>.self) + low, as: SIMD16<Float>.self)
        out.storeBytes(of: out.loadUnaligned(fromByteOffset: 64, as: SIMD16<Float>.self) + high, toByteOffset: 64, as: SIMD16<Float>.self)
    } else {
        out.storeBytes(of: low, as: SIMD16<Float>.self)
        out.storeBytes(of: high, toByteOffset: 64, as: SIMD16<Float>.self)
    }
}

/// A tile at the edge of the result, where only `rows` by `columns` of it exist, and any other.
public func multiplyTile(_ left: UnsafePointer<UInt16>, _ layout: LeftLayout, _ right: UnsafePointer<UInt16>, pairs: Int,
                         into c: UnsafeMutablePointer<Float>, stride: Int, rows: Int, columns: Int, adds: Bool,
                         scratch: UnsafeMutablePointer<Float>) {
    let whole = rows == TileShape.rows && columns == TileShape.columns
    if !whole && rows <= 8 && columns == TileShape.columns {
        return smallTile(left, layout, right, pairs: pairs, into: c, stride: stride, rows: rows, adds: adds)
    }
    let target = whole ? c : scratch
    let targetStride = whole ? stride : TileShape.columns
    let a = UnsafeRawPointer(left).assumingMemoryBound(to: UInt32.self)
    let b = UnsafeRawPointer(right).assumingMemoryBound(to: UInt32.self)
    switch layout {
    case .rows:
        tile(a, rowStep: TileShape.leftStride / 2, pairStep: 1, b, pairs: pairs, into: target, stride: targetStride, adds: whole && adds)
    case .pairs:
        tile(a, rowStep: 1, pairStep: 16, b, pairs: pairs, into: target, stride: targetStride, adds: whole && adds)
    }
    if !whole { copyPart(of: scratch, rows: rows, columns: columns, into: c, stride: stride, adds: adds) }
}

/// The same for up to eight rows and all columns: half the work.
private func smallTile(_ left: UnsafePointer<UInt16>, _ layout: LeftLayout, _ right: UnsafePointer<UInt16>, pairs: Int,
                       into c: UnsafeMutablePointer<Float>, stride: Int, rows: Int, adds: Bool) {
    let a = UnsafeRawPointer(left).assumingMemoryBound(to: UInt32.self)
    let b = RightOperand(pairs: UnsafeRawPointer(right).assumingMemoryBound(to: UInt32.self), rowStride: TileShape.columns)
    switch layout {
    case .rows: tile32(LeftOperand(pairs: a, rowStride: TileShape.leftStride / 2), b, c, stride, rows, pairs, adds)
    case .pairs: tile32(LeftOperand(pairs: a, rowStride: 1, pairStride: 16), b, c, stride, rows, pairs, adds)
    }
}

/// Writes the part of a whole tile that exists, or adds it.
func copyPart(of tile: UnsafePointer<Float>, rows: Int, columns: Int, into c: UnsafeMutablePointer<Float>, stride: Int, adds: Bool) {
    for row in 0..<rows {
        for column in 0..<columns {
            let value = tile[row * TileShape.columns + column]
            c[row * stride + column] = adds ? c[row * stride + column] + value : value
        }
    }
}
#endif
