/// A left panel of up to 14 rows from rows stored one after the other, in ``LeftLayout/rows``.
/// - Parameter source: the first element of the panel; `stride` elements lie between rows.
public func packLeftRows(_ source: UnsafePointer<Float>, stride: Int, rows: Int, depth: Int, to panel: UnsafeMutablePointer<Float>) {
    for row in 0..<rows { (panel + row * TileShape.leftStride).update(from: source + row * stride, count: depth) }
    for row in rows..<TileShape.rows { (panel + row * TileShape.leftStride).update(repeating: 0, count: depth) }
}

/// Left panels of 14 rows, the last of up to 14, from a matrix stored transposed, in ``LeftLayout/columns``, ``TileShape/leftPanel`` apart.
/// - Parameters:
///   - source: the first element of the first panel; `stride` elements lie between inner elements.
///   - readable: rows of the matrix from the first panel's first on.
public func packLeftColumns(
    _ source: UnsafePointer<Float>, stride: Int, depth: Int, readable: Int, panels: Int, to target: UnsafeMutablePointer<Float>
) {
    for inner in 0..<depth {
        // All panels at once: what they read of a stored row lies side by side.
        for panel in 0..<panels {
            let row = panel * TileShape.rows
            // Two rows more than the tile has may be read and are multiplied by nothing.
            loadLanes(source + inner * stride + row, count: min(16, readable - row)).store(to: target + panel * TileShape.leftPanel + 16 * inner)
        }
    }
}

/// A right panel of up to 32 columns, `[inner][32]`, from a matrix stored as `[inner, columns]`.
public func packRightRows(_ source: UnsafePointer<Float>, stride: Int, columns: Int, depth: Int, to panel: UnsafeMutablePointer<Float>) {
    let low = min(16, columns), high = columns - low
    for inner in 0..<depth {
        loadLanes(source + inner * stride, count: low).store(to: panel + 32 * inner)
        let second = high > 0 ? loadLanes(source + inner * stride + 16, count: high) : FloatVector.zero
        second.store(to: panel + 32 * inner + 16)
    }
}

/// A right panel of up to 32 columns, `[inner][32]`, from a matrix stored as `[columns, inner]`.
public func packRightColumns(_ source: UnsafePointer<Float>, stride: Int, columns: Int, depth: Int, to panel: UnsafeMutablePointer<Float>) {
    for half in 0..<2 {
        let count = max(0, min(16, columns - 16 * half))
        copyTransposed(source + 16 * half * stride, rowStride: stride, rows: count, columns: depth, to: panel + 16 * half, rowStride: 32, width: 16)
    }
}
