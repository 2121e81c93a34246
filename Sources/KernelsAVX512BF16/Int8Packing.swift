#if arch(x86_64)
import CSIMD

/// The greatest magnitude of `count` neighbours.
@inline(__always)
private func greatestMagnitude<Source: OperandSource>(_ source: UnsafePointer<Source>, count: Int) -> Float {
    var highest = FloatVector.zero
    for index in stride(from: 0, to: count, by: 16) { highest = greater(highest, Source.lanes(source + index, count: count - index).magnitudes) }
    return highest.greatest
}

/// The scale of a row: what a byte's unit stands for.
struct ByteScale {
    /// The greatest magnitude becomes 127. Above zero for a row of zeros too.
    let step: Float

    /// The least that the greatest magnitude counts for.
    static let least: Float = 1e-30

    @inline(__always)
    init<Source: OperandSource>(_ source: UnsafePointer<Source>, count: Int) { step = max(greatestMagnitude(source, count: count), Self.least) / 127 }
}

/// 64 neighbours, of which `count` exist and the others count as zero, as bytes from 1 to 255, 128 for zero.
@inline(__always)
private func shiftedBytes<Source: OperandSource>(_ source: UnsafePointer<Source>, count: Int, factor: Float) -> SIMD8<Int64> {
    @inline(__always) func lanes(_ index: Int) -> FloatVector { count > index ? Source.lanes(source + index, count: count - index) * factor : .zero }
    return csimd_shifted_bytes_64(lanes(0), lanes(16), lanes(32), lanes(48))
}

/// 64 bytes from up to 64 neighbours, the rest zero.
@inline(__always)
func writeSignedBytes<Source: OperandSource>(_ source: UnsafePointer<Source>, count: Int, factor: Float, to target: UnsafeMutableRawPointer) {
    let bytes = shiftedBytes(source, count: count, factor: factor) ^ SIMD8(repeating: Int64(bitPattern: 0x8080_8080_8080_8080))
    target.storeBytes(of: bytes, as: SIMD8<Int64>.self)
}

/// `count` neighbours as bytes from 1 to 255, 128 for zero, up to the next multiple of 16.
@inline(__always)
func writeShiftedBytes<Source: OperandSource>(_ source: UnsafePointer<Source>, count: Int, factor: Float, to target: UnsafeMutableRawPointer) {
    var index = 0
    while index + 48 < count {
        target.storeBytes(of: shiftedBytes(source + index, count: count - index, factor: factor), toByteOffset: index, as: SIMD8<Int64>.self)
        index += 64
    }
    while index < count {
        let bytes = csimd_shifted_bytes(Source.lanes(source + index, count: count - index) * factor)
        target.storeBytes(of: bytes, toByteOffset: index, as: SIMD2<Int64>.self)
        index += 16
    }
}

/// One row of a left panel from `depth` neighbours, scaled by their greatest magnitude.
@inline(__always)
func writeLeftRow<Source: OperandSource>(
    _ source: UnsafePointer<Source>, greatest: Float, depth: Int, row: Int, of panel: UnsafeMutableRawPointer
) {
    panel.assumingMemoryBound(to: Float.self)[row] = greatest / 127
    writeShiftedBytes(source, count: depth, factor: greatest > 0 ? 127 / greatest : 0,
                      to: panel + Int8Shape.leftHeader + row * Int8Shape.leftStride)
}

@inline(__always)
private func leftRows<Source: OperandSource>(_ source: UnsafePointer<Source>, stride: Int, rows: Int, depth: Int, to panel: UnsafeMutableRawPointer) {
    for row in 0..<rows {
        let line = source + row * stride
        writeLeftRow(line, greatest: greatestMagnitude(line, count: depth), depth: depth, row: row, of: panel)
    }
    for row in rows..<TileShape.rows {
        panel.assumingMemoryBound(to: Float.self)[row] = 0
        (panel + Int8Shape.leftHeader + row * Int8Shape.leftStride).initializeMemory(as: UInt8.self, repeating: 0, count: (depth + 15) / 16 * 16)
    }
}

/// A left panel of up to 14 rows and a stretch of inner elements. - Parameter source: its first; `stride` elements lie between rows.
public func packLeftRowsInt8(_ source: UnsafePointer<Float>, stride: Int, rows: Int, depth: Int, to panel: UnsafeMutableRawPointer) {
    leftRows(source, stride: stride, rows: rows, depth: depth, to: panel)
}

/// The same from bits of bfloat16.
public func packLeftRowsInt8(_ source: UnsafePointer<UInt16>, stride: Int, rows: Int, depth: Int, to panel: UnsafeMutableRawPointer) {
    leftRows(source, stride: stride, rows: rows, depth: depth, to: panel)
}

/// A right panel of up to 32 columns, one stretch after the other: scales, what the shift of the left side adds to each column's sum, and
/// `[inner / 4][32][4]` signed bytes. The matrix is stored as `[columns, inner]`, `stride` elements from column to column.
public func packRightColumnsInt8(_ source: UnsafePointer<Float>, stride: Int, columns: Int, depth: Int, to panel: UnsafeMutableRawPointer) {
    for first in Swift.stride(from: 0, to: depth, by: Int8Shape.depth) {
        let part = panel + Int8Shape.rightPanel(first), count = min(Int8Shape.depth, depth - first)
        let scales = part.assumingMemoryBound(to: Float.self), corrections = (part + 128).assumingMemoryBound(to: Int32.self)
        let bytes = (part + Int8Shape.rightHeader).assumingMemoryBound(to: Int8.self)
        for column in 0..<TileShape.columns {
            let line = source + column * stride + first
            let greatest = column < columns ? greatestMagnitude(line, count: count) : 0, factor = greatest > 0 ? 127 / greatest : 0
            var sum: Int32 = 0
            for inner in 0 ..< (count + 3) / 4 * 4 {
                let byte = column < columns && inner < count ? Int8((line[inner] * factor).rounded(.toNearestOrEven)) : 0
                bytes[inner / 4 * 4 * TileShape.columns + 4 * column + inner % 4] = byte
                sum += Int32(byte)
            }
            scales[column] = greatest / 127
            corrections[column] = 128 * sum
        }
    }
}

extension ActivationChunk {
    /// `activation(values + bias)` as left panels of bytes; `values` change. GELU is ``CoarseGelu``.
    /// - Parameter bias: `[columns]`
    public func activateInt8(_ activation: HiddenActivation, bias: UnsafePointer<Float>, to left: UnsafeMutableRawPointer) {
        // The choice is made once, outside the loops.
        switch activation {
        case .gelu: activateInt8(CoarseGelu.self, bias, left)
        case .geluNew: activateInt8(ApproximateGelu.self, bias, left)
        case .relu: activateInt8(Rectifier.self, bias, left)
        }
    }

    @inline(__always)
    private func activateInt8<Function: VectorActivation>(_ function: Function.Type, _ bias: UnsafePointer<Float>, _ left: UnsafeMutableRawPointer) {
        for row in 0 ..< panels * TileShape.rows {
            let x = values + row * TileShape.depth
            var greatestSoFar = FloatVector.zero
            for column in stride(from: 0, to: columns, by: 16) {
                let count = columns - column
                let value = Function.value(loadLanes(x + column, count: count) + loadLanes(bias + column, count: count))
                storeLanes(value, x + column, count: count)
                // Lanes past the end hold the activation of zero, which is zero.
                greatestSoFar = greater(greatestSoFar, value.magnitudes)
            }
            writeLeftRow(x, greatest: greatestSoFar.greatest, depth: columns, row: row % TileShape.rows,
                         of: left + row / TileShape.rows * Int8Shape.leftPanel)
        }
    }
}
#endif
