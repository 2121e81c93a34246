/// The words of GPT-2, written in the byte-level alphabet.
struct ByteLevelPreTokenizer: PreTokenizer {
    /// Puts a space before text that does not begin with one.
    let addsPrefixSpace: Bool
    /// Cuts words; otherwise only the alphabet is changed.
    let splitsWords: Bool

    private static let contractions = ["s", "t", "re", "ve", "m", "ll", "d"].map { Array($0.utf8) }

    func cut(_ text: inout PreTokenizedText) throws {
        if addsPrefixSpace {
            try text.rewrite { bytes, piece, output in
                if bytes[piece.start] != 0x20 { output.append(0x20) }
                output.append(contentsOf: bytes[piece.range])
            }
        }
        if splitsWords {
            text.split { bytes, piece, emit in
                var index = piece.start
                while index < piece.end {
                    let end = Self.wordEnd(bytes, index, piece.end)
                    emit(index..<end)
                    index = end
                }
            }
        }
        try text.rewrite { bytes, piece, output in
            for byte in bytes[piece.range] { output.append(contentsOf: ByteLevelAlphabet.encoded[Int(byte)]) }
        }
    }

    /// The end of the word at `start`: an English contraction; else letters, digits or other characters, each with one
    /// space before them; else white space, without its last character if something follows.
    private static func wordEnd(_ text: [UInt8], _ start: Int, _ end: Int) -> Int {
        if text[start] == UInt8(ascii: "'") {
            for rest in contractions where text[(start + 1)..<end].starts(with: rest) { return start + 1 + rest.count }
        }
        let first = text[start] == 0x20 ? start + 1 : start
        if first < end {
            let kind = self.kind(text, first)
            if kind != .whitespace {
                var index = first
                while index < end && self.kind(text, index) == kind { index += UTF8Text.scalar(text, index).width }
                return index
            }
        }
        var index = start, last = start
        while index < end && kind(text, index) == .whitespace {
            last = index
            index += UTF8Text.scalar(text, index).width
        }
        return index == end || last == start ? index : last
    }

    private static func kind(_ text: [UInt8], _ index: Int) -> CharacterClass {
        CharacterClass.of[UTF8Text.scalar(text, index).value].intersection([.letter, .number, .whitespace])
    }
}
