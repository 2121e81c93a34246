/// A step that turns tokens back into text.
protocol Decoder: Sendable {
    /// The texts of the tokens; joined they are the text.
    /// - Throws: ``TextProblem`` where the text would grow beyond `limit`, ``ExpressionProblem`` from a regular expression.
    func decode(_ tokens: [String], _ limit: GrowthLimit) throws -> [String]
}

/// Several steps, one after the other.
struct DecoderSequence: Decoder {
    let steps: [any Decoder]

    /// The number of steps, those of sequences within it included.
    var count: Int { steps.reduce(0) { $0 + (($1 as? DecoderSequence)?.count ?? 1) } }

    func decode(_ tokens: [String], _ limit: GrowthLimit) throws -> [String] { try steps.reduce(tokens) { try $1.decode($0, limit) } }
}

/// Joins word pieces and puts spaces between words.
struct WordPieceDecoder: Decoder {
    let prefix: String
    /// Removes the spaces before punctuation and English contractions.
    let cleansUp: Bool

    private static let tidied = [(" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
                                 (" 's", "'s"), (" 've", "'ve"), (" 're", "'re")].map(replacement)
    private static let contracted = replacement((" do not", " don't"))

    private static func replacement(_ pair: (String, String)) -> (LiteralText, [UInt8]) {
        (LiteralText(Array(pair.0.utf8)), Array(pair.1.utf8))
    }

    private static func replace(_ text: [UInt8], _ pair: (literal: LiteralText, content: [UInt8])) -> [UInt8] {
        Replace.text(text, replacing: pair.literal.occurrences(in: text, 0..<text.count), by: pair.content)
    }

    func decode(_ tokens: [String], _ limit: GrowthLimit) -> [String] {
        tokens.enumerated().map { index, token in
            var text = Array(token.utf8)
            if index > 0 {
                if text.starts(with: prefix.utf8) { text.removeFirst(prefix.utf8.count) } else { text.insert(0x20, at: 0) }
            }
            if cleansUp { text = Self.tidied.reduce(Self.replace(text, Self.contracted), Self.replace) }
            return String(decoding: text, as: UTF8.self)
        }
    }

    /// Removes the spaces that writing would not have.
    static func tidy(_ text: String) -> String {
        String(decoding: tidied.reduce(Array(text.utf8), replace), as: UTF8.self)
    }
}

/// Undoes the byte-level alphabet.
struct ByteLevelDecoder: Decoder {
    func decode(_ tokens: [String], _ limit: GrowthLimit) -> [String] {
        [String(decoding: tokens.flatMap(ByteLevelAlphabet.decoded), as: UTF8.self)]
    }
}

/// Makes the visible spaces of ``Metaspace`` spaces again.
struct MetaspaceDecoder: Decoder {
    let replacement: Unicode.Scalar
    let scheme: Metaspace.PrependScheme

    func decode(_ tokens: [String], _ limit: GrowthLimit) -> [String] {
        tokens.enumerated().map { index, token in
            var text = String.UnicodeScalarView()
            for scalar in token.unicodeScalars {
                if scalar != replacement {
                    text.append(scalar)
                } else if index > 0 || scheme == .never {
                    text.append(" ")
                }
            }
            return String(text)
        }
    }
}

/// Makes the end-of-word suffix a space.
struct SuffixDecoder: Decoder {
    let suffix: LiteralText

    func decode(_ tokens: [String], _ limit: GrowthLimit) -> [String] {
        tokens.enumerated().map { index, token in
            let space: [UInt8] = index == tokens.count - 1 ? [] : [0x20]
            let text = Array(token.utf8)
            return String(decoding: Replace.text(text, replacing: suffix.occurrences(in: text, 0..<text.count), by: space), as: UTF8.self)
        }
    }
}

/// Replaces every match of a pattern in each token.
struct ReplaceDecoder: Decoder {
    let replace: Replace

    func decode(_ tokens: [String], _ limit: GrowthLimit) throws -> [String] {
        var total = 0
        return try tokens.map { token in
            let text = try replace.normalize(Array(token.utf8), limit)
            total += text.count
            try limit.check(total)
            return String(decoding: text, as: UTF8.self)
        }
    }
}

/// Joins all tokens.
struct FuseDecoder: Decoder {
    func decode(_ tokens: [String], _ limit: GrowthLimit) -> [String] { [tokens.joined()] }
}

/// Removes up to `start` leading and `stop` trailing occurrences of a scalar from each token.
struct StripDecoder: Decoder {
    let content: Unicode.Scalar
    let start: Int
    let stop: Int

    func decode(_ tokens: [String], _ limit: GrowthLimit) -> [String] {
        tokens.map { token in
            var scalars = token.unicodeScalars[...]
            for _ in 0..<min(start, scalars.count) where scalars.first == content { scalars.removeFirst() }
            for _ in 0..<min(stop, scalars.count) where scalars.last == content { scalars.removeLast() }
            return String(scalars)
        }
    }
}

/// Joins runs of tokens such as `<0xE4>` into the text that their bytes encode, or one U+FFFD each.
struct ByteFallbackDecoder: Decoder {
    func decode(_ tokens: [String], _ limit: GrowthLimit) -> [String] {
        var texts: [String] = []
        var bytes: [UInt8] = []
        func flush() {
            if bytes.isEmpty { return }
            if let text = String(validating: bytes, as: UTF8.self) {
                texts.append(text)
            } else {
                texts.append(contentsOf: repeatElement("\u{FFFD}", count: bytes.count))
            }
            bytes = []
        }
        for token in tokens {
            if let byte = Self.byte(token) {
                bytes.append(byte)
            } else {
                flush()
                texts.append(token)
            }
        }
        flush()
        return texts
    }

    private static func byte(_ token: String) -> UInt8? {
        guard token.utf8.count == 6, token.hasPrefix("<0x"), token.hasSuffix(">") else { return nil }
        return UInt8(token.dropFirst(3).dropLast(), radix: 16)
    }
}
