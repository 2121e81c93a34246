/// What `Split` and `Replace` look for.
enum TextPattern: Sendable {
    case literal(LiteralText)
    case expression(RegularExpression)

    /// Reads `{"String": ...}` or `{"Regex": ...}`.
    init(_ member: ComponentReader) throws {
        let expression = member["Regex"]
        if expression.isMissing {
            self = .literal(LiteralText(Array(try member["String"].string().utf8)))
            return
        }
        do {
            self = .expression(try RegularExpression(try expression.string()))
        } catch let problem as ExpressionProblem {
            throw expression.problem(problem.text)
        }
    }

    /// The matches within `range` of `text`, in order, without overlap.
    func matches(in text: [UInt8], _ range: Range<Int>) throws -> [Range<Int>] {
        switch self {
        case .literal(let literal): return literal.occurrences(in: text, range)
        case .expression(let expression):
            var matcher = try RegularExpressionMatcher(expression, text)
            return try matcher.matches(range)
        }
    }

    /// Calls `body` with the matches within each of some parts of one text, in order.
    func forEachMatches(in text: [UInt8], _ body: (_ matches: (Range<Int>) throws -> [Range<Int>]) throws -> Void) throws {
        switch self {
        case .literal(let literal): try body { literal.occurrences(in: text, $0) }
        case .expression(let expression):
            var matcher = try RegularExpressionMatcher(expression, text)
            try body { try matcher.matches($0) }
        }
    }
}

/// A text that is searched for as it stands (Knuth, Morris and Pratt 1977: in time that grows with the searched text alone).
struct LiteralText: Sendable {
    let bytes: [UInt8]
    /// For each beginning of the text the length of the longest shorter beginning that ends it too.
    private let borders: [Int]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        var borders = [Int](repeating: 0, count: bytes.count)
        var length = 0
        for index in bytes.indices.dropFirst() {
            while length > 0 && bytes[index] != bytes[length] { length = borders[length - 1] }
            if bytes[index] == bytes[length] { length += 1 }
            borders[index] = length
        }
        self.borders = borders
    }

    /// Where it stands within `range` of `text`, without overlap; nowhere if it is empty.
    func occurrences(in text: [UInt8], _ range: Range<Int>) -> [Range<Int>] {
        if bytes.isEmpty { return [] }
        var found: [Range<Int>] = []
        var length = 0
        for index in range {
            while length > 0 && text[index] != bytes[length] { length = borders[length - 1] }
            if text[index] == bytes[length] { length += 1 }
            if length == bytes.count {
                found.append((index + 1 - length)..<(index + 1))
                length = 0
            }
        }
        return found
    }
}
