/// Which elements of an activation survive dropout, as a pure function of seed, stream and position: nothing is stored,
/// a backward pass makes the same choice again.
///
/// Positions are grouped by 64. A group takes eight Philox blocks, `8 * group ..< 8 * group + 8`, and each of their
/// 32-bit words decides two elements by its halves of 16 bits, so the probability is a multiple of 1/65536 (0.1 becomes
/// 0.100006) and ``scale`` is the exact reciprocal of what is kept.
public struct Dropout {
    public let philox: Philox
    public let stream: UInt64
    /// Half words below this are dropped.
    public let threshold: Int32
    /// What surviving elements are multiplied by.
    public let scale: Float

    /// Nil where nothing would be dropped.
    /// - Parameter probability: of dropping an element, in `0..<1`.
    public init?(probability: Float, philox: Philox, stream: UInt64) {
        let threshold = min(65535, Int32((probability * 65536).rounded()))
        if threshold <= 0 { return nil }
        self.init(threshold: threshold, philox: philox, stream: stream)
    }

    /// - Parameter threshold: the probability in parts of 65536.
    public init(threshold: Int32, philox: Philox, stream: UInt64) {
        self.threshold = threshold
        self.philox = philox
        self.stream = stream
        scale = 65536 / Float(65536 - threshold)
    }

    /// Elements in one group.
    public static let groupSize = 64

    /// Groups that `count` elements take.
    @inline(__always)
    public static func groupCount(_ count: Int) -> Int { (count + groupSize - 1) / groupSize }

    /// Writes the 64 factors of a group, 0 or ``scale`` each, over `factors`.
    @inline(__always)
    public func writeFactors(group: Int, to factors: UnsafeMutablePointer<Float>) {
        let words = philox.eightBlocks(stream: stream, index: UInt64(group) &* 8)
        write(words.xy, to: factors)
        write(words.zw, to: factors + 32)
    }

    /// Writes the factors of consecutive groups.
    @inline(__always)
    public func writeFactors(groups: Int, from first: Int, to factors: UnsafeMutablePointer<Float>) {
        for index in 0..<groups { writeFactors(group: first + index, to: factors + index * Self.groupSize) }
    }

    /// The factor of one element, by the definition: the reference for tests.
    public func factor(group: Int, element: Int) -> Float {
        let half = element / 16 % 2, lane = element % 16
        let words = philox.block(stream: stream, index: UInt64(group) &* 8 &+ UInt64(lane / 2))
        let word = words[element / 32 * 2 + lane % 2]
        let value = Int32(truncatingIfNeeded: half == 0 ? word & 0xFFFF : word >> 16)
        return value < threshold ? 0 : scale
    }

    @_transparent
    private func write(_ words: SIMD16<UInt32>, to factors: UnsafeMutablePointer<Float>) {
        let limit = SIMD16<Int32>(repeating: threshold)
        let kept = FloatVector(repeating: scale)
        let low = unsafeBitCast(words & 0xFFFF, to: SIMD16<Int32>.self)
        let high = unsafeBitCast(words &>> 16, to: SIMD16<Int32>.self)
        storeLanes(kept.replacing(with: 0, where: low .< limit), factors)
        storeLanes(kept.replacing(with: 0, where: high .< limit), factors + 16)
    }
}

/// The lower words of each, in turn.
@inline(__always)
private func inTurn(_ first: SIMD8<UInt64>, _ second: SIMD8<UInt64>) -> SIMD16<UInt32> {
    var words = unsafeBitCast(first, to: SIMD16<UInt32>.self)
    words.oddHalf = unsafeBitCast(second, to: SIMD16<UInt32>.self).evenHalf
    return words
}

extension Philox {
    /// Blocks `index ..< index + 8` at once: words x and y of the eight blocks in turn, then words z and w.
    @inline(__always)
    func eightBlocks(stream: UInt64, index: UInt64) -> (xy: SIMD16<UInt32>, zw: SIMD16<UInt32>) {
        // Each lane holds one 32-bit word, so that products of 64 bits need no shuffling; upper halves are ignored.
        typealias Words = SIMD8<UInt64>
        let low = Words(repeating: 0xFFFF_FFFF)
        let counter = Words(repeating: index) &+ Words(0, 1, 2, 3, 4, 5, 6, 7)
        var x = counter, y = counter &>> 32
        var z = Words(repeating: stream & 0xFFFF_FFFF), w = Words(repeating: stream >> 32)
        var key0 = Words(repeating: UInt64(key.x)), key1 = Words(repeating: UInt64(key.y))
        for _ in 0..<10 {
            let product0 = (x & low) &* Words(repeating: 0xD251_1F53)
            let product1 = (z & low) &* Words(repeating: 0xCD9E_8D57)
            x = (product1 &>> 32) ^ y ^ key0
            y = product1
            z = (product0 &>> 32) ^ w ^ key1
            w = product0
            key0 &+= Words(repeating: 0x9E37_79B9)
            key1 &+= Words(repeating: 0xBB67_AE85)
        }
        return (inTurn(x, y), inTurn(z, w))
    }
}

/// Calls `body` for each row with the factors of its elements, all of them one without dropout. A row begins with a group of its own.
@inline(__always)
func forEachRow(_ rows: Range<Int>, width: Int, dropout: Dropout?, _ body: (_ row: Int, _ factors: UnsafePointer<Float>) -> Void) {
    let groups = Dropout.groupCount(width), count = groups * Dropout.groupSize
    withUnsafeTemporaryAllocation(byteCount: count * MemoryLayout<Float>.stride, alignment: 64) { memory in
        let factors = memory.baseAddress!.initializeMemory(as: Float.self, repeating: 1, count: count)
        for row in rows {
            dropout?.writeFactors(groups: groups, from: row * groups, to: factors)
            body(row, factors)
        }
    }
}
