import CSIMD

/// The register tile of float32 products, and how much of the inner dimension is multiplied while a panel stays in the first cache.
public enum TileShape {
    public static let rows = 14
    public static let columns = 32
    /// Inner elements of a block.
    public static let depth = 192
    /// Elements from one row of a left panel to the next: more than ``depth``, so that rows do not share cache sets.
    public static let leftStride = depth + 16
    /// Elements of a left panel in either layout.
    public static let leftPanel = max(rows * leftStride, 16 * depth)
}

/// How a left panel lies in memory.
public enum LeftLayout {
    /// Row by row, ``TileShape/leftStride`` apart.
    case rows
    /// One inner element after the other, sixteen rows of each.
    case columns
}

/// `c[14, 32] (+)= left * right` over `depth` inner elements.
///
/// - Parameters:
///   - left: a panel of ``packLeftRows`` or ``packLeftColumns``.
///   - right: 32 columns, packed by ``packRightRows`` or ``packRightColumns``.
@inline(__always)
private func tile(_ left: UnsafePointer<Float>, rowStep: Int, innerStep: Int, _ right: UnsafePointer<Float>, depth: Int,
                  into c: UnsafeMutablePointer<Float>, stride: Int, adds: Bool) {
    var s0 = FloatVector.zero, t0 = FloatVector.zero
    var s1 = FloatVector.zero, t1 = FloatVector.zero
    var s2 = FloatVector.zero, t2 = FloatVector.zero
    var s3 = FloatVector.zero, t3 = FloatVector.zero
    var s4 = FloatVector.zero, t4 = FloatVector.zero
    var s5 = FloatVector.zero, t5 = FloatVector.zero
    var s6 = FloatVector.zero, t6 = FloatVector.zero
    var s7 = FloatVector.zero, t7 = FloatVector.zero
    var s8 = FloatVector.zero, t8 = FloatVector.zero
    var s9 = FloatVector.zero, t9 = FloatVector.zero
    var s10 = FloatVector.zero, t10 = FloatVector.zero
    var s11 = FloatVector.zero, t11 = FloatVector.zero
    var s12 = FloatVector.zero, t12 = FloatVector.zero
    var s13 = FloatVector.zero, t13 = FloatVector.zero
    if adds {
        for row in 0..<TileShape.rows {
            csimd_prefetch_for_writing(c + row * stride)
            csimd_prefetch_for_writing(c + row * stride + 16)
        }
    }
    // The left panel of the next tile comes nearer, a line for each inner element.
    var a = left, b = right, next = left + TileShape.leftPanel
    for _ in 0..<depth {
        csimd_prefetch(next)
        next += 16
        let b0 = FloatVector(loading: b), b1 = FloatVector(loading: b + 16)
        let a0 = FloatVector(repeating: a[0 * rowStep])
        s0.addProduct(a0, b0)
        t0.addProduct(a0, b1)
        let a1 = FloatVector(repeating: a[1 * rowStep])
        s1.addProduct(a1, b0)
        t1.addProduct(a1, b1)
        let a2 = FloatVector(repeating: a[2 * rowStep])
        s2.addProduct(a2, b0)
        t2.addProduct(a2, b1)
        let a3 = FloatVector(repeating: a[3 * rowStep])
        s3.addProduct(a3, b0)
        t3.addProduct(a3, b1)
        let a4 = FloatVector(repeating: a[4 * rowStep])
        s4.addProduct(a4, b0)
        t4.addProduct(a4, b1)
        let a5 = FloatVector(repeating: a[5 * rowStep])
        s5.addProduct(a5, b0)
        t5.addProduct(a5, b1)
        let a6 = FloatVector(repeating: a[6 * rowStep])
        s6.addProduct(a6, b0)
        t6.addProduct(a6, b1)
        let a7 = FloatVector(repeating: a[7 * rowStep])
        s7.addProduct(a7, b0)
        t7.addProduct(a7, b1)
        let a8 = FloatVector(repeating: a[8 * rowStep])
        s8.addProduct(a8, b0)
        t8.addProduct(a8, b1)
        let a9 = FloatVector(repeating: a[9 * rowStep])
        s9.addProduct(a9, b0)
        t9.addProduct(a9, b1)
        let a10 = FloatVector(repeating: a[10 * rowStep])
        s10.addProduct(a10, b0)
        t10.addProduct(a10, b1)
        let a11 = FloatVector(repeating: a[11 * rowStep])
        s11.addProduct(a11, b0)
        t11.addProduct(a11, b1)
        let a12 = FloatVector(repeating: a[12 * rowStep])
        s12.addProduct(a12, b0)
        t12.addProduct(a12, b1)
        let a13 = FloatVector(repeating: a[13 * rowStep])
        s13.addProduct(a13, b0)
        t13.addProduct(a13, b1)
        a += innerStep
        b += 32
    }
    write(s0, t0, c + 0 * stride, adds: adds)
    write(s1, t1, c + 1 * stride, adds: adds)
    write(s2, t2, c + 2 * stride, adds: adds)
    write(s3, t3, c + 3 * stride, adds: adds)
    write(s4, t4, c + 4 * stride, adds: adds)
    write(s5, t5, c + 5 * stride, adds: adds)
    write(s6, t6, c + 6 * stride, adds: adds)
    write(s7, t7, c + 7 * stride, adds: adds)
    write(s8, t8, c + 8 * stride, adds: adds)
    write(s9, t9, c + 9 * stride, adds: adds)
    write(s10, t10, c + 10 * stride, adds: adds)
    write(s11, t11, c + 11 * stride, adds: adds)
    write(s12, t12, c + 12 * stride, adds: adds)
    write(s13, t13, c + 13 * stride, adds: adds)
}

@inline(__always)
private func write(_ low: FloatVector, _ high: FloatVector, _ out: UnsafeMutablePointer<Float>, adds: Bool) {
    if adds {
        (FloatVector(loading: out) + low).store(to: out)
        (FloatVector(loading: out + 16) + high).store(to: out + 16)
    } else {
        low.store(to: out)
        high.store(to: out + 16)
    }
}

/// A tile at the edge of the result, where only `rows` by `columns` of it exist, and any other.
/// - Parameter scratch: room for a whole tile.
public func multiplyTile(_ left: UnsafePointer<Float>, _ layout: LeftLayout, _ right: UnsafePointer<Float>, depth: Int,
                         into c: UnsafeMutablePointer<Float>, stride: Int, rows: Int, columns: Int, adds: Bool,
                         scratch: UnsafeMutablePointer<Float>) {
    let whole = rows == TileShape.rows && columns == TileShape.columns
    let target = whole ? c : scratch
    let targetStride = whole ? stride : TileShape.columns
    switch layout {
    case .rows:
        tile(left, rowStep: TileShape.leftStride, innerStep: 1, right, depth: depth, into: target, stride: targetStride, adds: whole && adds)
    case .columns:
        tile(left, rowStep: 1, innerStep: 16, right, depth: depth, into: target, stride: targetStride, adds: whole && adds)
    }
    if whole { return }
    for row in 0..<rows {
        for column in Swift.stride(from: 0, to: columns, by: 16) {
            let count = min(16, columns - column)
            let value = loadLanes(scratch + row * TileShape.columns + column, count: count)
            let place = c + row * stride + column
            storeLanes(adds ? loadLanes(place, count: count) + value : value, place, count: count)
        }
    }
}
