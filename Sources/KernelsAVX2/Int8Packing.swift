import CSIMD

/// The greatest magnitude of `count` neighbours.
@inline(__always)
private func greatestMagnitude(_ source: UnsafePointer<Float>, count: Int) -> Float {
    var highest = FloatVector.zero
    for index in stride(from: 0, to: count, by: 16) { highest = greater(highest, loadLanes(source + index, count: count - index).magnitudes) }
    return highest.greatest
}

/// One row of a left panel from `depth` neighbours, scaled by their greatest magnitude; zeros up to the next multiple of 16.
@inline(__always)
private func writeLeftRow(_ source: UnsafePointer<Float>, greatest: Float, depth: Int, row: Int, of panel: UnsafeMutableRawPointer) {
    panel.assumingMemoryBound(to: Float.self)[row] = greatest / 127
    let factor = greatest > 0 ? 127 / greatest : 0
    let line = panel + Int8Shape.leftHeader + row * Int8Shape.leftStride
    for index in stride(from: 0, to: depth, by: 16) {
        let values = loadLanes(source + index, count: depth - index) * factor
        line.storeBytes(of: csimd_bytes_in_words(values.lowHalf, values.highHalf), toByteOffset: 2 * index, as: SIMD4<Int64>.self)
    }
}

/// A left panel of up to 14 rows and a stretch of inner elements. - Parameter source: its first; `stride` elements lie between rows.
public func packLeftRowsInt8(_ source: UnsafePointer<Float>, stride: Int, rows: Int, depth: Int, to panel: UnsafeMutableRawPointer) {
    for row in 0..<rows {
        let line = source + row * stride
        writeLeftRow(line, greatest: greatestMagnitude(line, count: depth), depth: depth, row: row, of: panel)
    }
    for row in rows..<TileShape.rows {
        panel.assumingMemoryBound(to: Float.self)[row] = 0
        (panel + Int8Shape.leftHeader + row * Int8Shape.leftStride).initializeMemory(as: UInt8.self, repeating: 0, count: (depth + 15) / 16 * 32)
    }
}

/// A right panel of up to 32 columns, one stretch after the other: scales, and `[inner / 2][32][2]` signed bytes. The matrix is stored as
/// `[columns, inner]`, `stride` elements from column to column.
public func packRightColumnsInt8(_ source: UnsafePointer<Float>, stride: Int, columns: Int, depth: Int, to panel: UnsafeMutableRawPointer) {
    for first in Swift.stride(from: 0, to: depth, by: Int8Shape.depth) {
        let part = panel + Int8Shape.rightPanel(first), count = min(Int8Shape.depth, depth - first)
        let scales = part.assumingMemoryBound(to: Float.self), bytes = (part + Int8Shape.rightHeader).assumingMemoryBound(to: Int8.self)
        for column in 0..<TileShape.columns {
            let line = source + column * stride + first
            let greatest = column < columns ? greatestMagnitude(line, count: count) : 0, factor = greatest > 0 ? 127 / greatest : 0
            for inner in 0 ..< (count + 1) / 2 * 2 {
                // What is no number becomes zero.
                let value = column < columns && inner < count ? (line[inner] * factor).rounded(.toNearestOrEven) : 0
                bytes[(inner / 2 * TileShape.columns + column) * 2 + inner % 2] = value.isFinite ? Int8(value) : 0
            }
            scales[column] = greatest / 127
        }
    }
}

extension ActivationChunk {
    /// `activation(values + bias)` as left panels of bytes; `values`, ``Int8Shape/depth`` from row to row, change.
    /// - Parameter bias: `[columns]`
    public func activateInt8(_ activation: HiddenActivation, bias: UnsafePointer<Float>, to left: UnsafeMutableRawPointer) {
        // The choice is made once, outside the loops.
        switch activation {
        case .gelu: activateInt8(bias, left) { HiddenActivation.gelu.value($0) }
        case .geluNew: activateInt8(bias, left) { HiddenActivation.geluNew.value($0) }
        case .relu: activateInt8(bias, left) { HiddenActivation.relu.value($0) }
        }
    }

    @inline(__always)
    private func activateInt8(_ bias: UnsafePointer<Float>, _ left: UnsafeMutableRawPointer, _ function: (FloatVector) -> FloatVector) {
        for row in 0 ..< panels * TileShape.rows {
            let x = values + row * Int8Shape.depth
            var greatestSoFar = FloatVector.zero
            for column in stride(from: 0, to: columns, by: 16) {
                let count = columns - column
                let value = function(loadLanes(x + column, count: count) + loadLanes(bias + column, count: count))
                storeLanes(value, x + column, count: count)
                // Lanes past the end hold the activation of zero, which is zero.
                greatestSoFar = greater(greatestSoFar, value.magnitudes)
            }
            writeLeftRow(x, greatest: greatestSoFar.greatest, depth: columns, row: row % TileShape.rows,
                         of: left + row / TileShape.rows * Int8Shape.leftPanel)
        }
    }
}
