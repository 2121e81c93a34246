import CSIMD

/// The tile of float32 products, and how much of the inner dimension is multiplied while a panel stays in the first cache.
///
/// The sixteen registers hold five rows by sixteen columns of it at a time.
public enum TileShape {
    public static let rows = 14
    public static let columns = 32
    /// Inner elements of a block.
    public static let depth = 192
    /// Elements from one row of a left panel to the next: more than ``depth``, so that rows do not share cache sets.
    public static let leftStride = depth + 16
    /// Elements of a left panel in either layout.
    public static let leftPanel = max(rows * leftStride, 16 * depth)
    /// Rows that registers hold at a time; the last part of a tile has one less.
    static let partRows = 5
    /// Columns likewise.
    static let partColumns = 16
}

/// How a left panel lies in memory.
public enum LeftLayout {
    /// Row by row, ``TileShape/leftStride`` apart.
    case rows
    /// One inner element after the other, sixteen rows of each.
    case columns
}

/// Five rows (or four) by sixteen columns of a tile, `c (+)= left * right` over `depth` inner elements.
///
/// Each element is summed by itself, one inner element after the other, so it depends on its row and its column alone.
@inline(__always)
private func part(_ left: UnsafePointer<Float>, rowStep: Int, innerStep: Int, _ right: UnsafePointer<Float>, depth: Int,
                  into c: UnsafeMutablePointer<Float>, stride: Int, hasFive: Bool, adds: Bool) {
    var s0 = HalfVector.zero, t0 = HalfVector.zero
    var s1 = HalfVector.zero, t1 = HalfVector.zero
    var s2 = HalfVector.zero, t2 = HalfVector.zero
    var s3 = HalfVector.zero, t3 = HalfVector.zero
    var s4 = HalfVector.zero, t4 = HalfVector.zero
    var a = left, b = right
    for _ in 0..<depth {
        let low = HalfVector(loading: b), high = HalfVector(loading: b + 8)
        let a0 = HalfVector(repeating: a[0])
        s0 = csimd_fused_multiply_add_8(a0, low, s0)
        t0 = csimd_fused_multiply_add_8(a0, high, t0)
        let a1 = HalfVector(repeating: a[rowStep])
        s1 = csimd_fused_multiply_add_8(a1, low, s1)
        t1 = csimd_fused_multiply_add_8(a1, high, t1)
        let a2 = HalfVector(repeating: a[2 * rowStep])
        s2 = csimd_fused_multiply_add_8(a2, low, s2)
        t2 = csimd_fused_multiply_add_8(a2, high, t2)
        let a3 = HalfVector(repeating: a[3 * rowStep])
        s3 = csimd_fused_multiply_add_8(a3, low, s3)
        t3 = csimd_fused_multiply_add_8(a3, high, t3)
        if hasFive {
            let a4 = HalfVector(repeating: a[4 * rowStep])
            s4 = csimd_fused_multiply_add_8(a4, low, s4)
            t4 = csimd_fused_multiply_add_8(a4, high, t4)
        }
        a += innerStep
        b += TileShape.columns
    }
    s0.write(to: c, adds: adds)
    t0.write(to: c + 8, adds: adds)
    s1.write(to: c + stride, adds: adds)
    t1.write(to: c + stride + 8, adds: adds)
    s2.write(to: c + 2 * stride, adds: adds)
    t2.write(to: c + 2 * stride + 8, adds: adds)
    s3.write(to: c + 3 * stride, adds: adds)
    t3.write(to: c + 3 * stride + 8, adds: adds)
    if hasFive {
        s4.write(to: c + 4 * stride, adds: adds)
        t4.write(to: c + 4 * stride + 8, adds: adds)
    }
}

/// The parts of a tile that hold its first `rows` and `columns`.
@inline(__always)
private func tile(_ left: UnsafePointer<Float>, rowStep: Int, innerStep: Int, _ right: UnsafePointer<Float>, depth: Int,
                  into c: UnsafeMutablePointer<Float>, stride: Int, rows: Int, columns: Int, adds: Bool) {
    for column in Swift.stride(from: 0, to: columns, by: TileShape.partColumns) {
        part(left, rowStep: rowStep, innerStep: innerStep, right + column, depth: depth, into: c + column, stride: stride, hasFive: true, adds: adds)
        if rows > 5 {
            part(left + 5 * rowStep, rowStep: rowStep, innerStep: innerStep, right + column, depth: depth, into: c + 5 * stride + column,
                 stride: stride, hasFive: true, adds: adds)
        }
        if rows > 10 {
            part(left + 10 * rowStep, rowStep: rowStep, innerStep: innerStep, right + column, depth: depth, into: c + 10 * stride + column,
                 stride: stride, hasFive: false, adds: adds)
        }
    }
}

/// `c (+)= left * right` for a tile of which `rows` by `columns` exist.
/// - Parameters:
///   - left: a panel of ``packLeftRows(_:stride:rows:depth:to:)`` or ``packLeftColumns(_:stride:depth:readable:panels:to:)``.
///   - right: 32 columns, packed by ``packRightRows(_:stride:columns:depth:to:)`` or ``packRightColumns(_:stride:columns:depth:to:)``.
///   - scratch: room for a whole tile.
public func multiplyTile(_ left: UnsafePointer<Float>, _ layout: LeftLayout, _ right: UnsafePointer<Float>, depth: Int,
                         into c: UnsafeMutablePointer<Float>, stride: Int, rows: Int, columns: Int, adds: Bool,
                         scratch: UnsafeMutablePointer<Float>) {
    let whole = rows == TileShape.rows && columns == TileShape.columns
    let target = whole ? c : scratch, targetStride = whole ? stride : TileShape.columns
    switch layout {
    case .rows:
        tile(left, rowStep: TileShape.leftStride, innerStep: 1, right, depth: depth, into: target, stride: targetStride, rows: rows,
             columns: columns, adds: whole && adds)
    case .columns:
        tile(left, rowStep: 1, innerStep: 16, right, depth: depth, into: target, stride: targetStride, rows: rows, columns: columns,
             adds: whole && adds)
    }
    if !whole { copyPart(of: scratch, rows: rows, columns: columns, into: c, stride: stride, adds: adds) }
}

/// Writes, or adds, what exists of a tile.
func copyPart(of tile: UnsafePointer<Float>, rows: Int, columns: Int, into c: UnsafeMutablePointer<Float>, stride: Int, adds: Bool) {
    for row in 0..<rows {
        for column in Swift.stride(from: 0, to: columns, by: 16) {
            let count = min(16, columns - column)
            let value = loadLanes(tile + row * TileShape.columns + column, count: count)
            let place = c + row * stride + column
            storeLanes(adds ? loadLanes(place, count: count) + value : value, place, count: count)
        }
    }
}
