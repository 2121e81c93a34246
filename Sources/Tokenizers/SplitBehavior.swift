/// What becomes of the delimiters when text is split, and of their neighbours.
enum SplitBehavior: String, CaseIterable {
    /// Delimiters vanish.
    case removed = "Removed"
    /// Each delimiter is a piece of its own.
    case isolated = "Isolated"
    /// A delimiter ends the piece before it.
    case mergedWithPrevious = "MergedWithPrevious"
    /// A delimiter begins the piece after it.
    case mergedWithNext = "MergedWithNext"
    /// Neighbouring delimiters together are one piece.
    case contiguous = "Contiguous"

    /// Cuts `range` at the delimiters `matches`, which are in order and do not overlap.
    ///
    /// - Parameter inverted: the matches are the text, and what lies between them are the delimiters.
    func split(_ range: Range<Int>, at matches: [Range<Int>], inverted: Bool = false, _ emit: (Range<Int>) -> Void) {
        var end = range.lowerBound
        if self == .isolated || self == .removed {
            let keepsMatches = self == .isolated || inverted, keepsOthers = self == .isolated || !inverted
            for match in matches {
                if keepsOthers && end != match.lowerBound { emit(end..<match.lowerBound) }
                if keepsMatches { emit(match) }
                end = match.upperBound
            }
            if keepsOthers && end != range.upperBound { emit(end..<range.upperBound) }
            return
        }
        var parts: [(range: Range<Int>, isDelimiter: Bool)] = []
        for match in matches {
            if end != match.lowerBound { parts.append((end..<match.lowerBound, inverted)) }
            parts.append((match, !inverted))
            end = match.upperBound
        }
        if end != range.upperBound { parts.append((end..<range.upperBound, inverted)) }

        switch self {
        case .removed, .isolated: break
        case .contiguous: Self.merged(parts) { $0 == $1 }.forEach(emit)
        case .mergedWithPrevious: Self.merged(parts) { $0 && !$1 }.forEach(emit)
        case .mergedWithNext:
            Self.merged(parts.reversed()) { $0 && !$1 }.reversed().forEach(emit)
        }
    }

    /// Joins a part to the one before it where `joins(part is delimiter, previous is delimiter)`.
    private static func merged(_ parts: [(range: Range<Int>, isDelimiter: Bool)],
                               _ joins: (Bool, Bool) -> Bool) -> [Range<Int>] {
        var merged: [Range<Int>] = []
        var previous = false
        for part in parts {
            if joins(part.isDelimiter, previous), let last = merged.last {
                let start = min(last.lowerBound, part.range.lowerBound), end = max(last.upperBound, part.range.upperBound)
                merged[merged.count - 1] = start..<end
            } else {
                merged.append(part.range)
            }
            previous = part.isDelimiter
        }
        return merged
    }
}
