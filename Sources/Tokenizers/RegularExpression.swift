/// The regular expressions that tokenizer files use, over Unicode scalars.
///
/// Literals, `.`, classes with ranges and negation, `\s \w \d \p{..}` and their opposites, groups, alternatives, greedy,
/// lazy and possessive repeats, look-ahead, `^ $ \b`, and `(?i)`. Everything else is refused when the file is read.
struct RegularExpression: Sendable {
    /// A part of an expression.
    indirect enum Node: Sendable {
        case set(ScalarSet)
        case sequence([Node])
        case alternatives([Node])
        case repeated(Node, Range<Int>, Mode)
        case lookAhead(Node, negated: Bool)
        /// Matches as the node does first, and does not try its other ways.
        case atomic(Node)
        case textStart, textEnd, lineStart, lineEnd
        case wordBoundary(negated: Bool)
    }

    /// Which number of repeats is tried first, and whether others are tried.
    enum Mode: Sendable {
        case greedy, lazy, possessive
    }

    let root: Node

    /// - Throws: ``ExpressionProblem`` that says what is not understood.
    init(_ pattern: String) throws {
        var parser = RegularExpressionParser(pattern)
        root = try parser.parse()
    }

    /// The matches within `range` of `text`, from left to right, without overlap; they may be empty.
    func matches(in text: [UInt8], _ range: Range<Int>) -> [Range<Int>] {
        let matcher = RegularExpressionMatcher(text: text, range: range)
        var found: [Range<Int>] = []
        var index = range.lowerBound
        var lastEnd = -1
        while index <= range.upperBound {
            var next = index < range.upperBound ? index + UTF8Text.scalar(text, index).width : index + 1
            if let end = matcher.match(root, index), !(end == index && end == lastEnd) {
                found.append(index..<end)
                lastEnd = end
                if end > index { next = end }
            }
            index = next
        }
        return found
    }
}

/// What is wrong with a regular expression.
struct ExpressionProblem: Error {
    let text: String
}
