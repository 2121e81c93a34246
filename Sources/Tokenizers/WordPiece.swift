/// Greedy longest-match-first tokens of a word, as BERT uses them (Schuster and Nakajima 2012, Wu et al. 2016).
struct WordPiece: TokenizerModel {
    let tokens: TokenNames
    let entryCount: Int
    let unknownToken: String?

    private let unknownId: Int32
    private let longestWord: Int
    private let initial: TokenTable
    private let continuing: TokenTable

    /// - Parameters:
    ///   - prefix: marks the tokens that continue a word, `##` for BERT.
    ///   - longestWord: words of more scalars become the unknown token.
    init(vocabulary: VocabularyEntries, unknownToken: String, unknownId: Int32, prefix: String, longestWord: Int) {
        tokens = vocabulary.tokensById()
        entryCount = vocabulary.entries.count
        self.unknownToken = unknownToken
        self.unknownId = unknownId
        self.longestWord = longestWord
        var initial = TokenTable(capacity: vocabulary.entries.count)
        var continuing = TokenTable(capacity: vocabulary.entries.count)
        let prefix = Array(prefix.utf8)
        for (token, id) in vocabulary.entries {
            initial.insert(token.utf8, id: id)
            if token.utf8.starts(with: prefix) { continuing.insert(token.utf8.dropFirst(prefix.count), id: id) }
        }
        self.initial = initial
        self.continuing = continuing
    }

    func id(of token: String) -> Int32? { initial.id(of: token) }

    func tokenize(_ text: [UInt8], _ range: Range<Int>, into ids: inout [Int32], memory: WordMemory) throws {
        let whole = initial.id(text, range)
        if whole >= 0 && range.count <= longestWord {
            ids.append(whole)
            return
        }
        if range.count > longestWord && UTF8Text.scalarCount(text, range) > longestWord {
            ids.append(unknownId)
            return
        }
        try memory.recall(text, range, into: &ids) { try split(text, range, into: &$0, &memory.work) }
    }

    private func split(_ text: [UInt8], _ range: Range<Int>, into ids: inout [Int32], _ work: inout WorkLimit) throws {
        let before = ids.count
        var start = range.lowerBound
        while start < range.upperBound {
            let match = start == range.lowerBound ? try longestMatch(initial, text, start..<range.upperBound, &work)
                                                  : try longestMatch(continuing, text, start..<range.upperBound, &work)
            guard let match else {
                ids.removeSubrange(before...)
                ids.append(unknownId)
                return
            }
            ids.append(match.id)
            start = match.end
        }
    }

    private func longestMatch(_ table: TokenTable, _ text: [UInt8], _ range: Range<Int>,
                              _ work: inout WorkLimit) throws -> (id: Int32, end: Int)? {
        var hash = TokenTable.emptyHash
        var best: (id: Int32, end: Int)?
        let limit = min(range.upperBound, range.lowerBound + table.maxLength)
        try work.take(limit - range.lowerBound)
        for index in range.lowerBound..<limit {
            hash = TokenTable.hash(hash, text[index])
            let id = table.id(text, range.lowerBound..<(index + 1), hash: hash)
            if id < 0 { continue }
            best = (id, index + 1)
            // Its bytes were compared.
            try work.take((index + 1 - range.lowerBound) / 8)
        }
        return best
    }
}
