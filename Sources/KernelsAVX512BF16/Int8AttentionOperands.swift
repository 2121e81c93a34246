#if arch(x86_64)
import CSIMD

/// The keys of a head as bytes, laid out for products with queries: `[size / 4][keys][4]`, a scale for each key.
struct ByteKeys {
    let bytes: UnsafeMutableRawPointer
    /// Bytes from one group of four elements to the next: more than the keys take, so that groups do not share cache sets.
    let stride: Int
    /// `[width]`
    let scales: UnsafeMutablePointer<Float>
    /// What sums begin with, `[width]`: less what the shift of the queries by 128 adds.
    let starts: UnsafeMutablePointer<Int32>

    private static func stride(width: Int) -> Int { 4 * width + 64 }

    static func byteCount(width: Int, size: Int) -> Int { (size + 3) / 4 * stride(width: width) + 8 * width }

    /// - Parameters:
    ///   - source: the first key; `rowStride` elements lie between keys.
    ///   - width: keys in memory, a multiple of 16. The scores of those that do not exist become minus infinity.
    ///   - room: ``byteCount(width:size:)``
    init(_ source: UnsafePointer<UInt16>, rowStride: Int, count: Int, size: Int, width: Int, room: UnsafeMutableRawPointer) {
        scales = room.assumingMemoryBound(to: Float.self)
        starts = (room + 4 * width).assumingMemoryBound(to: Int32.self)
        bytes = room + 8 * width
        stride = Self.stride(width: width)
        let quads = (size + 3) / 4
        withUnsafeTemporaryAllocation(byteCount: 16 * 64, alignment: 64) { room in
            let block = room.baseAddress!, lines = UnsafePointer(block.assumingMemoryBound(to: Float.self))
            for first in Swift.stride(from: 0, to: width, by: 16) {
                let keys = min(16, count - first)
                for key in 0..<keys { scales[first + key] = ByteScale(source + (first + key) * rowStride, count: size).step }
                var sums = SIMD8<Int64>.zero
                // Sixteen keys and sixteen groups at a time; a group moves as if it were one number.
                for quad in Swift.stride(from: 0, to: quads, by: 16) {
                    for key in 0..<keys {
                        let factor = 1 / scales[first + key]
                        writeSignedBytes(source + (first + key) * rowStride + 4 * quad, count: min(64, size - 4 * quad), factor: factor,
                                         to: block + 64 * key)
                    }
                    let own = min(16, quads - quad), target = bytes + quad * stride + 4 * first
                    csimd_transpose_16x16(lines, 16, Int32(keys), Int32(own), target.assumingMemoryBound(to: Float.self), stride / 4)
                    for index in 0..<own {
                        let quads = (target + index * stride).loadUnaligned(as: SIMD8<Int64>.self)
                        sums = csimd_dot_u8_s8(sums, SIMD8(repeating: Int64(bitPattern: 0x8080_8080_8080_8080)), quads)
                    }
                }
                let shifts = SIMD16<Int32>.zero &- unsafeBitCast(sums, to: SIMD16<Int32>.self)
                UnsafeMutableRawPointer(starts + first).storeBytes(of: shifts, as: SIMD16<Int32>.self)
            }
        }
        for key in count..<width {
            scales[key] = 1e30
            starts[key] = -1_000_000_000
        }
    }
}

/// The values of a head as bytes, laid out for products with weights: `[keys / 4][width][4]`, a scale for each column.
struct ByteValues {
    let bytes: UnsafeMutableRawPointer
    /// Columns in memory.
    let width: Int
    /// `[width]`
    let scales: UnsafeMutablePointer<Float>

    static func byteCount(keys: Int, width: Int) -> Int { 4 * width + (keys + 3) / 4 * 4 * width }

    /// - Parameters:
    ///   - source: of the first key; `rowStride` elements lie between keys.
    ///   - width: `size` rounded up to a multiple of 16.
    ///   - room: ``byteCount(keys:width:)``
    init(_ source: UnsafePointer<UInt16>, rowStride: Int, count: Int, size: Int, width: Int, room: UnsafeMutableRawPointer) {
        scales = room.assumingMemoryBound(to: Float.self)
        bytes = room + 4 * width
        self.width = width
        for column in stride(from: 0, to: width, by: 16) {
            let columns = size - column, start = source + column
            var greatest = FloatVector.zero
            for key in 0..<count { greatest = greater(greatest, UInt16.lanes(start + key * rowStride, count: columns).magnitudes) }
            let step = greater(greatest, FloatVector(repeating: ByteScale.least)) * (1 / 127), factor = FloatVector(repeating: 1) / step
            step.store(to: scales + column)
            @inline(__always) func line(_ key: Int) -> FloatVector {
                key < count ? UInt16.lanes(start + key * rowStride, count: columns) * factor : .zero
            }
            for key in stride(from: 0, to: count, by: 4) {
                let quads = csimd_quads_of_bytes(line(key), line(key + 1), line(key + 2), line(key + 3))
                bytes.storeBytes(of: quads, toByteOffset: key * width + 4 * column, as: SIMD8<Int64>.self)
            }
        }
    }
}
#endif
