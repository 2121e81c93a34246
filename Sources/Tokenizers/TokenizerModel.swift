/// The part of a tokenizer that turns a piece of text into ids.
protocol TokenizerModel: Sendable {
    /// The tokens by id; nil where the file leaves a gap.
    var tokens: TokenNames { get }
    /// Number of entries of the vocabulary.
    var entryCount: Int { get }
    /// The token for text that the vocabulary does not cover.
    var unknownToken: String? { get }

    /// The id of a token of the vocabulary.
    func id(of token: String) -> Int32?

    /// Appends the ids of `text[range]`, which is not empty.
    ///
    /// - Parameter memory: what this thread already knows about words, for models that gain from it.
    /// - Throws: ``TextProblem`` if that takes too many steps.
    func tokenize(_ text: [UInt8], _ range: Range<Int>, into ids: inout [Int32], memory: WordMemory) throws
}

/// The ids of words met before; one object serves one thread at a time.
final class WordMemory {
    /// The steps that are left for the text in hand.
    var work = WorkLimit(bytes: 0)

    private var table = TokenTable(capacity: 1024)
    private var spans: [Range<Int>] = []
    private var ids: [Int32] = []

    /// Words beyond this number or length in bytes are not kept.
    private static let capacity = 50_000, longest = 64

    /// Appends the known ids of a word, or makes them with `compute` and keeps them.
    @inline(__always)
    func recall(_ text: [UInt8], _ range: Range<Int>, into output: inout [Int32], compute: (inout [Int32]) throws -> Void) rethrows {
        let hash = TokenTable.hash(text, range)
        let known = table.id(text, range, hash: hash)
        if known >= 0 {
            for index in spans[Int(known)] { output.append(ids[index]) }
            return
        }
        let before = output.count
        try compute(&output)
        if range.count > Self.longest || spans.count >= Self.capacity { return }
        table.insert(text[range], id: Int32(spans.count))
        spans.append(ids.count..<(ids.count + output.count - before))
        ids.append(contentsOf: output[before...])
    }
}
