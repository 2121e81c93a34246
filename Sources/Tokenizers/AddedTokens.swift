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
    /// The bytes of all contents.
    private var totalBytes = 0
    private var raw = Search()
    private var normalized = Search()

    /// The id of an added token, nil if there is none of that content.
    func id(of content: String) -> Int32? { idByContent.id(of: content) }

    /// The text by which a decoder knows an added token: its normalised form where it is looked for in that.
    func decodedForm(_ id: Int32) -> String? { decodedForms[id] ?? byId[id]?.content }

    /// Adds tokens, or changes those of the same content. A token takes the id that the model's vocabulary has for it,
    /// else the next free one.
    /// - Throws: ``TextProblem`` for more text than can be searched for, ``TokenizerError`` from the normaliser.
    mutating func add(_ tokens: [AddedToken], model: any TokenizerModel, normalizer: (any Normalizer)?) throws {
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
            totalBytes += token.content.utf8.count
            if totalBytes > Self.largestSize { throw TextProblem(text: "more than \(Self.largestSize) bytes of added tokens") }
            idByContent.insert(token.content.utf8, id: newId)
            byId[newId] = token
        }
        try indexAll(normalizer)
    }

    private static let largestSize = 4 << 20

    /// Cuts `text` into pieces: runs of normalised text and added tokens.
    /// - Throws: ``TextProblem`` if the search takes too many steps or the text grows too long; what the normaliser throws.
    func pieces(of text: [UInt8], normalizer: (any Normalizer)?) throws -> PreTokenizedText {
        let limit = GrowthLimit(for: text.count)
        var result = PreTokenizedText(limit: limit)
        var isAtStart = true
        for part in try raw.parts(of: text, byId) {
            if part.id >= 0 {
                result.pieces.append(.init(start: 0, end: 0, id: part.id, isAtStart: isAtStart))
            } else {
                let segment = part.range == 0..<text.count ? text : Array(text[part.range])
                try append(normalizer?.normalize(segment, limit) ?? segment, to: &result, isAtStart: isAtStart)
                try limit.check(result.bytes.count)
            }
            isAtStart = false
        }
        return result
    }

    private func append(_ segment: [UInt8], to result: inout PreTokenizedText, isAtStart: Bool) throws {
        let base = result.bytes.count
        for part in try normalized.parts(of: segment, byId) where part.id >= 0 || !part.range.isEmpty {
            result.pieces.append(.init(start: base + part.range.lowerBound, end: base + part.range.upperBound, id: part.id,
                                       isAtStart: isAtStart && part.range.lowerBound == 0))
        }
        if base == 0 { result.bytes = segment } else { result.bytes.append(contentsOf: segment) }
    }

    private mutating func indexAll(_ normalizer: (any Normalizer)?) throws {
        raw = Search()
        normalized = Search()
        decodedForms = [:]
        var normalizedSize = 0
        for (id, token) in byId {
            let content = Array(token.content.utf8)
            if !token.isNormalized {
                raw.insert(content, id: id)
            } else if let normalizer {
                let form = try normalizer.normalize(content, GrowthLimit(for: content.count))
                normalizedSize += form.count
                if normalizedSize > 4 * Self.largestSize {
                    throw TextProblem(text: "more than \(4 * Self.largestSize) bytes of added tokens in their normalised forms")
                }
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
    private var trie = ByteTrie(capacity: 16)
    private var firstBytes = [Bool](repeating: false, count: 256)
    private var isEmpty = true

    mutating func insert(_ content: [UInt8], id: Int32) {
        guard let first = content.first else { return }
        firstBytes[Int(first)] = true
        isEmpty = false
        trie.insert(content, id: id)
    }

    /// Covers `text` by tokens and, with id -1, what lies between them.
    /// - Throws: ``TextProblem`` if that takes too many steps.
    func parts(of text: [UInt8], _ tokens: [Int32: AddedToken]) throws -> [(range: Range<Int>, id: Int32)] {
        if isEmpty { return text.isEmpty ? [] : [(0..<text.count, -1)] }
        var parts: [(range: Range<Int>, id: Int32)] = []
        var covered = 0
        var index = 0
        var spaces = SpaceRuns(text: text)
        var work = WorkLimit(bytes: text.count)
        while index < text.count {
            guard firstBytes[Int(text[index])], let match = try longestMatch(text, index, &work), let token = tokens[match.id] else {
                index += 1
                continue
            }
            var start = index, end = match.end
            index = match.end
            if token.isSingleWord && Self.touchesWord(text, start..<end) { continue }
            if token.stripsLeft { start = max(covered, spaces.start(before: start, floor: covered)) }
            if token.stripsRight { end = spaces.end(from: end) }
            // White space that the token before has taken is not taken twice.
            end = max(start, end)
            if covered < start { parts.append((covered..<start, -1)) }
            parts.append((start..<end, match.id))
            covered = end
        }
        if covered < text.count { parts.append((covered..<text.count, -1)) }
        return parts
    }

    private func longestMatch(_ text: [UInt8], _ start: Int, _ work: inout WorkLimit) throws -> (id: Int32, end: Int)? {
        var node = ByteTrie.root, index = start
        var best: (id: Int32, end: Int)?
        while index < text.count, let next = trie.child(node, text[index]) {
            node = next
            index += 1
            let id = trie.id(node)
            if id >= 0 { best = (id, index) }
        }
        try work.take(index - start)
        return best
    }

    private static func touchesWord(_ text: [UInt8], _ range: Range<Int>) -> Bool {
        if range.lowerBound > 0 && CharacterClass.of[UTF8Text.scalar(text, endingAt: range.lowerBound)].contains(.word) {
            return true
        }
        return range.upperBound < text.count && CharacterClass.of[UTF8Text.scalar(text, range.upperBound).value].contains(.word)
    }
}

/// The white space around places of a text. Places are asked for from left to right; a run is gone through once.
private struct SpaceRuns {
    let text: [UInt8]
    /// The last run that was gone through to the right.
    private var known = 0..<0

    init(text: [UInt8]) { self.text = text }

    /// Where the white space before `end` begins, but not before `floor`.
    func start(before end: Int, floor: Int) -> Int {
        var start = end
        while start > floor && CharacterClass.of[UTF8Text.scalar(text, endingAt: start)].contains(.whitespace) {
            start -= 1
            while UTF8Text.isTail(text[start]) { start -= 1 }
        }
        return start
    }

    /// Where the white space from `start` on ends.
    mutating func end(from start: Int) -> Int {
        if known.contains(start) { return known.upperBound }
        var end = start
        while end < text.count {
            let (value, width) = UTF8Text.scalar(text, end)
            if !CharacterClass.of[value].contains(.whitespace) { break }
            end += width
        }
        known = start..<end
        return end
    }
}
