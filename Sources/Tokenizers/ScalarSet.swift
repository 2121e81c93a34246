/// The scalars that one position of a regular expression accepts.
struct ScalarSet: Sendable {
    /// A part of a set.
    enum Item: Sendable {
        case range(ClosedRange<UInt32>)
        /// Scalars with any of some classes, or with none of them.
        case classes(CharacterClass, negated: Bool)
        case set(ScalarSet)
    }

    var items: [Item] = []
    var isNegated = false
    /// Also accepts scalars whose other case is in the set.
    var ignoresCase = false

    /// The one scalar that is accepted, nil if there are more or others.
    var single: UInt32? {
        guard items.count == 1, !isNegated, !ignoresCase, case .range(let range) = items[0], range.count == 1 else { return nil }
        return range.lowerBound
    }

    func contains(_ value: UInt32) -> Bool {
        var found = holds(value)
        if !found && ignoresCase && value < 0x80 {
            found = (65...90).contains(value & ~0x20) && holds(value ^ 0x20)
        } else if !found && ignoresCase {
            let properties = (Unicode.Scalar(value) ?? "\u{FFFD}").properties
            let upper = properties.uppercaseMapping.unicodeScalars, lower = properties.lowercaseMapping.unicodeScalars
            found = lower.count == 1 && holds(lower.first!.value)
            if upper.count == 1, let scalar = upper.first, !found {
                let folded = scalar.properties.lowercaseMapping.unicodeScalars
                found = holds(scalar.value) || folded.count == 1 && holds(folded.first!.value)
            }
        }
        return found != isNegated
    }

    private func holds(_ value: UInt32) -> Bool {
        for item in items {
            switch item {
            case .range(let range): if range.contains(value) { return true }
            case .classes(let classes, let negated):
                if CharacterClass.of[value].isDisjoint(with: classes) == negated { return true }
            case .set(let set): if set.contains(value) { return true }
            }
        }
        return false
    }
}

/// A ``ScalarSet`` in the form in which scalars are looked up: bits for ASCII, then one mask of classes and sorted ranges.
struct ScalarLookup: Sendable {
    /// A bit for each of the scalars 0 to 63 and 64 to 127.
    let asciiLow, asciiHigh: UInt64
    /// Classes of which one is enough.
    let classes: CharacterClass
    /// Where the set's ranges are among those of all sets of an expression; they are sorted and do not touch.
    let ranges: Range<Int>
    let isNegated: Bool
    /// Whether scalars beyond ASCII must be looked up in the set itself.
    let isComplex: Bool

    /// - Parameter allRanges: takes the ranges.
    init(_ set: ScalarSet, _ allRanges: inout [ClosedRange<UInt32>]) {
        var low: UInt64 = 0, high: UInt64 = 0
        for value in UInt32(0)..<64 where set.contains(value) { low |= 1 << UInt64(value) }
        for value in UInt32(0)..<64 where set.contains(value + 64) { high |= 1 << UInt64(value) }
        (asciiLow, asciiHigh) = (low, high)
        var parts = Parts()
        let isSimple = !set.ignoresCase && parts.gather(set.items)
        isComplex = !isSimple
        isNegated = set.isNegated
        classes = parts.classes
        let start = allRanges.count
        if isSimple { allRanges += Self.merged(parts.ranges) }
        ranges = start..<allRanges.count
    }

    /// The first bytes of what is accepted.
    var firstBytes: ByteSet {
        ByteSet(asciiLow: asciiLow, asciiHigh: asciiHigh, acceptsOthers: isComplex || isNegated || !classes.isEmpty || !ranges.isEmpty)
    }

    @inline(__always)
    func containsASCII(_ byte: UInt8) -> Bool {
        (byte < 64 ? asciiLow >> UInt64(byte) : asciiHigh >> UInt64(byte & 63)) & 1 != 0
    }

    /// The classes and ranges of a set whose parts need nothing else.
    private struct Parts {
        var classes: CharacterClass = []
        var ranges: [ClosedRange<UInt32>] = []

        /// - Returns: false if there is more to the set.
        mutating func gather(_ items: [ScalarSet.Item]) -> Bool {
            for item in items {
                switch item {
                case .range(let range): if range.upperBound >= 0x80 { ranges.append(range) }
                case .classes(let more, let negated):
                    if negated { return false }
                    classes.formUnion(more)
                case .set(let inner):
                    if inner.isNegated || inner.ignoresCase || !gather(inner.items) { return false }
                }
            }
            return true
        }
    }

    private static func merged(_ ranges: [ClosedRange<UInt32>]) -> [ClosedRange<UInt32>] {
        var merged: [ClosedRange<UInt32>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged
    }
}
