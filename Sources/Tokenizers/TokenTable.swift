/// A map from byte strings to ids: open addressing over one block of bytes.
///
/// The hash can be carried along a text byte by byte, so that all prefixes of a word are hashed in one pass.
struct TokenTable: Sendable {
    /// The hash of the empty string.
    static let emptyHash: UInt32 = 2_166_136_261

    private struct Slot {
        var hash: UInt32
        var id: Int32
        var offset: UInt32
        var length: UInt32
    }

    private var slots: [Slot]
    private var bytes: [UInt8] = []
    private var mask: Int

    /// Number of entries.
    private(set) var count = 0
    /// The longest entry, in bytes.
    private(set) var maxLength = 0

    /// - Parameter capacity: the number of entries to make room for.
    init(capacity: Int) {
        var size = 16
        while size < capacity * 2 { size *= 2 }
        slots = Array(repeating: Slot(hash: 0, id: -1, offset: 0, length: 0), count: size)
        mask = size - 1
        bytes.reserveCapacity(capacity * 8)
    }

    /// Carries a hash over one more byte (FNV-1a).
    @inline(__always)
    static func hash(_ hash: UInt32, _ byte: UInt8) -> UInt32 { (hash ^ UInt32(byte)) &* 16_777_619 }

    /// The hash of a range of `text`.
    static func hash(_ text: [UInt8], _ range: Range<Int>) -> UInt32 {
        var value = emptyHash
        for index in range { value = hash(value, text[index]) }
        return value
    }

    /// Adds an entry, or replaces the id of one.
    mutating func insert(_ key: some Collection<UInt8>, id: Int32) {
        if (count + 1) * 2 > slots.count { grow() }
        let key = Array(key)
        let hash = Self.hash(key, 0..<key.count)
        var index = start(hash)
        while slots[index].id >= 0 {
            if slots[index].hash == hash && matches(slots[index], key, 0..<key.count) {
                slots[index].id = id
                return
            }
            index = (index + 1) & mask
        }
        slots[index] = Slot(hash: hash, id: id, offset: UInt32(bytes.count), length: UInt32(key.count))
        bytes.append(contentsOf: key)
        count += 1
        maxLength = max(maxLength, key.count)
    }

    /// The id of the bytes of `text` in `range`, whose hash is `hash`; -1 if there is none.
    @inline(__always)
    func id(_ text: [UInt8], _ range: Range<Int>, hash: UInt32) -> Int32 {
        var index = start(hash)
        while true {
            let slot = slots[index]
            if slot.id < 0 { return -1 }
            if slot.hash == hash && matches(slot, text, range) { return slot.id }
            index = (index + 1) & mask
        }
    }

    /// The id of a range of `text`, -1 if there is none.
    func id(_ text: [UInt8], _ range: Range<Int>) -> Int32 { id(text, range, hash: Self.hash(text, range)) }

    /// The id of a whole string, nil if there is none.
    func id(of token: String) -> Int32? {
        let text = Array(token.utf8)
        let found = id(text, 0..<text.count)
        return found < 0 ? nil : found
    }

    @inline(__always)
    private func start(_ hash: UInt32) -> Int { Int(hash ^ hash >> 15) & mask }

    @inline(__always)
    private func matches(_ slot: Slot, _ text: [UInt8], _ range: Range<Int>) -> Bool {
        if Int(slot.length) != range.count { return false }
        let offset = Int(slot.offset)
        for index in 0..<range.count where bytes[offset + index] != text[range.lowerBound + index] { return false }
        return true
    }

    private mutating func grow() {
        let old = slots
        slots = Array(repeating: Slot(hash: 0, id: -1, offset: 0, length: 0), count: old.count * 2)
        mask = slots.count - 1
        for slot in old where slot.id >= 0 {
            var index = start(slot.hash)
            while slots[index].id >= 0 { index = (index + 1) & mask }
            slots[index] = slot
        }
    }
}
