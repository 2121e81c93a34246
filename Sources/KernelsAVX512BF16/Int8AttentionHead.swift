#if arch(x86_64)
import CSIMD

/// Products of bytes, for passes without a way back: queries and keys have a scale for each row, values for each column, and weights are
/// whole numbers of which the greatest of a row is 255. There is no dropout.
///
/// Weights are rounded up or down by their place, in a pattern that is as often above as below any part of one: rounded to nearest, the
/// many small weights of a long sequence would all be lost beside a great one.
extension AttentionHead {
    /// With more keys a sum might be too great for int32.
    public static let mostKeysInt8 = 1 << 16

    /// Bytes of memory that ``attendInt8(scratch:output:outputStride:)`` needs.
    public static func scratchByteCountInt8(keys: Int, size: Int) -> Int {
        let rows = BlockRoom(width: roundUpToLanes(keys), size: size)
        return ByteKeys.byteCount(width: roundUpToLanes(keys), size: size) + ByteValues.byteCount(keys: keys, width: roundUpToLanes(size))
            + ByteTile.rows * (rows.scoreBytes + rows.weightBytes + rows.queryBytes)
    }

    /// `output = softmax(scale * queries * keys^T + bias) * values`
    /// - Parameter output: the head's elements of the first row, bits of bfloat16.
    public func attendInt8(scratch: UnsafeMutableRawPointer, output: UnsafeMutablePointer<UInt16>, outputStride: Int) {
        let width = roundUpToLanes(keyCount), valueWidth = roundUpToLanes(size)
        let keyRoom = scratch + ByteValues.byteCount(keys: keyCount, width: valueWidth)
        let values = ByteValues(self.values, rowStride: keyStride, count: keyCount, size: size, width: valueWidth, room: scratch)
        let keys = ByteKeys(self.keys, rowStride: keyStride, count: keyCount, size: size, width: width, room: keyRoom)
        let rows = QueryBlock(room: BlockRoom(width: width, size: size), memory: keyRoom + ByteKeys.byteCount(width: width, size: size))
        for start in stride(from: 0, to: queryCount, by: ByteTile.rows) {
            let count = min(ByteTile.rows, queryCount - start)
            withUnsafeTemporaryAllocation(of: Float.self, capacity: 18 * ByteTile.rows) { room in
                let steps = room.baseAddress!, sums = steps + ByteTile.rows, highest = sums + ByteTile.rows
                for row in 0..<count {
                    let line = queries + (start + row) * queryStride, step = ByteScale(line, count: size).step
                    writeShiftedBytes(line, count: size, factor: 1 / step, to: rows.queries + row * rows.room.queryBytes)
                    // Powers of two are quicker than those of e.
                    steps[row] = step * scale * 1.442_695_041
                }
                rows.multiply(keys, quads: (size + 3) / 4, highest: highest)
                for row in 0..<count {
                    sums[row] = rows.weigh(row, place: start + row, step: steps[row], highest: highest, bias: bias.map { $0 - (start + row) }, count: keyCount)
                }
                rows.multiply(values, keyCount: keyCount, sums: sums, rows: count, size: size, to: output + start * outputStride, outputStride)
            }
        }
    }
}

/// How far the rows of a ``QueryBlock`` lie apart, in bytes; not by powers of two, so that rows do not share cache sets.
private struct BlockRoom {
    let scoreBytes: Int, weightBytes: Int, queryBytes: Int

    init(width: Int, size: Int) {
        scoreBytes = 4 * width + 64
        weightBytes = (width + 63) & ~63 + 64
        queryBytes = (size + 63) & ~63 + 64
    }
}

/// ``ByteTile/rows`` rows of queries, their scores and their weights.
private struct QueryBlock {
    let room: BlockRoom
    let scores: UnsafeMutableRawPointer
    let weights: UnsafeMutableRawPointer
    let queries: UnsafeMutableRawPointer

    init(room: BlockRoom, memory: UnsafeMutableRawPointer) {
        self.room = room
        scores = memory
        weights = scores + ByteTile.rows * room.scoreBytes
        queries = weights + ByteTile.rows * room.weightBytes
    }

    private func scores(_ row: Int) -> UnsafeMutablePointer<Float> { (scores + row * room.scoreBytes).assumingMemoryBound(to: Float.self) }

    private var width: Int { (room.scoreBytes - 64) / 4 }

    /// Scores without the steps of the queries.
    /// - Parameter highest: `[rows][16]`, overwritten by the greatest scores of each row.
    func multiply(_ keys: ByteKeys, quads: Int, highest: UnsafeMutablePointer<Float>) {
        @inline(__always) func part(_ column: Int, isWide: Bool) {
            let low = FloatVector(loading: keys.scales + column), starts = UnsafeRawPointer(keys.starts + column)
            let high = isWide ? FloatVector(loading: keys.scales + column + 16) : .zero
            ByteTile(left: queries, leftStride: room.queryBytes, right: keys.bytes + 4 * column, rightStride: keys.stride, quads: quads,
                     isWide: isWide, low: starts.loadUnaligned(as: SIMD8<Int64>.self),
                     high: isWide ? starts.loadUnaligned(fromByteOffset: 64, as: SIMD8<Int64>.self) : .zero).forEachRow { row, s, t in
                let target = scores(row) + column, best = highest + 16 * row
                let first = csimd_scale(s, low)
                first.store(to: target)
                var greatest = column == 0 ? first : greater(FloatVector(loading: best), first)
                if isWide {
                    let second = csimd_scale(t, high)
                    second.store(to: target + 16)
                    greatest = greater(greatest, second)
                }
                greatest.store(to: best)
            }
        }
        let width = self.width
        for column in stride(from: 0, to: width & ~31, by: 32) { part(column, isWide: true) }
        if width & 31 != 0 { part(width & ~31, isWide: false) }
    }

    /// Turns the scores of a row into weights, and gives the sum of these.
    /// - Parameters:
    ///   - place: of the row's query in the sequence.
    ///   - step: of the row's queries, times what makes of scores powers of two.
    ///   - bias: of the first key, nil for none.
    func weigh(
        _ row: Int, place: Int, step: Float, highest: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>?, count: Int
    ) -> Float {
        let width = self.width, scores = scores(row), target = weights + row * room.weightBytes
        var step = step, best = FloatVector(loading: highest + 16 * row)
        if let bias {
            best = FloatVector(repeating: -.infinity)
            for index in stride(from: 0, to: width, by: 16) {
                let power = (loadLanes(bias + index, count: count - index) * 1.442_695_041).addingProduct(FloatVector(loading: scores + index), step)
                power.store(to: scores + index)
                best = greater(best, power)
            }
            step = 1
        }
        let top = FloatVector(repeating: best.greatest), steps = FloatVector(repeating: step)
        let (offset0, offset1, offset2, offset3) = Self.offsets(place)
        @inline(__always) func lanes(_ index: Int, _ offsets: FloatVector) -> SIMD8<Int64> {
            // Never above zero, however great scores are.
            csimd_weights_of_255((FloatVector(loading: scores + index) - top) * steps, offsets)
        }
        var sums = SIMD8<Int64>.zero
        @inline(__always) func write(_ index: Int, _ a: SIMD8<Int64>, _ b: SIMD8<Int64>, _ c: SIMD8<Int64>, _ d: SIMD8<Int64>) {
            let bytes = csimd_unsigned_bytes(a, b, c, d)
            target.storeBytes(of: bytes, toByteOffset: index, as: SIMD8<Int64>.self)
            sums = csimd_dot_u8_s8(sums, bytes, SIMD8(repeating: 0x0101_0101_0101_0101))
        }
        var index = 0
        while index + 64 <= width {
            write(index, lanes(index, offset0), lanes(index + 16, offset1), lanes(index + 32, offset2), lanes(index + 48, offset3))
            index += 64
        }
        if index < width {
            write(index, lanes(index, offset0), index + 16 < width ? lanes(index + 16, offset1) : .zero,
                  index + 32 < width ? lanes(index + 32, offset2) : .zero, .zero)
        }
        return Float(unsafeBitCast(sums, to: SIMD16<Int32>.self).wrappedSum())
    }

    /// What is added to 64 neighbouring weights before they lose what is after the point: multiples of the golden section, whose parts after
    /// the point are spread evenly, along a row and down the rows.
    @inline(__always)
    private static func offsets(_ place: Int) -> (FloatVector, FloatVector, FloatVector, FloatVector) {
        let lanes = FloatVector(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), section: Float = 0.618_034
        // A step from row to row that is not one along the row.
        let first = lanes * section + Float(place & 1023) * 0.754_878
        return (csimd_fractions(first), csimd_fractions(first + 16 * section), csimd_fractions(first + 32 * section),
                csimd_fractions(first + 48 * section))
    }

    /// Weighted means of values.
    /// - Parameters:
    ///   - sums: of the weights of each row.
    ///   - output: the first row; rows are `stride` elements apart.
    func multiply(_ values: ByteValues, keyCount: Int, sums: UnsafePointer<Float>, rows: Int, size: Int, to output: UnsafeMutablePointer<UInt16>,
                  _ stride: Int) {
        @inline(__always) func part(_ column: Int, isWide: Bool) {
            let low = FloatVector(loading: values.scales + column)
            let high = isWide ? FloatVector(loading: values.scales + column + 16) : .zero
            ByteTile(left: weights, leftStride: room.weightBytes, right: values.bytes + 4 * column, rightStride: 4 * values.width,
                     quads: (keyCount + 3) / 4, isWide: isWide, low: .zero, high: .zero).forEachRow { row, s, t in
                if row >= rows { return }
                let factor = 1 / sums[row], target = output + row * stride + column
                storeOperandLanes(csimd_scale(s, low * factor), target, count: size - column)
                if isWide { storeOperandLanes(csimd_scale(t, high * factor), target + 16, count: size - column - 16) }
            }
        }
        for column in Swift.stride(from: 0, to: values.width & ~31, by: 32) { part(column, isWide: true) }
        if values.width & 31 != 0 { part(values.width & ~31, isWide: false) }
    }
}
#endif
