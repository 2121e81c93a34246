import ComputeRuntime

/// The least and greatest value of each column of `[rows, columns]`, `rows` at least 1.
public func columnRanges(
    _ values: UnsafePointer<Float>, rows: Int, columns: Int, least: UnsafeMutablePointer<Float>, greatest: UnsafeMutablePointer<Float>
) {
    least.update(from: values, count: columns)
    greatest.update(from: values, count: columns)
    for row in 1..<max(1, rows) {
        let start = values + row * columns
        for column in 0..<columns {
            if start[column] < least[column] { least[column] = start[column] }
            if start[column] > greatest[column] { greatest[column] = start[column] }
        }
    }
}

/// The width of the 255th part of a range; 1 where the range is empty.
@inline(__always)
private func step(_ least: Float, _ greatest: Float) -> Float {
    let width = (greatest - least) / 255
    return width == 0 ? 1 : width
}

/// Which step of its column's range each value lies in, from 0 to 255; values outside go to the ends.
public func quantizeRows(
    _ values: UnsafePointer<Float>, rows: Int, columns: Int, least: UnsafePointer<Float>, greatest: UnsafePointer<Float>,
    into codes: UnsafeMutablePointer<UInt8>
) {
    ThreadPool.shared.runRanges(count: rows, grain: 64) { range in
        for row in range {
            for column in 0..<columns {
                let place = ((values[row * columns + column] - least[column]) / step(least[column], greatest[column])).rounded(.down)
                // NaN ends at 0.
                codes[row * columns + column] = place > 0 ? UInt8(min(place, 255)) : 0
            }
        }
    }
}

/// The lower end of the step that each code names.
public func dequantizeRows(
    _ codes: UnsafePointer<UInt8>, rows: Int, columns: Int, least: UnsafePointer<Float>, greatest: UnsafePointer<Float>,
    into values: UnsafeMutablePointer<Float>
) {
    ThreadPool.shared.runRanges(count: rows, grain: 64) { range in
        withUnsafeTemporaryAllocation(of: Float.self, capacity: columns) { steps in
            for column in 0..<columns { steps[column] = step(least[column], greatest[column]) }
            let widths = steps.baseAddress!
            for row in range {
                for column in 0..<columns {
                    values[row * columns + column] = Float(codes[row * columns + column]) * widths[column] + least[column]
                }
            }
        }
    }
}

/// The codes as numbers, each with `shift` added.
public func scaleCodes(_ codes: UnsafePointer<UInt8>, rows: Int, columns: Int, shift: Float, into values: UnsafeMutablePointer<Float>) {
    for index in 0 ..< rows * columns { values[index] = Float(codes[index]) + shift }
}

/// One bit for each value, set if it is above 0: eight to a byte, the first in the highest bit, rows padded with zeros.
///
/// - Parameter bits: `[rows, (columns + 7) / 8]`, zeroed.
public func packSigns(_ values: UnsafePointer<Float>, rows: Int, columns: Int, into bits: UnsafeMutablePointer<UInt8>) {
    let length = (columns + 7) / 8
    for row in 0..<rows {
        for column in 0..<columns where values[row * columns + column] > 0 {
            bits[row * length + column / 8] |= 0x80 >> UInt8(column % 8)
        }
    }
}

/// The reverse: 1 for a bit that is set, 0 for one that is not.
public func unpackSigns(_ bits: UnsafePointer<UInt8>, rows: Int, columns: Int, into values: UnsafeMutablePointer<Float>) {
    let length = (columns + 7) / 8
    for row in 0..<rows {
        for column in 0..<columns {
            values[row * columns + column] = bits[row * length + column / 8] & (0x80 >> UInt8(column % 8)) == 0 ? 0 : 1
        }
    }
}

/// Minus the number of bits in which a row of `length` bytes differs from each of `rows` rows.
public func negativeHammingDistances(
    _ query: UnsafePointer<UInt8>, _ corpus: UnsafePointer<UInt8>, rows: Int, length: Int, into scores: UnsafeMutablePointer<Float>
) {
    for row in 0..<rows {
        let other = corpus + row * length
        var distance = 0
        var position = 0
        while position + 8 <= length {
            let a = UnsafeRawPointer(query + position).loadUnaligned(as: UInt64.self)
            let b = UnsafeRawPointer(other + position).loadUnaligned(as: UInt64.self)
            distance += (a ^ b).nonzeroBitCount
            position += 8
        }
        while position < length {
            distance += (query[position] ^ other[position]).nonzeroBitCount
            position += 1
        }
        scores[row] = -Float(distance)
    }
}
