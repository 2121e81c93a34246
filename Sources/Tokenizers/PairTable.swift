/// The merges of a byte-pair encoding: from a pair of ids to the rank of its merge and the id that replaces it.
struct PairTable: Sendable {
    struct Merge {
        var rank: UInt32
        var id: Int32
    }

    private var keys: [UInt64]
    private var merges: [Merge]
    private let mask: Int

    private static let free = UInt64.max

    /// - Parameter capacity: the most pairs that will be inserted.
    init(capacity: Int) {
        var size = 16
        while size < capacity * 2 { size *= 2 }
        keys = Array(repeating: Self.free, count: size)
        merges = Array(repeating: Merge(rank: 0, id: 0), count: size)
        mask = size - 1
    }

    /// Adds a pair, or replaces its merge.
    mutating func insert(_ left: Int32, _ right: Int32, _ merge: Merge) {
        let index = position(left, right)
        keys[index] = Self.key(left, right)
        merges[index] = merge
    }

    /// The merge of a pair, nil if it has none.
    @inline(__always)
    subscript(left: Int32, right: Int32) -> Merge? {
        let index = position(left, right)
        return keys[index] == Self.free ? nil : merges[index]
    }

    @inline(__always)
    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }

    /// Where the pair is, or the free place where it would be.
    @inline(__always)
    private func position(_ left: Int32, _ right: Int32) -> Int {
        let key = Self.key(left, right)
        let mixed = key &* 0x9E37_79B9_7F4A_7C15
        var index = Int(truncatingIfNeeded: mixed >> 32) & mask
        while keys[index] != Self.free && keys[index] != key { index = (index + 1) & mask }
        return index
    }
}
