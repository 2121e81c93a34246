/// A token that is found in the text itself, before words are cut.
struct AddedToken: Equatable {
    var content: String
    /// Only where no word character adjoins.
    var isSingleWord = false
    /// White space before the token belongs to it.
    var stripsLeft = false
    /// White space after the token belongs to it.
    var stripsRight = false
    /// Looked for in the normalised text, in its own normalised form.
    var isNormalized = false
    /// Left out when decoding without special tokens.
    var isSpecial = false
}

/// The added tokens of a tokenizer, and the search for them.
struct AddedTokens: Sendable {
    private(set) var byId: [Int32: AddedToken] = [:]
    private var idByContent = TokenTable(capacity: 16)
    private var decodedForms: [Int32: String] = [:]
    private var raw = Search()
    private var normalized = Search()

    /// The id of an added token, nil if there is none of that content.
    func id(of content: String) -> Int32? { idByContent.id(of: content) }

    /// The text by which a decoder knows an added token: its normalised form where it is looked for in that.
    func decodedForm(_ id: Int32) -> String? { decodedForms[id] ?? byId[id]?.content }

    /// Adds tokens, or changes those of the same content. A token takes the id that the model's vocabulary has for it,
    /// else the next free one.
    mutating func add(_ tokens: [AddedToken], model: any TokenizerModel, normalizer: (any Normalizer)?) {
        let size = Int32(model.entryCount)
        var next = size
        if let largest = byId.keys.max(), largest >= size || size == 0 { next = largest + 1 }
        for token in tokens where !token.content.isEmpty {
            if let known = id(of: token.content), byId[known] == token { continue }
            let newId: Int32
            if let known = idByContent.id(of: token.content) ?? model.id(of: token.content) {
                newId = known
            } else {
                newId = next
                next += 1
            }
            idByContent.insert(token.content.utf8, id: newId)
            byId[newId] = token
        }
        indexAll(normalizer)
    }

    /// Cuts `text` into pieces: runs of normalised text and added tokens.
    func pieces(of text: [UInt8], normalizer: (any Normalizer)?) -> PreTokenizedText {
        var result = PreTokenizedText()
        var isAtStart = true
        for part in raw.parts(of: text, byId) {
            if part.id >= 0 {
                result.pieces.append(.init(start: 0, end: 0, id: part.id, isAtStart: isAtStart))
            } else {
                let segment = part.range == 0..<text.count ? text : Array(text[part.range])
                append(normalizer?.normalize(segment) ?? segment, to: &result, isAtStart: isAtStart)
            }
            isAtStart = false
        }
        return result
    }

    private func append(_ segment: [UInt8], to result: inout PreTokenizedText, isAtStart: Bool) {
        let base = result.bytes.count
        for part in normalized.parts(of: segment, byId) where part.id >= 0 || !part.range.isEmpty {
            result.pieces.append(.init(start: base + part.range.lowerBound, end: base + part.range.upperBound, id: part.id,
                                       isAtStart: isAtStart && part.range.lowerBound == 0))
        }
        if base == 0 { result.bytes = segment } else { result.bytes.append(contentsOf: segment) }
    }

    private mutating func indexAll(_ normalizer: (any Normalizer)?) {
        raw = Search()
        normalized = Search()
        decodedForms = [:]
        for (id, token) in byId {
            let content = Array(token.content.utf8)
            if !token.isNormalized {
                raw.insert(content, id: id)
            } else if let normalizer {
                let form = normalizer.normalize(content)
                normalized.insert(form, id: id)
                if form != content { decodedForms[id] = String(decoding: form, as: UTF8.self) }
            } else {
                normalized.insert(content, id: id)
            }
        }
    }
}

/// Leftmost-longest search for a set of tokens.
private struct Search: Sendable {
    private var table = TokenTable(capacity: 16)
    private var firstBytes = [Bool](repeating: false, count: 256)

    mutating func insert(_ content: [UInt8], id: Int32) {
        guard let first = content.first else { return }
        firstBytes[Int(first)] = true
        table.insert(content, id: id)
    }

    /// Covers `text` by tokens and, with id -1, what lies between them.
    func parts(of text: [UInt8], _ tokens: [Int32: AddedToken]) -> [(range: Range<Int>, id: Int32)] {
        if table.count == 0 { return text.isEmpty ? [] : [(0..<text.count, -1)] }
        var parts: [(range: Range<Int>, id: Int32)] = []
        var covered = 0
        var index = 0
        while index < text.count {
            guard firstBytes[Int(text[index])], let match = longestMatch(text, index), let token = tokens[match.id] else {
                index += 1
                continue
            }
            var range = index..<match.end
            index = match.end
            if token.isSingleWord && Self.touchesWord(text, range) { continue }
            if token.stripsLeft { range = max(covered, Self.spaceStart(text, before: range.lowerBound))..<range.upperBound }
            if token.stripsRight { range = range.lowerBound..<Self.spaceEnd(text, from: range.upperBound) }
            if covered < range.lowerBound { parts.append((covered..<range.lowerBound, -1)) }
            parts.append((range, match.id))
            covered = range.upperBound
        }
        if covered < text.count { parts.append((covered..<text.count, -1)) }
        return parts
    }

    private func longestMatch(_ text: [UInt8], _ start: Int) -> (id: Int32, end: Int)? {
        var hash = TokenTable.emptyHash
        var best: (id: Int32, end: Int)?
        for index in start..<min(text.count, start + table.maxLength) {
            hash = TokenTable.hash(hash, text[index])
            let id = table.id(text, start..<(index + 1), hash: hash)
            if id >= 0 { best = (id, index + 1) }
        }
        return best
    }

    private static func touchesWord(_ text: [UInt8], _ range: Range<Int>) -> Bool {
        if range.lowerBound > 0 && CharacterClass.of[UTF8Text.scalar(text, endingAt: range.lowerBound)].contains(.word) {
            return true
        }
        return range.upperBound < text.count && CharacterClass.of[UTF8Text.scalar(text, range.upperBound).value].contains(.word)
    }

    private static func spaceStart(_ text: [UInt8], before end: Int) -> Int {
        var start = end
        while start > 0 && CharacterClass.of[UTF8Text.scalar(text, endingAt: start)].contains(.whitespace) {
            start -= 1
            while UTF8Text.isTail(text[start]) { start -= 1 }
        }
        return start
    }

    private static func spaceEnd(_ text: [UInt8], from start: Int) -> Int {
        var end = start
        while end < text.count {
            let (value, width) = UTF8Text.scalar(text, end)
            if !CharacterClass.of[value].contains(.whitespace) { break }
            end += width
        }
        return end
    }
}
