import CSIMD

/// Copies `rows` rows of `columns` to `columns` rows of `width` (a multiple of 8), transposed, the rest zero.
@inline(__always)
func copyTransposed(
    _ source: UnsafePointer<Float>, rowStride: Int, rows: Int, columns: Int,
    to target: UnsafeMutablePointer<Float>, rowStride targetStride: Int, width: Int
) {
    for row in stride(from: 0, to: width, by: 8) {
        let count = max(0, min(8, rows - row))
        for column in stride(from: 0, to: columns, by: 8) {
            csimd_transpose_8x8(source + row * rowStride + column, rowStride, Int32(count), Int32(min(8, columns - column)),
                                target + column * targetStride + row, targetStride)
        }
    }
}
