import CSIMD

/// Operands of products of bytes: signed weights, and activations of the same range that are held in two bytes each, as the instruction
/// wants them (`VPMADDWD`).
///
/// A value is `scale * byte`. Each row of a left panel, and each column of a right one, has a scale of its own for every stretch of
/// ``depth`` inner elements, at which the greatest magnitude becomes 127. Sums of a stretch are whole numbers, exact in float32 too, so
/// the results are those of the other instruction sets, bit by bit.
public enum Int8Shape {
    /// Inner elements of a stretch.
    public static let depth = 384
    /// Bytes from one row of a left panel to the next: more than those of ``depth``, so that rows do not share cache sets.
    static let leftStride = 2 * depth + 64
    /// Bytes of the scales before the rows.
    static let leftHeader = 64
    /// Bytes of a left panel.
    public static let leftPanel = leftHeader + TileShape.rows * leftStride
    /// Bytes of the scales before the columns.
    static let rightHeader = 4 * TileShape.columns

    /// Bytes of a stretch of a right panel.
    static func rightStretch(_ depth: Int) -> Int { rightHeader + (depth + 1) / 2 * 2 * TileShape.columns }

    /// Bytes of a right panel up to an inner element, a multiple of ``depth`` unless it is the last.
    public static func rightPanel(_ inner: Int) -> Int {
        inner / depth * rightStretch(depth) + (inner % depth == 0 ? 0 : rightStretch(inner % depth))
    }
}

/// Five rows (or four) by sixteen columns of a tile, `c (+)= left * right` over `pairs` pairs of inner elements.
/// - Parameters:
///   - left: the first row's elements; `rowScales` are those of the rows.
///   - right: the columns' first pairs; `scales` are those of the columns.
@inline(__always)
private func part(_ left: UnsafeRawPointer, rowScales: UnsafePointer<Float>, _ right: UnsafeRawPointer, scales: UnsafePointer<Float>, pairs: Int,
                  into c: UnsafeMutablePointer<Float>, stride: Int, hasFive: Bool, adds: Bool) {
    let step = Int8Shape.leftStride
    var s0 = SIMD4<Int64>.zero, t0 = SIMD4<Int64>.zero
    var s1 = SIMD4<Int64>.zero, t1 = SIMD4<Int64>.zero
    var s2 = SIMD4<Int64>.zero, t2 = SIMD4<Int64>.zero
    var s3 = SIMD4<Int64>.zero, t3 = SIMD4<Int64>.zero
    var s4 = SIMD4<Int64>.zero, t4 = SIMD4<Int64>.zero
    var a = left, b = right
    for _ in 0..<pairs {
        let low = csimd_words_of_bytes(b), high = csimd_words_of_bytes(b + 16)
        let a0 = csimd_repeated_pair(a)
        s0 = csimd_dot_s16(s0, a0, low)
        t0 = csimd_dot_s16(t0, a0, high)
        let a1 = csimd_repeated_pair(a + step)
        s1 = csimd_dot_s16(s1, a1, low)
        t1 = csimd_dot_s16(t1, a1, high)
        let a2 = csimd_repeated_pair(a + 2 * step)
        s2 = csimd_dot_s16(s2, a2, low)
        t2 = csimd_dot_s16(t2, a2, high)
        let a3 = csimd_repeated_pair(a + 3 * step)
        s3 = csimd_dot_s16(s3, a3, low)
        t3 = csimd_dot_s16(t3, a3, high)
        if hasFive {
            let a4 = csimd_repeated_pair(a + 4 * step)
            s4 = csimd_dot_s16(s4, a4, low)
            t4 = csimd_dot_s16(t4, a4, high)
        }
        a += 4
        b += 2 * TileShape.columns
    }
    let low = HalfVector(loading: scales), high = HalfVector(loading: scales + 8)
    @inline(__always)
    func write(_ s: SIMD4<Int64>, _ t: SIMD4<Int64>, _ row: Int) {
        let target = c + row * stride, scale = HalfVector(repeating: rowScales[row])
        csimd_scaled_8(s, low * scale).write(to: target, adds: adds)
        csimd_scaled_8(t, high * scale).write(to: target + 8, adds: adds)
    }
    write(s0, t0, 0)
    write(s1, t1, 1)
    write(s2, t2, 2)
    write(s3, t3, 3)
    if hasFive { write(s4, t4, 4) }
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
    let whole = rows == TileShape.rows && columns == TileShape.columns, pairs = (depth + 1) / 2
    let target = whole ? c : scratch, targetStride = whole ? stride : TileShape.columns
    let rowScales = left.assumingMemoryBound(to: Float.self), scales = right.assumingMemoryBound(to: Float.self)
    let bytes = right + Int8Shape.rightHeader
    for first in Swift.stride(from: 0, to: rows, by: TileShape.partRows) {
        let line = left + Int8Shape.leftHeader + first * Int8Shape.leftStride, hasFive = first + TileShape.partRows <= TileShape.rows
        for column in Swift.stride(from: 0, to: columns, by: TileShape.partColumns) {
            let place = target + first * targetStride + column
            if hasFive {
                part(line, rowScales: rowScales + first, bytes + 2 * column, scales: scales + column, pairs: pairs, into: place,
                     stride: targetStride, hasFive: true, adds: whole && adds)
            } else {
                part(line, rowScales: rowScales + first, bytes + 2 * column, scales: scales + column, pairs: pairs, into: place,
                     stride: targetStride, hasFive: false, adds: whole && adds)
            }
        }
    }
    if !whole { copyPart(of: scratch, rows: rows, columns: columns, into: c, stride: stride, adds: adds) }
}
