/// A step that cuts normalised text into the words that the model sees one at a time.
protocol PreTokenizer: Sendable {
    /// - Throws: ``TextProblem`` where the text would grow beyond its limit, ``ExpressionProblem`` from a regular expression.
    func cut(_ text: inout PreTokenizedText) throws
}

/// Several steps, one after the other.
struct PreTokenizerSequence: PreTokenizer {
    let steps: [any PreTokenizer]

    /// The number of steps, those of sequences within it included.
    var count: Int { steps.reduce(0) { $0 + (($1 as? PreTokenizerSequence)?.count ?? 1) } }

    func cut(_ text: inout PreTokenizedText) throws { for step in steps { try step.cut(&text) } }
}

/// BERT's words: white space separates and vanishes, every punctuation character is a word.
struct BertPreTokenizer: PreTokenizer {
    func cut(_ text: inout PreTokenizedText) {
        text.split { bytes, piece, emit in
            var start = piece.start, index = piece.start
            while index < piece.end {
                let (value, width) = UTF8Text.scalar(bytes, index)
                let kind = CharacterClass.of[value]
                if !kind.isDisjoint(with: [.whitespace, .punctuation]) {
                    emit(start..<index)
                    if kind.contains(.punctuation) { emit(index..<(index + width)) }
                    start = index + width
                }
                index += width
            }
            emit(start..<piece.end)
        }
    }
}

/// Cuts at the scalars of some classes.
struct ClassSplit: PreTokenizer {
    let classes: CharacterClass
    let behavior: SplitBehavior

    func cut(_ text: inout PreTokenizedText) {
        text.split { bytes, piece, emit in
            behavior.split(piece.range, at: Self.scalars(of: classes, in: bytes, piece.range), emit)
        }
    }

    private static func scalars(of classes: CharacterClass, in text: [UInt8], _ range: Range<Int>) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var index = range.lowerBound
        while index < range.upperBound {
            let (value, width) = UTF8Text.scalar(text, index)
            if !CharacterClass.of[value].isDisjoint(with: classes) { found.append(index..<(index + width)) }
            index += width
        }
        return found
    }
}

/// Runs of word characters, and runs of what is neither word nor white space.
struct WhitespacePreTokenizer: PreTokenizer {
    func cut(_ text: inout PreTokenizedText) {
        text.split { bytes, piece, emit in
            var start = piece.start, index = piece.start
            var current = 0
            while index < piece.end {
                let (value, width) = UTF8Text.scalar(bytes, index)
                let kind = CharacterClass.of[value]
                let next = kind.contains(.word) ? 1 : kind.contains(.whitespace) ? 0 : 2
                if next != current {
                    if current != 0 { emit(start..<index) }
                    start = index
                    current = next
                }
                index += width
            }
            if current != 0 { emit(start..<piece.end) }
        }
    }
}

/// Cuts at the matches of a pattern.
struct PatternSplit: PreTokenizer {
    let pattern: TextPattern
    let behavior: SplitBehavior
    /// The matches are the words, not the delimiters.
    let isInverted: Bool

    func cut(_ text: inout PreTokenizedText) throws {
        try pattern.forEachMatches(in: text.bytes) { matches in
            try text.split { _, piece, emit in
                behavior.split(piece.range, at: try matches(piece.range), inverted: isInverted, emit)
            }
        }
    }
}

/// Words of a fixed number of scalars.
struct FixedLength: PreTokenizer {
    let length: Int

    func cut(_ text: inout PreTokenizedText) {
        text.split { bytes, piece, emit in
            var start = piece.start, index = piece.start, count = 0
            while index < piece.end {
                index += UTF8Text.scalar(bytes, index).width
                count += 1
                if count == length {
                    emit(start..<index)
                    start = index
                    count = 0
                }
            }
            emit(start..<piece.end)
        }
    }
}
