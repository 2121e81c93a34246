/// The regular expressions of files from outside: those of tokenizers, and those by which adapters name layers.
///
/// Literals, `.`, classes with ranges and negation, `\s \w \d \p{..}` and their opposites, groups, alternatives, greedy,
/// lazy and possessive repeats, look-ahead, `^ $ \b`, and `(?i)`. Everything else is refused when the expression is read.
///
/// Reading and matching take bounded time, memory and stack, whatever the expression and the text are: groups nest up to a limit,
/// what an expression compiles to has a limit, and a search that takes too many steps ends with an error.
public struct RegularExpression: Sendable {
    /// Whose rules an expression follows where they differ.
    public enum Dialect: Sendable {
        /// Those of the library that the reference's tokenizers use.
        case oniguruma
        /// Those of Python's `re`, by which PEFT names layers.
        case python
    }

    /// A part of an expression.
    indirect enum Node: Sendable {
        /// One scalar, and the bytes with which it can begin.
        case set(ScalarSet, first: ByteSet)
        case sequence([Node])
        case alternatives([Node])
        case repeated(Node, Range<Int>, Mode)
        case lookAhead(Node, negated: Bool)
        /// Matches as the node does first, and does not try its other ways.
        case atomic(Node)
        case assertion(Assertion)
    }

    /// What holds at a place, without taking any text.
    enum Assertion: Sendable {
        case textStart, textEnd, lineStart, lineEnd
        /// At the end of the text, or before a line feed that ends it.
        case lastLineEnd
        case wordBoundary, noWordBoundary
    }

    /// Which number of repeats is tried first, and whether others are tried.
    enum Mode: Sendable {
        case greedy, lazy, possessive
    }

    let program: ExpressionProgram

    /// - Throws: ``ExpressionProblem`` that says what is not understood, or what is too large.
    public init(_ pattern: String, dialect: Dialect = .oniguruma) throws {
        var parser = try RegularExpressionParser(pattern, dialect)
        program = try ExpressionCompiler.compile(try parser.parse())
    }

    /// Whether the whole of `text` matches.
    /// - Throws: ``ExpressionProblem`` if that takes too many steps; what ``Cancellation`` throws.
    public func matchesWhole(_ text: String) throws -> Bool {
        let text = Array(text.utf8)
        var matcher = try RegularExpressionMatcher(self, text)
        return try matcher.matchesWhole(0..<text.count)
    }

    /// Whether `text` begins with a match.
    /// - Throws: as ``matchesWhole(_:)``.
    public func matchesStart(of text: String) throws -> Bool {
        let text = Array(text.utf8)
        var matcher = try RegularExpressionMatcher(self, text)
        return try matcher.matchesStart(of: 0..<text.count)
    }

    /// Whether there is a match anywhere in `text`.
    /// - Throws: as ``matchesWhole(_:)``.
    public func isFound(in text: String) throws -> Bool {
        let text = Array(text.utf8)
        var matcher = try RegularExpressionMatcher(self, text)
        return try matcher.isFound(in: 0..<text.count)
    }
}

/// What is wrong with a regular expression, or with the attempt to match it.
public struct ExpressionProblem: Error, CustomStringConvertible {
    public let text: String
    public var description: String { text }
}
