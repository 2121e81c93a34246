/// Reads the text of a regular expression.
struct RegularExpressionParser {
    private typealias Node = RegularExpression.Node

    private let pattern: [Unicode.Scalar]
    private let dialect: RegularExpression.Dialect
    private var position = 0
    private var ignoresCase = false
    private var matchesLines = false
    private var depth = 0

    /// How deep groups, brackets and repeats of repeats may nest.
    private static let depthLimit = 100
    /// The most characters. Expressions in use have some hundreds.
    private static let lengthLimit = 16_384
    private static let categories: [String: CharacterClass] = [
        "L": .letter, "Letter": .letter, "N": .number, "Nd": .decimalDigit, "M": .mark, "P": .modernPunctuation, "S": .symbol,
        "Ll": .lower, "Lu": .upper, "Lt": .title, "Lm": .modifierLetter, "Lo": .otherLetter,
        "Punct": .modernPunctuation, "Alpha": .letter, "Space": .whitespace, "White_Space": .whitespace,
    ]

    /// - Throws: ``ExpressionProblem`` for a text that is too long.
    init(_ text: String, _ dialect: RegularExpression.Dialect) throws {
        if text.utf8.count > 4 * Self.lengthLimit || text.unicodeScalars.count > Self.lengthLimit {
            throw ExpressionProblem(text: "regular expression: longer than \(Self.lengthLimit) characters")
        }
        pattern = Array(text.unicodeScalars)
        self.dialect = dialect
    }

    mutating func parse() throws -> RegularExpression.Node {
        let node = try alternatives()
        if let extra = peek() { throw problem("unexpected \"\(extra)\"") }
        return node
    }

    private func peek(_ offset: Int = 0) -> Unicode.Scalar? {
        position + offset < pattern.count ? pattern[position + offset] : nil
    }

    private mutating func take(_ text: String) -> Bool {
        let scalars = Array(text.unicodeScalars)
        guard pattern[position...].starts(with: scalars) else { return false }
        position += scalars.count
        return true
    }

    private func problem(_ text: String) -> ExpressionProblem {
        ExpressionProblem(text: "regular expression: \(text) at character \(position + 1)")
    }

    private mutating func alternatives() throws -> Node {
        depth += 1
        defer { depth -= 1 }
        if depth > Self.depthLimit { throw problem("groups are nested too deeply") }
        let outer = (ignoresCase, matchesLines)
        defer { (ignoresCase, matchesLines) = outer }
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .alternatives(branches)
    }

    private mutating func sequence() throws -> Node {
        var nodes: [Node] = []
        while let next = peek(), next != "|", next != ")" {
            guard let atom = try atom() else { continue }
            let node = try repeated(atom)
            // What takes nothing and asks for nothing is left out, so that every part that is kept has an instruction.
            if case .sequence(let inner) = node, inner.isEmpty { continue }
            nodes.append(node)
        }
        return nodes.count == 1 ? nodes[0] : .sequence(nodes)
    }

    /// One position, group or assertion; nil for a switch such as `(?i)`.
    private mutating func atom() throws -> Node? {
        let first = pattern[position]
        switch first {
        case "(": return try group()
        case "[": return node(try bracket())
        case ".":
            position += 1
            return node(ScalarSet(items: matchesLines ? [] : [.range(0x0A...0x0A)], isNegated: true))
        case "^":
            position += 1
            return .assertion(dialect == .python ? .textStart : .lineStart)
        case "$":
            position += 1
            return .assertion(dialect == .python ? .lastLineEnd : .lineEnd)
        case "*", "+", "?": throw problem("nothing to repeat before \"\(first)\"")
        case "\\":
            if take("\\b") { return .assertion(.wordBoundary) }
            if take("\\B") { return .assertion(.noWordBoundary) }
            if take("\\A") { return .assertion(.textStart) }
            if take("\\z") { return .assertion(.textEnd) }
            if take("\\Z") { return .assertion(dialect == .python ? .textEnd : .lastLineEnd) }
            return node(ScalarSet(items: [try escape(inBracket: false)], ignoresCase: ignoresCase))
        default:
            position += 1
            return node(ScalarSet(items: [.range(first.value...first.value)], ignoresCase: ignoresCase))
        }
    }

    private func node(_ set: ScalarSet) -> Node {
        if let single = set.single { return .set(set, first: ByteSet(byte: UTF8Text.bytes([single])[0])) }
        var unused: [ClosedRange<UInt32>] = []
        return .set(set, first: ScalarLookup(set, &unused).firstBytes)
    }

    private mutating func group() throws -> Node? {
        let outer = (ignoresCase, matchesLines)
        var wrap: (Node) -> Node = { $0 }
        if take("(?=") {
            wrap = { .lookAhead($0, negated: false) }
        } else if take("(?!") {
            wrap = { .lookAhead($0, negated: true) }
        } else if take("(?>") {
            wrap = { .atomic($0) }
        } else if take("(?") {
            if try !name() {
                try switches()
                // Without a colon they hold to the end of the group that they stand in.
                if take(")") { return nil }
                if !take(":") { throw problem("this kind of group is not supported") }
            }
        } else {
            position += 1
        }
        let inner = try alternatives()
        if !take(")") { throw problem("a group is not closed") }
        (ignoresCase, matchesLines) = outer
        return wrap(inner)
    }

    /// The name of a group, which nothing here refers to.
    private mutating func name() throws -> Bool {
        guard dialect == .python ? peek() == "P" && peek(1) == "<" : peek() == "<" && peek(1) != "=" && peek(1) != "!" else { return false }
        while let next = peek(), next != ">" { position += 1 }
        if !take(">") { throw problem("the name of a group is not closed") }
        return true
    }

    /// Letters such as those of `(?i)`.
    private mutating func switches() throws {
        while let next = peek(), next != ":" && next != ")" {
            switch next {
            case "i": ignoresCase = true
            case dialect == .python ? "s" : "m": matchesLines = true
            default: throw problem("this kind of group is not supported")
            }
            position += 1
        }
    }

    private mutating func repeated(_ atom: Node) throws -> Node {
        var node = atom
        var count = 0
        defer { depth -= count }
        while let (counts, mode) = try quantifier() {
            count += 1
            depth += 1
            if depth > Self.depthLimit { throw problem("repeats of repeats are nested too deeply") }
            if count > 1 && dialect == .python { throw problem("several repeats in a row") }
            if counts.upperBound <= 1 { node = .sequence([]) }
            if case .sequence(let inner) = node, inner.isEmpty { continue }
            node = .repeated(node, counts, mode)
        }
        return node
    }

    /// What follows an atom: how often it is repeated and what is tried first, nil if it is not repeated.
    private mutating func quantifier() throws -> (Range<Int>, RegularExpression.Mode)? {
        let isInterval = peek() == "{"
        guard let counts = try counts() else { return nil }
        if isInterval && dialect == .oniguruma {
            // A fixed number is not made lazy: the question mark repeats it once more. A plus behind an interval repeats likewise.
            let isFixed = counts.count == 1
            return (counts, !isFixed && take("?") ? .lazy : .greedy)
        }
        return (counts, take("?") ? .lazy : take("+") ? .possessive : .greedy)
    }

    /// The numbers of repeats that a quantifier allows, nil if none follows.
    private mutating func counts() throws -> Range<Int>? {
        if take("*") { return 0..<Int.max }
        if take("+") { return 1..<Int.max }
        if take("?") { return 0..<2 }
        guard peek() == "{" else { return nil }
        let start = position
        position += 1
        let low = try number()
        var high = low
        if take(",") { high = try number() ?? (low == nil ? nil : Int.max - 1) }
        // Braces that are no number of repeats stand for themselves.
        guard take("}"), let high else {
            position = start
            return nil
        }
        if high < low ?? 0 { throw problem("the repeats run backwards") }
        return (low ?? 0)..<(high + 1)
    }

    private mutating func number() throws -> Int? {
        var value: Int?
        while let digit = peek(), ("0"..."9").contains(digit) {
            value = (value ?? 0) * 10 + Int(digit.value - 48)
            if value! > 100_000 { throw problem("more than 100000 repeats") }
            position += 1
        }
        return value
    }

    private mutating func bracket() throws -> ScalarSet {
        position += 1
        depth += 1
        defer { depth -= 1 }
        if depth > Self.depthLimit { throw problem("brackets are nested too deeply") }
        var set = ScalarSet(isNegated: take("^"), ignoresCase: ignoresCase)
        var isFirst = true
        while let next = peek(), next != "]" || isFirst {
            isFirst = false
            if next == "[" && dialect == .oniguruma {
                if peek(1) == ":" { throw problem("bracket names are not supported") }
                set.items.append(.set(try bracket()))
                continue
            }
            if dialect == .oniguruma && next == "&" && peek(1) == "&" { throw problem("intersections are not supported") }
            set.items.append(try rangeOrItem())
        }
        if !take("]") { throw problem("a bracket is not closed") }
        return set
    }

    private mutating func rangeOrItem() throws -> ScalarSet.Item {
        let low = try bracketItem()
        guard case .range(let start) = low, peek() == "-", let after = peek(1), after != "]" else { return low }
        position += 1
        guard case .range(let end) = try bracketItem() else { throw problem("a range must end in a character") }
        if end.lowerBound < start.lowerBound { throw problem("a range runs backwards") }
        return .range(start.lowerBound...end.lowerBound)
    }

    private mutating func bracketItem() throws -> ScalarSet.Item {
        guard let next = peek() else { throw problem("a bracket is not closed") }
        if next == "\\" { return try escape(inBracket: true) }
        position += 1
        return .range(next.value...next.value)
    }

    /// A backslash and what belongs to it.
    private mutating func escape(inBracket: Bool) throws -> ScalarSet.Item {
        position += 1
        guard let name = peek() else { throw problem("a backslash at the end") }
        position += 1
        func single(_ value: UInt32) -> ScalarSet.Item { .range(value...value) }
        switch name {
        case "s": return .classes(.whitespace, negated: false)
        case "S": return .classes(.whitespace, negated: true)
        case "w", "W": return word(negated: name == "W", inBracket: inBracket)
        case "d": return .classes(.decimalDigit, negated: false)
        case "D": return .classes(.decimalDigit, negated: true)
        case "p", "P": return try property(negated: name == "P")
        case "n": return single(0x0A)
        case "r": return single(0x0D)
        case "t": return single(0x09)
        case "f": return single(0x0C)
        case "v": return single(0x0B)
        case "u": return single(try hexadecimal(4))
        case "x":
            if !take("{") { return single(try hexadecimal(2)) }
            let value = try hexadecimal(8)
            if !take("}") { throw problem("\\x{ is not closed") }
            return single(value)
        default:
            let isLetterOrDigit = name.isASCII && (name.properties.isAlphabetic || ("0"..."9").contains(name))
            if isLetterOrDigit { throw problem("\\\(name) is not supported") }
            return single(name.value)
        }
    }

    /// `\w` or `\W`. In brackets the superscript digits and fractions of Latin-1 are no word characters.
    private func word(negated: Bool, inBracket: Bool) -> ScalarSet.Item {
        if !inBracket { return .classes(.expressionWord, negated: negated) }
        let others = ScalarSet(items: [.classes(.expressionWord, negated: true), .range(0xB2...0xB3), .range(0xB9...0xB9),
                                       .range(0xBC...0xBE)])
        return .set(negated ? others : ScalarSet(items: [.set(others)], isNegated: true))
    }

    private mutating func property(negated: Bool) throws -> ScalarSet.Item {
        var name = ""
        var isNegated = negated
        if take("{") {
            if take("^") { isNegated.toggle() }
            while let next = peek(), next != "}" {
                name.unicodeScalars.append(next)
                position += 1
            }
            if !take("}") { throw problem("\\p{ is not closed") }
        } else if let next = peek() {
            name.unicodeScalars.append(next)
            position += 1
        }
        if let classes = Self.categories[name] { return .classes(classes, negated: isNegated) }
        throw problem("the property \"\(name)\" is not supported")
    }

    /// Up to `limit` hexadecimal digits.
    private mutating func hexadecimal(_ limit: Int) throws -> UInt32 {
        var value: UInt32 = 0, count = 0
        while count < limit, let next = peek(), let digit = next.isASCII ? Character(next).hexDigitValue : nil {
            value = value &* 16 &+ UInt32(digit)
            position += 1
            count += 1
        }
        if count == 0 || value > 0x10FFFF { throw problem("not a character number") }
        return value
    }
}
