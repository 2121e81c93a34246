/// A step that rewrites text before it is cut into words.
protocol Normalizer: Sendable {
    /// The rewritten text, UTF-8.
    /// - Throws: ``TextProblem`` where the text would grow beyond `limit`, ``ExpressionProblem`` from a regular expression.
    func normalize(_ text: [UInt8], _ limit: GrowthLimit) throws -> [UInt8]
}

/// Several steps, one after the other.
struct NormalizerSequence: Normalizer {
    let steps: [any Normalizer]

    /// The number of steps, those of sequences within it included.
    var count: Int { steps.reduce(0) { $0 + (($1 as? NormalizerSequence)?.count ?? 1) } }

    func normalize(_ text: [UInt8], _ limit: GrowthLimit) throws -> [UInt8] { try steps.reduce(text) { try $1.normalize($0, limit) } }
}

extension NormalForm: Normalizer {
    func normalize(_ text: [UInt8], _ limit: GrowthLimit) throws -> [UInt8] { try applied(to: text, limit) }
}

/// Lower case, scalar by scalar: without rules that look at neighbours, such as the Greek final sigma.
struct Lowercase: Normalizer {
    func normalize(_ text: [UInt8], _ limit: GrowthLimit) -> [UInt8] { LetterCase.lower(text) }
}

/// Drops combining marks that stand as scalars of their own.
struct StripAccents: Normalizer {
    func normalize(_ text: [UInt8], _ limit: GrowthLimit) -> [UInt8] {
        if !text.contains(where: { $0 >= 0x80 }) { return text }
        return UTF8Text.bytes(UTF8Text.scalars(text).filter { !CharacterClass.of[$0].contains(.combiningMark) })
    }
}

/// Drops white space at the ends.
struct Strip: Normalizer {
    let left: Bool
    let right: Bool

    func normalize(_ text: [UInt8], _ limit: GrowthLimit) -> [UInt8] {
        var start = 0, end = text.count
        while left && start < end {
            let (value, width) = UTF8Text.scalar(text, start)
            if !CharacterClass.of[value].contains(.whitespace) { break }
            start += width
        }
        while right && end > start {
            if !CharacterClass.of[UTF8Text.scalar(text, endingAt: end)].contains(.whitespace) { break }
            end -= 1
            while UTF8Text.isTail(text[end]) { end -= 1 }
        }
        return Array(text[start..<end])
    }
}

/// Puts a text before every text that is not empty.
struct Prepend: Normalizer {
    let prefix: [UInt8]

    func normalize(_ text: [UInt8], _ limit: GrowthLimit) -> [UInt8] { text.isEmpty ? text : prefix + text }
}

/// Replaces every match of a pattern.
struct Replace: Normalizer {
    let pattern: TextPattern
    let content: [UInt8]

    func normalize(_ text: [UInt8], _ limit: GrowthLimit) throws -> [UInt8] {
        let matches = try pattern.matches(in: text, 0..<text.count)
        if matches.isEmpty { return text }
        let kept = matches.reduce(text.count) { $0 - $1.count }, added = matches.count.multipliedReportingOverflow(by: content.count)
        try limit.check(added.overflow ? .max : kept + added.partialValue)
        return Self.text(text, replacing: matches, by: content)
    }

    /// `text` with `content` in the place of each of `matches`, which are in order and do not overlap.
    static func text(_ text: [UInt8], replacing matches: [Range<Int>], by content: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var end = 0
        for match in matches {
            output.append(contentsOf: text[end..<match.lowerBound])
            output.append(contentsOf: content)
            end = match.upperBound
        }
        output.append(contentsOf: text[end...])
        return output
    }
}

/// The cleaning of machine-translation data: drops ASCII controls, makes other white space a space.
struct NmtCleaning: Normalizer {
    func normalize(_ text: [UInt8], _ limit: GrowthLimit) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        for value in UTF8Text.scalars(text) {
            switch value {
            case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: continue
            case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD: output.append(0x20)
            default: UTF8Text.append(value, to: &output)
            }
        }
        return output
    }
}

/// Writes every byte as the printable character that stands for it in byte-level vocabularies.
struct ByteLevelNormalizer: Normalizer {
    func normalize(_ text: [UInt8], _ limit: GrowthLimit) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count * 2)
        for byte in text { output.append(contentsOf: ByteLevelAlphabet.encoded[Int(byte)]) }
        return output
    }
}
