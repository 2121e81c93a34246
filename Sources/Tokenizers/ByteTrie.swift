/// A set of byte strings with ids, walked byte by byte.
struct ByteTrie: Sendable {
    /// The node of the empty string.
    static let root: UInt32 = 0

    /// Edges by open addressing: node, byte and child in 24, 8 and 32 bits; 0 is free, since the root is no child.
    private var edges: [UInt64]
    private var mask: Int
    private var edgeCount = 0
    /// The id of the string that ends at each node, -1 for none.
    private var ids: [Int32] = [-1]

    /// - Parameter capacity: the number of strings to make room for.
    init(capacity: Int) {
        var size = 64
        while size < capacity * 4 { size *= 2 }
        edges = Array(repeating: 0, count: size)
        mask = size - 1
    }

    /// Adds a string, or replaces its id.
    mutating func insert(_ key: some Sequence<UInt8>, id: Int32) {
        var node = Self.root
        for byte in key {
            if let child = child(node, byte) {
                node = child
                continue
            }
            if edgeCount * 2 >= edges.count { grow() }
            let fresh = UInt32(ids.count)
            place(Self.key(node, byte) << 32 | UInt64(fresh))
            edgeCount += 1
            ids.append(-1)
            node = fresh
        }
        ids[Int(node)] = id
    }

    /// The node that `byte` leads to, nil if no string goes on like that.
    @inline(__always)
    func child(_ node: UInt32, _ byte: UInt8) -> UInt32? {
        let key = Self.key(node, byte)
        var index = start(key)
        while edges[index] != 0 {
            if edges[index] >> 32 == key { return UInt32(truncatingIfNeeded: edges[index]) }
            index = (index + 1) & mask
        }
        return nil
    }

    /// The id of the string that ends at `node`, -1 for none.
    @inline(__always)
    func id(_ node: UInt32) -> Int32 { ids[Int(node)] }

    /// The id of a whole string, -1 for none.
    func id(of key: some Sequence<UInt8>) -> Int32 {
        var node = Self.root
        for byte in key {
            guard let next = child(node, byte) else { return -1 }
            node = next
        }
        return id(node)
    }

    @inline(__always)
    private static func key(_ node: UInt32, _ byte: UInt8) -> UInt64 { UInt64(node) << 8 | UInt64(byte) }

    @inline(__always)
    private func start(_ key: UInt64) -> Int { Int(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) >> 32) & mask }

    private mutating func place(_ edge: UInt64) {
        var index = start(edge >> 32)
        while edges[index] != 0 { index = (index + 1) & mask }
        edges[index] = edge
    }

    private mutating func grow() {
        let old = edges
        edges = Array(repeating: 0, count: old.count * 2)
        mask = edges.count - 1
        for edge in old where edge != 0 { place(edge) }
    }
}
