/// Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
///
/// A block of four 32-bit numbers is a pure function of key and counter, so any element of a random tensor can be
/// made, or made again in a backward pass, by any thread.
public struct Philox {
    public let key: SIMD2<UInt32>

    public init(key: SIMD2<UInt32>) { self.key = key }

    public init(seed: UInt64) { key = SIMD2(UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)) }

    /// The four random words of block `index` of stream `stream`.
    @inline(__always)
    public func block(stream: UInt64, index: UInt64) -> SIMD4<UInt32> {
        var counter = SIMD4(UInt32(truncatingIfNeeded: index), UInt32(truncatingIfNeeded: index >> 32),
                            UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32))
        var roundKey = key
        for _ in 0..<10 {
            let product0 = UInt64(counter.x) &* 0xD251_1F53
            let product1 = UInt64(counter.z) &* 0xCD9E_8D57
            counter = SIMD4(UInt32(truncatingIfNeeded: product1 >> 32) ^ counter.y ^ roundKey.x,
                            UInt32(truncatingIfNeeded: product1),
                            UInt32(truncatingIfNeeded: product0 >> 32) ^ counter.w ^ roundKey.y,
                            UInt32(truncatingIfNeeded: product0))
            roundKey &+= SIMD2(0x9E37_79B9, 0xBB67_AE85)
        }
        return counter
    }

    /// A word as a number in [0, 1) with 24 bits.
    @inline(__always)
    public static func unit(_ word: UInt32) -> Float { Float(word >> 8) * 0x1p-24 }
}
