/// Text on its way from a string to ids: normalised bytes and the pieces that they are cut into.
struct PreTokenizedText {
    /// A part of the text, in order. Bytes between pieces are dropped.
    struct Piece {
        var start: Int
        var end: Int
        /// The id of an added token; -1 for text that is still to be tokenised.
        var id: Int32
        /// Whether the piece begins where the original text begins.
        var isAtStart: Bool

        var range: Range<Int> { start..<end }
    }

    var bytes: [UInt8] = []
    var pieces: [Piece] = []
    /// How long it may become.
    let limit: GrowthLimit

    init(limit: GrowthLimit) { self.limit = limit }

    /// Replaces every piece of text by the parts that `split` appends; added tokens stay. Empty parts vanish.
    mutating func split(_ split: (_ text: [UInt8], _ piece: Piece, _ emit: (Range<Int>) -> Void) throws -> Void) rethrows {
        var parts: [Piece] = []
        parts.reserveCapacity(max(pieces.count, bytes.count / 4))
        for piece in pieces {
            if piece.id >= 0 {
                parts.append(piece)
                continue
            }
            try split(bytes, piece) { range in
                if range.isEmpty { return }
                let isAtStart = piece.isAtStart && range.lowerBound == piece.start
                parts.append(Piece(start: range.lowerBound, end: range.upperBound, id: -1, isAtStart: isAtStart))
            }
        }
        pieces = parts
    }

    /// Replaces the bytes of every piece of text by what `rewrite` appends; added tokens stay.
    /// - Throws: ``TextProblem`` for a text that grows beyond its limit.
    mutating func rewrite(_ rewrite: (_ text: [UInt8], _ piece: Piece, _ output: inout [UInt8]) -> Void) throws {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count * 2)
        for index in pieces.indices {
            let start = output.count
            if pieces[index].id < 0 { rewrite(bytes, pieces[index], &output) }
            pieces[index].start = start
            pieces[index].end = output.count
            try limit.check(output.count)
        }
        bytes = output
        pieces.removeAll { $0.id < 0 && $0.start == $0.end }
    }
}
