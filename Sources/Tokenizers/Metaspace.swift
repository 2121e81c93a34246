/// Makes spaces visible, as SentencePiece does: each becomes a replacement character, and words begin with it.
struct Metaspace: PreTokenizer {
    /// Where a replacement character is put before text that does not begin with one.
    enum PrependScheme: String, CaseIterable {
        /// Before every piece.
        case always
        /// Only at the beginning of the text.
        case first
        case never
    }

    let replacement: [UInt8]
    let scheme: PrependScheme
    let splits: Bool

    func cut(_ text: inout PreTokenizedText) throws {
        try text.rewrite { bytes, piece, output in
            let start = output.count
            if scheme == .always || scheme == .first && piece.isAtStart { output.append(contentsOf: replacement) }
            let prepended = output.count
            for index in piece.range {
                if bytes[index] == 0x20 { output.append(contentsOf: replacement) } else { output.append(bytes[index]) }
            }
            if prepended > start && output[prepended...].starts(with: replacement) {
                output.removeSubrange(start..<prepended)
            }
        }
        if !splits { return }
        let pattern = LiteralText(replacement)
        text.split { bytes, piece, emit in
            SplitBehavior.mergedWithNext.split(piece.range, at: pattern.occurrences(in: bytes, piece.range), emit)
        }
    }
}
