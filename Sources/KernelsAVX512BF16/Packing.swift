#if arch(x86_64)
import CSIMD

/// `values + bias`, both `count` long, to bits of bfloat16.
public func roundSums(_ values: UnsafePointer<Float>, _ bias: UnsafePointer<Float>, count: Int, to target: UnsafeMutablePointer<UInt16>) {
    var i = 0
    while i + 32 <= count {
        let low = FloatVector(loading: values + i) + FloatVector(loading: bias + i)
        let high = FloatVector(loading: values + i + 16) + FloatVector(loading: bias + i + 16)
        UnsafeMutableRawPointer(target + i).storeBytes(of: csimd_round_bf16(low, high), as: SIMD8<Int64>.self)
        i += 32
    }
    while i < count {
        target[i] = (values[i] + bias[i]).bfloat16Bits
        i += 1
    }
}

/// `count` values to bits of bfloat16.
public func roundValues(_ source: UnsafePointer<Float>, count: Int, to target: UnsafeMutablePointer<UInt16>) {
    Float.copyRow(source, count: count & ~1, to: target)
    if count & 1 == 1 { target[count - 1] = source[count - 1].bfloat16Bits }
}

/// Pairs `(first[i], second[i])` for `count` (at most 16) columns and zeros up to 16; without `second` its half is zero.
@inline(__always)
private func interleave<Source: OperandSource>(
    _ first: UnsafePointer<Source>, _ second: UnsafePointer<Source>?, count: Int, to target: UnsafeMutablePointer<UInt16>
) {
    let pairs: SIMD8<Int64>
    if count >= 16, let second {
        pairs = Source.pairs(first, second)
    } else {
        pairs = csimd_pair_bf16(Source.lanes(first, count: count), second.map { Source.lanes($0, count: count) } ?? .zero)
    }
    UnsafeMutableRawPointer(target).storeBytes(of: pairs, as: SIMD8<Int64>.self)
}

@inline(__always)
private func leftRows<Source: OperandSource>(
    _ source: UnsafePointer<Source>, stride: Int, rows: Int, depth: Int, to panel: UnsafeMutablePointer<UInt16>
) {
    for row in 0..<rows { Source.copyRow(source + row * stride, count: depth, to: panel + row * TileShape.leftStride) }
    for row in rows..<TileShape.rows {
        (panel + row * TileShape.leftStride).update(repeating: 0, count: depth + depth & 1)
    }
}

/// A left panel of up to 14 rows from rows stored one after the other, in ``LeftLayout/rows``.
/// - Parameter source: the first element of the panel; `stride` elements lie between rows.
public func packLeftRows(_ source: UnsafePointer<Float>, stride: Int, rows: Int, depth: Int, to panel: UnsafeMutablePointer<UInt16>) {
    leftRows(source, stride: stride, rows: rows, depth: depth, to: panel)
}

/// The same from bits of bfloat16.
public func packLeftRows(_ source: UnsafePointer<UInt16>, stride: Int, rows: Int, depth: Int, to panel: UnsafeMutablePointer<UInt16>) {
    leftRows(source, stride: stride, rows: rows, depth: depth, to: panel)
}

@inline(__always)
private func leftColumns<Source: OperandSource>(
    _ source: UnsafePointer<Source>, stride: Int, depth: Int, readable: Int, panels: Int, to target: UnsafeMutablePointer<UInt16>
) {
    for pair in 0..<(depth + 1) / 2 {
        let first = source + 2 * pair * stride, second = 2 * pair + 1 < depth ? first + stride : nil
        // All panels at once: what they read of a stored row lies side by side.
        for panel in 0..<panels {
            let row = panel * TileShape.rows
            // Two rows more than the tile has may be read and are multiplied by nothing.
            interleave(first + row, second.map { $0 + row }, count: min(16, readable - row), to: target + panel * TileShape.leftPanel + 32 * pair)
        }
    }
}

/// Left panels of 14 rows, the last of up to 14, from a matrix stored transposed, in ``LeftLayout/pairs``, ``TileShape/leftPanel`` apart.
/// - Parameters:
///   - source: the first element of the first panel; `stride` elements lie between inner elements.
///   - readable: rows of the matrix from the first panel's first on.
public func packLeftColumns(
    _ source: UnsafePointer<Float>, stride: Int, depth: Int, readable: Int, panels: Int, to target: UnsafeMutablePointer<UInt16>
) {
    leftColumns(source, stride: stride, depth: depth, readable: readable, panels: panels, to: target)
}

/// The same from bits of bfloat16.
public func packLeftColumns(
    _ source: UnsafePointer<UInt16>, stride: Int, depth: Int, readable: Int, panels: Int, to target: UnsafeMutablePointer<UInt16>
) {
    leftColumns(source, stride: stride, depth: depth, readable: readable, panels: panels, to: target)
}

@inline(__always)
private func rightRows<Source: OperandSource>(
    _ source: UnsafePointer<Source>, stride: Int, columns: Int, depth: Int, to panel: UnsafeMutablePointer<UInt16>
) {
    for pair in 0..<(depth + 1) / 2 {
        let first = source + 2 * pair * stride
        let second = 2 * pair + 1 < depth ? first + stride : nil
        interleave(first, second, count: min(16, columns), to: panel + 64 * pair)
        interleave(first + min(16, columns), second.map { $0 + min(16, columns) }, count: max(0, columns - 16), to: panel + 64 * pair + 32)
    }
}

/// A right panel of up to 32 columns, `[pairs][32][2]`, from a matrix stored as `[inner, columns]`.
public func packRightRows(_ source: UnsafePointer<Float>, stride: Int, columns: Int, depth: Int, to panel: UnsafeMutablePointer<UInt16>) {
    rightRows(source, stride: stride, columns: columns, depth: depth, to: panel)
}

/// The same from bits of bfloat16.
public func packRightRows(_ source: UnsafePointer<UInt16>, stride: Int, columns: Int, depth: Int, to panel: UnsafeMutablePointer<UInt16>) {
    rightRows(source, stride: stride, columns: columns, depth: depth, to: panel)
}

/// A right panel of up to 32 columns, `[pairs][32][2]`, from a matrix stored as `[columns, inner]`.
/// - Parameter scratch: room for `depth + 1` elements.
public func packRightColumns(_ source: UnsafePointer<Float>, stride: Int, columns: Int, depth: Int, scratch: UnsafeMutablePointer<UInt16>,
                             to panel: UnsafeMutablePointer<UInt16>) {
    let pairs = (depth + 1) / 2
    let target = UnsafeMutableRawPointer(panel).assumingMemoryBound(to: UInt32.self)
    let row = UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: UInt32.self)
    for column in 0..<TileShape.columns {
        if column < columns {
            Float.copyRow(source + column * stride, count: depth, to: scratch)
            for pair in 0..<pairs { target[32 * pair + column] = row[pair] }
        } else {
            for pair in 0..<pairs { target[32 * pair + column] = 0 }
        }
    }
}
#endif
