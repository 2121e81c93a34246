import Glibc

/// The members of a JSON object, in the order of the text, with access by key.
///
/// Keys are compared byte by byte. Swift's own string comparison holds canonically equivalent texts (a precomposed and
/// a decomposed é) for equal, which would merge tokens of a vocabulary.
public struct JSONObject: Sendable {
    private var members: [(key: String, value: JSONValue)] = []
    /// A hash table of positions in `members` (-1 is free, size a power of two); empty while members are few.
    private var slots: [Int32] = []

    private static let linearLimit = 8

    public init() {}

    /// Members in order. Of a key that comes twice, the first decides the place and the last the value, as in Python.
    public init(_ members: [(String, JSONValue)]) {
        self.members = members.map { (key: $0.0, value: $0.1) }
        mergeDuplicates()
    }

    /// Number of members.
    public var count: Int { members.count }

    public var isEmpty: Bool { members.isEmpty }

    /// The keys in order.
    public var keys: [String] { members.map(\.key) }

    /// Reads a member, nil if absent. Assigning appends or replaces in place; assigning nil removes.
    public subscript(key: String) -> JSONValue? {
        get { position(of: key).map { members[$0].value } }
        set {
            let position = position(of: key)
            switch (position, newValue) {
            case (let position?, let value?):
                members[position].value = value
            case (nil, let value?):
                members.append((key: key, value: value))
                if !slots.isEmpty && members.count * 2 <= slots.count {
                    insertSlot(members.count - 1)
                } else if members.count > Self.linearLimit {
                    rebuildSlots()
                }
            case (let position?, nil):
                members.remove(at: position)
                rebuildSlots()
            case (nil, nil):
                break
            }
        }
    }

    private func position(of key: String) -> Int? {
        if slots.isEmpty {
            return members.firstIndex { Self.haveSameBytes($0.key, key) }
        }
        let mask = slots.count - 1
        var slot = Self.hash(key) & mask
        while slots[slot] >= 0 {
            let position = Int(slots[slot])
            if Self.haveSameBytes(members[position].key, key) { return position }
            slot = (slot + 1) & mask
        }
        return nil
    }

    private mutating func insertSlot(_ position: Int) {
        let mask = slots.count - 1
        var slot = Self.hash(members[position].key) & mask
        while slots[slot] >= 0 { slot = (slot + 1) & mask }
        slots[slot] = Int32(position)
    }

    private mutating func rebuildSlots() {
        slots = []
        guard members.count > Self.linearLimit else { return }
        slots = Self.freeSlots(for: members.count)
        for position in members.indices { insertSlot(position) }
    }

    private mutating func mergeDuplicates() {
        if members.count > Self.linearLimit {
            slots = Self.freeSlots(for: members.count)
            var kept = 0
            for position in members.indices {
                // Slots know only positions below `kept`, so the lookup sees exactly the members kept so far.
                if let earlier = self.position(of: members[position].key) {
                    members[earlier].value = members[position].value
                } else {
                    if kept != position { members[kept] = members[position] }
                    insertSlot(kept)
                    kept += 1
                }
            }
            members.removeLast(members.count - kept)
            return
        }
        var position = 1
        while position < members.count {
            let key = members[position].key
            if let earlier = members[..<position].firstIndex(where: { Self.haveSameBytes($0.key, key) }) {
                members[earlier].value = members[position].value
                members.remove(at: position)
            } else {
                position += 1
            }
        }
    }

    private static func freeSlots(for count: Int) -> [Int32] {
        var size = 32
        while size < count * 2 { size *= 2 }
        return [Int32](repeating: -1, count: size)
    }

    private static func hash(_ key: String) -> Int {
        var key = key
        var hasher = Hasher()
        key.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        return hasher.finalize()
    }

    @inline(__always)
    private static func haveSameBytes(_ a: String, _ b: String) -> Bool {
        var a = a
        var b = b
        return a.withUTF8 { first in
            b.withUTF8 { second in
                first.count == second.count
                    && (first.isEmpty || memcmp(first.baseAddress!, second.baseAddress!, first.count) == 0)
            }
        }
    }
}

extension JSONObject: Equatable {
    /// Same keys with equal values in the same order.
    public static func == (a: JSONObject, b: JSONObject) -> Bool {
        a.members.elementsEqual(b.members) { haveSameBytes($0.key, $1.key) && $0.value == $1.value }
    }
}

extension JSONObject: RandomAccessCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { members.count }
    public subscript(position: Int) -> (key: String, value: JSONValue) { members[position] }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}
