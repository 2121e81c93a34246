import CSIMD

/// Copies `rows` rows of `columns` to `columns` rows of `width` (a multiple of 16), transposed, the rest zero.
@inline(__always)
func copyTransposed(
    _ source: UnsafePointer<Float>, rowStride: Int, rows: Int, columns: Int,
    to target: UnsafeMutablePointer<Float>, rowStride targetStride: Int, width: Int
) {
    for row in stride(from: 0, to: width, by: 16) {
        let count = max(0, min(16, rows - row))
        for column in stride(from: 0, to: columns, by: 16) {
            csimd_transpose_16x16(source + row * rowStride + column, rowStride, Int32(count), Int32(min(16, columns - column)),
                                  target + column * targetStride + row, targetStride)
        }
    }
}
