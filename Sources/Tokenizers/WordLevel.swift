/// One token per word; words outside the vocabulary become the unknown token.
struct WordLevel: TokenizerModel {
    let tokens: TokenNames
    let entryCount: Int
    let unknownToken: String?

    private let unknownId: Int32
    private let table: TokenTable

    init(vocabulary: VocabularyEntries, unknownToken: String, unknownId: Int32) {
        tokens = vocabulary.tokensById()
        entryCount = vocabulary.entries.count
        self.unknownToken = unknownToken
        self.unknownId = unknownId
        table = vocabulary.table()
    }

    func id(of token: String) -> Int32? { table.id(of: token) }

    func tokenize(_ text: [UInt8], _ range: Range<Int>, into ids: inout [Int32], memory: WordMemory) {
        let id = table.id(text, range)
        ids.append(id >= 0 ? id : unknownId)
    }
}
