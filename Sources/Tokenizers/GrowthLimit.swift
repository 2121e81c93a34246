/// How long a text may become while it is rewritten: a chain of steps that each double it would fill any memory.
///
/// The longest that a single step of Unicode makes of a character is eleven times its bytes, and the byte-level alphabet doubles that.
struct GrowthLimit: Sendable {
    /// The bytes of the text as it was given.
    let original: Int
    /// The most bytes that it may have.
    let bytes: Int

    static let factor = 32, constant = 4_096

    /// - Parameter original: the bytes of the text as it was given.
    init(for original: Int) {
        self.original = original
        bytes = min(original * Self.factor + Self.constant, Int(Int32.max) - 1)
    }

    /// - Throws: ``TextProblem`` for a text that has become too long.
    @inline(__always)
    func check(_ count: Int) throws { if count > bytes { throw problem() } }

    private func problem() -> TextProblem {
        TextProblem(text: "makes more than \(bytes) bytes of a text of \(original); a text may grow to \(Self.factor) times its length and "
            + "\(Self.constant) bytes")
    }
}

/// What goes wrong with a text in a part of a tokenizer.
struct TextProblem: Error {
    let text: String
}

/// Where a part of a tokenizer stands in its files.
struct Place: Sendable {
    private let file: String, key: String

    init(_ member: ComponentReader) {
        file = member.file
        key = member.key
    }

    /// - Throws: ``TokenizerError`` with file and key for a problem with a text or an expression.
    func locating<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let problem as TextProblem {
            throw TokenizerError.invalid(file: file, key: key, problem: problem.text)
        } catch let problem as ExpressionProblem {
            throw TokenizerError.invalid(file: file, key: key, problem: problem.text)
        }
    }
}

/// A part of a tokenizer with its place, so that what goes wrong with a text is told with both.
struct Placed<Part: Sendable>: Sendable {
    let part: Part
    let place: Place

    init(_ part: Part, _ member: ComponentReader) {
        self.part = part
        place = Place(member)
    }
}

extension Placed: Normalizer where Part == any Normalizer {
    func normalize(_ text: [UInt8], _ limit: GrowthLimit) throws -> [UInt8] {
        try place.locating {
            let result = try part.normalize(text, limit)
            try limit.check(result.count)
            return result
        }
    }
}

extension Placed: PreTokenizer where Part == any PreTokenizer {
    func cut(_ text: inout PreTokenizedText) throws { try place.locating { try part.cut(&text) } }
}

extension Placed: Decoder where Part == any Decoder {
    func decode(_ tokens: [String], _ limit: GrowthLimit) throws -> [String] {
        try place.locating {
            let result = try part.decode(tokens, limit)
            try limit.check(result.reduce(0) { $0 + $1.utf8.count })
            return result
        }
    }
}
