/// Which text of a pair gives up tokens.
public enum TruncationStrategy: String, Equatable, Sendable, CaseIterable {
    /// The longer text is cut down to the other's length, then both to half of the room; an odd token is left to the
    /// text that was longer, to the second when both were equally long.
    case longestFirst = "longest_first"
    /// Only the first text is cut.
    case onlyFirst = "only_first"
    /// Only the second text is cut.
    case onlySecond = "only_second"
    /// Nothing is cut.
    case none = "do_not_truncate"
}

/// The end of a text where tokens are cut off.
public enum TruncationSide: String, Equatable, Sendable {
    case left, right
}

extension TruncationStrategy {
    /// The number of tokens that each text keeps.
    ///
    /// - Parameters:
    ///   - first: tokens of the first text, without special tokens.
    ///   - second: tokens of the second text, nil if there is none.
    ///   - room: the tokens that may remain in total.
    /// - Throws: ``TokenizerError/cannotTruncate(_:)`` if the text to be cut would have nothing left, or is missing.
    func keptLengths(first: Int, second: Int?, room: Int) throws -> (first: Int, second: Int?) {
        let total = first + (second ?? 0)
        if self == .none || total <= room { return (first, second) }
        if room == 0 { return (0, second.map { _ in 0 }) }
        switch self {
        case .none: return (first, second)
        case .longestFirst:
            guard let second else { return (room, nil) }
            return Self.share(room, first, second)
        case .onlyFirst:
            return (try Self.shorten(first, by: total - room, name: "first"), second)
        case .onlySecond:
            guard let second else {
                throw TokenizerError.cannotTruncate("truncation only_second needs a second text, but there is only one; "
                    + "use longest_first")
            }
            return (first, try Self.shorten(second, by: total - room, name: "second"))
        }
    }

    private static func share(_ room: Int, _ first: Int, _ second: Int) -> (Int, Int?) {
        let swapped = first > second
        var short = min(first, second)
        var long = short > room ? short : max(short, room - short)
        if short + long > room {
            short = room / 2
            long = short + room % 2
        }
        return swapped ? (long, short) : (short, long)
    }

    private static func shorten(_ length: Int, by excess: Int, name: String) throws -> Int {
        if length > excess { return length - excess }
        throw TokenizerError.cannotTruncate("truncation only_\(name) would have to remove \(excess) tokens, but the \(name) "
            + "text has only \(length); raise the maximum length or use longest_first")
    }
}
