/// Copies `rows` rows of `columns` to `columns` rows of `width`, transposed, the rest zero.
@inline(__always)
func copyTransposed(
    _ source: UnsafePointer<Float>, rowStride: Int, rows: Int, columns: Int,
    to target: UnsafeMutablePointer<Float>, rowStride targetStride: Int, width: Int
) {
    for column in 0..<columns {
        let line = target + column * targetStride
        for row in 0..<rows { line[row] = source[row * rowStride + column] }
        for row in rows..<width { line[row] = 0 }
    }
}
