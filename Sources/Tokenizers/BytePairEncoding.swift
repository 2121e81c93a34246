import JSON

/// Byte-pair encoding (Sennrich et al. 2016): a word's characters are joined pair by pair, the earliest learned first.
struct BytePairEncoding: TokenizerModel {
    let tokens: TokenNames
    let entryCount: Int
    let unknownToken: String?

    private let table: TokenTable
    private let merges: PairTable
    private let unknownId: Int32?
    private let joinsUnknown: Bool
    private let takesWholeWords: Bool
    private let prefix: [UInt8]
    private let suffix: [UInt8]
    /// The ids of the tokens `<0x00>` to `<0xFF>`, -1 where missing; empty without byte fallback.
    private let byteIds: [Int32]

    init(_ member: ComponentReader) throws {
        let vocabulary = try VocabularyEntries(member["vocab"])
        let table = vocabulary.table()
        if let rate = member["dropout"].value?.asNumber, rate != 0 {
            throw member["dropout"].problem("merges dropped at random are not supported; set it to null")
        }
        tokens = vocabulary.tokensById()
        entryCount = vocabulary.entries.count
        self.table = table
        prefix = Array(try member["continuing_subword_prefix"].string(default: "").utf8)
        suffix = Array(try member["end_of_word_suffix"].string(default: "").utf8)
        joinsUnknown = try member["fuse_unk"].bool(default: false)
        takesWholeWords = try member["ignore_merges"].bool(default: false)
        byteIds = try member["byte_fallback"].bool(default: false) ? ByteFallback.ids { table.id(of: $0) } : []
        unknownToken = member["unk_token"].isMissing ? nil : try member["unk_token"].string()
        unknownId = unknownToken.flatMap { table.id(of: $0) }
        if let unknownToken, unknownId == nil {
            throw member["unk_token"].problem("\"\(unknownToken)\" is not in \(member["vocab"].key)")
        }
        merges = try Self.readMerges(member["merges"], table, prefixLength: prefix.count)
    }

    func id(of token: String) -> Int32? { table.id(of: token) }

    func tokenize(_ text: [UInt8], _ range: Range<Int>, into ids: inout [Int32], memory: WordMemory) {
        if takesWholeWords {
            let whole = table.id(text, range)
            if whole >= 0 {
                ids.append(whole)
                return
            }
        }
        memory.recall(text, range, into: &ids) { output in
            var word = MergeQueue(symbols(text, range))
            word.mergeAll(merges)
            word.appendSymbols(to: &output)
        }
    }

    /// The ids of the characters of a word. Unknown ones become the unknown token, or vanish if there is none.
    private func symbols(_ text: [UInt8], _ range: Range<Int>) -> [Int32] {
        var symbols: [Int32] = []
        symbols.reserveCapacity(range.count)
        var unknownIsPending = false
        var index = range.lowerBound
        while index < range.upperBound {
            let next = index + UTF8Text.scalar(text, index).width
            let id = self.id(text, index..<next, isFirst: index == range.lowerBound, isLast: next == range.upperBound)
            if id >= 0 {
                if unknownIsPending { symbols.append(unknownId!) }
                unknownIsPending = false
                symbols.append(id)
            } else if !byteIds.isEmpty && text[index..<next].allSatisfy({ byteIds[Int($0)] >= 0 }) {
                for byte in text[index..<next] { symbols.append(byteIds[Int(byte)]) }
            } else if let unknownId {
                if unknownIsPending && !joinsUnknown { symbols.append(unknownId) }
                unknownIsPending = true
            }
            index = next
        }
        if unknownIsPending { symbols.append(unknownId!) }
        return symbols
    }

    private func id(_ text: [UInt8], _ range: Range<Int>, isFirst: Bool, isLast: Bool) -> Int32 {
        let hasPrefix = !isFirst && !prefix.isEmpty, hasSuffix = isLast && !suffix.isEmpty
        if !hasPrefix && !hasSuffix { return table.id(text, range) }
        let token = (hasPrefix ? prefix : []) + text[range] + (hasSuffix ? suffix : [])
        return table.id(token, 0..<token.count)
    }

    /// Reads merges, written as `"left right"` or as `["left", "right"]`, the earliest learned first.
    private static func readMerges(_ member: ComponentReader, _ table: TokenTable, prefixLength: Int) throws -> PairTable {
        guard case .array(let list)? = member.value else {
            _ = try member.elements()
            return PairTable(capacity: 0)
        }
        var merges = PairTable(capacity: list.count)
        for (rank, value) in list.enumerated() {
            func fail(_ problem: String) -> TokenizerError {
                .invalid(file: member.file, key: "\(member.key)[\(rank)]", problem: problem)
            }
            guard let (left, right) = pair(value) else { throw fail("expected two tokens") }
            let leftBytes = Array(left.utf8), rightBytes = Array(right.utf8)
            let joined = leftBytes + rightBytes.dropFirst(prefixLength)
            let leftId = table.id(leftBytes, 0..<leftBytes.count), rightId = table.id(rightBytes, 0..<rightBytes.count)
            let newId = table.id(joined, 0..<joined.count)
            if leftId < 0 { throw fail("\"\(left)\" is not in the vocabulary") }
            if rightId < 0 { throw fail("\"\(right)\" is not in the vocabulary") }
            if newId < 0 { throw fail("\"\(String(decoding: joined, as: UTF8.self))\" is not in the vocabulary") }
            merges.insert(leftId, rightId, .init(rank: UInt32(rank), id: newId))
        }
        return merges
    }

    private static func pair(_ value: JSONValue) -> (String, String)? {
        switch value {
        case .string(let text):
            let parts = text.utf8.split(separator: 0x20, omittingEmptySubsequences: false)
            return parts.count == 2 ? (String(Substring(parts[0])), String(Substring(parts[1]))) : nil
        case .array(let parts):
            guard parts.count == 2, case .string(let left) = parts[0], case .string(let right) = parts[1] else { return nil }
            return (left, right)
        default: return nil
        }
    }
}
