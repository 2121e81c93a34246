/// The 64-bit hash XXH64 of bytes (Collet, xxHash specification), the same in every process and on every machine.
public func textHash(_ bytes: UnsafeRawBufferPointer, seed: UInt64 = 0) -> UInt64 {
    let (p1, p2, p3): (UInt64, UInt64, UInt64) = (0x9E37_79B1_85EB_CA87, 0xC2B2_AE3D_27D4_EB4F, 0x1656_67B1_9E37_79F9)
    let (p4, p5): (UInt64, UInt64) = (0x85EB_CA77_C2B2_AE63, 0x27D4_EB2F_1656_67C5)
    func rotate(_ x: UInt64, _ count: UInt64) -> UInt64 { x << count | x >> (64 - count) }
    func word(_ offset: Int) -> UInt64 { UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) }
    func round(_ lane: UInt64, _ input: UInt64) -> UInt64 { rotate(lane &+ input &* p2, 31) &* p1 }

    let count = bytes.count
    var offset = 0
    var hash: UInt64
    if count >= 32 {
        var (a, b, c, d) = (seed &+ p1 &+ p2, seed &+ p2, seed, seed &- p1)
        while offset + 32 <= count {
            a = round(a, word(offset))
            b = round(b, word(offset + 8))
            c = round(c, word(offset + 16))
            d = round(d, word(offset + 24))
            offset += 32
        }
        hash = rotate(a, 1) &+ rotate(b, 7) &+ rotate(c, 12) &+ rotate(d, 18)
        for lane in [a, b, c, d] { hash = (hash ^ round(0, lane)) &* p1 &+ p4 }
    } else {
        hash = seed &+ p5
    }
    hash &+= UInt64(count)
    while offset + 8 <= count {
        hash = rotate(hash ^ round(0, word(offset)), 27) &* p1 &+ p4
        offset += 8
    }
    if offset + 4 <= count {
        let half = UInt64(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        hash = rotate(hash ^ half &* p1, 23) &* p2 &+ p3
        offset += 4
    }
    while offset < count {
        hash = rotate(hash ^ UInt64(bytes[offset]) &* p5, 11) &* p1
        offset += 1
    }
    hash = (hash ^ hash >> 33) &* p2
    hash = (hash ^ hash >> 29) &* p3
    return hash ^ hash >> 32
}
