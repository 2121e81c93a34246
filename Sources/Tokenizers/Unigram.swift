import JSON

/// The most probable segmentation under independent tokens (Kudo 2018), as SentencePiece computes it.
struct Unigram: TokenizerModel {
    let tokens: TokenNames
    let entryCount: Int
    let unknownToken: String?

    private let trie: ByteTrie
    private let scores: [Double]
    private let unknownId: Int32
    private let unknownScore: Double
    /// The ids of the tokens `<0x00>` to `<0xFF>`, -1 where missing; empty without byte fallback.
    private let byteIds: [Int32]

    /// How much less probable an unknown character is than the rarest token, in natural logarithm.
    private static let unknownPenalty = 10.0

    init(_ member: ComponentReader) throws {
        guard case .array(let list)? = member["vocab"].value else {
            _ = try member["vocab"].elements()
            throw member["vocab"].problem("expected an array")
        }
        var names: [String] = [], scores: [Double] = []
        names.reserveCapacity(list.count)
        scores.reserveCapacity(list.count)
        var trie = ByteTrie(capacity: list.count)
        // A node's number takes 24 bits of an edge.
        var bytes = 0
        for (index, value) in list.enumerated() {
            guard case .array(let entry) = value, entry.count == 2, case .string(let token) = entry[0],
                  let score = entry[1].asNumber else {
                throw TokenizerError.invalid(file: member.file, key: "\(member["vocab"].key)[\(index)]",
                                             problem: "expected a token and its score")
            }
            if !score.isFinite {
                throw TokenizerError.invalid(file: member.file, key: "\(member["vocab"].key)[\(index)]", problem: "the score is not a finite number")
            }
            bytes += token.utf8.count
            if bytes >= 1 << 24 { throw member["vocab"].problem("too large: more than 16 MiB of tokens") }
            trie.insert(token.utf8, id: Int32(index))
            names.append(token)
            scores.append(score)
        }
        let unknown = try member["unk_id"].count()
        if unknown >= names.count { throw member["unk_id"].problem("\(unknown) is beyond the vocabulary of \(names.count)") }
        tokens = TokenNames(names)
        entryCount = names.count
        unknownToken = names[unknown]
        unknownId = Int32(unknown)
        unknownScore = scores.min()! - Self.unknownPenalty
        self.scores = scores
        self.trie = trie
        byteIds = try member["byte_fallback"].bool(default: false) ? ByteFallback.ids {
            let id = trie.id(of: $0.utf8)
            return id < 0 ? nil : id
        } : []
    }

    func id(of token: String) -> Int32? {
        let id = trie.id(of: token.utf8)
        return id < 0 ? nil : id
    }

    func tokenize(_ text: [UInt8], _ range: Range<Int>, into ids: inout [Int32], memory: WordMemory) throws {
        try memory.recall(text, range, into: &ids) { try segment(text, range, into: &$0, &memory.work) }
    }

    /// The best way to reach a position: the last token, where it begins, and the score of the whole way.
    private struct Step {
        var id: Int32 = -1
        var start = -1
        var score = 0.0
    }

    private func segment(_ text: [UInt8], _ range: Range<Int>, into ids: inout [Int32], _ work: inout WorkLimit) throws {
        var best = [Step](repeating: Step(), count: range.count + 1)
        func offer(_ step: Step, at end: Int) {
            if best[end].start < 0 || step.score > best[end].score { best[end] = step }
        }
        var start = 0
        while start < range.count {
            let score = best[start].score
            let width = UTF8Text.scalar(text, range.lowerBound + start).width
            var coversCharacter = false
            var node = ByteTrie.root
            var end = start
            while end < range.count, let next = trie.child(node, text[range.lowerBound + end]) {
                node = next
                end += 1
                let id = trie.id(node)
                if id < 0 { continue }
                offer(Step(id: id, start: start, score: scores[Int(id)] + score), at: end)
                if end - start == width { coversCharacter = true }
            }
            try work.take(end - start)
            if !coversCharacter { offer(Step(id: unknownId, start: start, score: unknownScore + score), at: start + width) }
            start += width
        }

        var path: [(id: Int32, range: Range<Int>)] = []
        var end = range.count
        while end > 0 {
            let step = best[end]
            let part = (range.lowerBound + step.start)..<(range.lowerBound + end)
            if step.id == unknownId, let last = path.last, last.id == unknownId {
                path[path.count - 1].range = part.lowerBound..<last.range.upperBound
            } else {
                path.append((step.id, part))
            }
            end = step.start
        }
        for part in path.reversed() {
            if part.id == unknownId { appendUnknown(text[part.range], to: &ids) } else { ids.append(part.id) }
        }
    }

    private func appendUnknown(_ text: ArraySlice<UInt8>, to ids: inout [Int32]) {
        let known = trie.id(of: text)
        if known >= 0 {
            ids.append(known)
        } else if !byteIds.isEmpty && text.allSatisfy({ byteIds[Int($0)] >= 0 }) {
            for byte in text { ids.append(byteIds[Int(byte)]) }
        } else {
            ids.append(unknownId)
        }
    }
}
