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

    func contains(_ value: UInt32) -> Bool {
        var found = holds(value)
        if !found && ignoresCase {
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
