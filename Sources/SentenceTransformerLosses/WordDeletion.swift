import Tensors
import TextFormat

/// Deletes words of a text at random: the noise of ``DenoisingAutoEncoderLoss``.
///
/// A word is a run of letters and digits, with apostrophes and hyphens within; every other character that is no space counts
/// as a word too. What is kept stays in order, with a single space where there was space or where words are gone between.
public struct WordDeletion: Sendable {
    /// The share of words that goes.
    public let ratio: Double

    /// - Parameter ratio: from 0 to 1; the paper's 0.6 works best.
    public init(ratio: Double = 0.6) { self.ratio = ratio }

    /// The text with each word deleted by that chance, and at least one kept. A text without words stays as it is.
    public func damaged(_ text: String, generator: Generator = .shared) -> String {
        let words = Self.words(of: text)
        guard !words.isEmpty else { return text }
        var random = generator.nextStream()
        var kept = words.indices.filter { _ in Double.random(in: 0..<1, using: &random) >= ratio }
        if kept.isEmpty { kept = [Int.random(in: 0..<words.count, using: &random)] }
        var result = ""
        for (place, index) in kept.enumerated() {
            let isJoined = place > 0 && kept[place - 1] == index - 1 && !words[index].followsSpace
            // Punctuation stays at the word before it.
            if place > 0 && !isJoined && !words[index].isClosing { result += " " }
            result += words[index].text
        }
        return result
    }

    private struct Word {
        let text: Substring
        let followsSpace: Bool
        var isClosing: Bool { text.count == 1 && ".,;:!?)]}".contains(String(text)) }
    }

    private static func words(of text: String) -> [Word] {
        var words: [Word] = []
        var index = text.startIndex
        var followsSpace = false
        while index < text.endIndex {
            let start = index
            if text[index].isWhitespace {
                followsSpace = true
                index = text.index(after: index)
                continue
            }
            func isLetter(_ place: String.Index) -> Bool { text[place].isLetter || text[place].isNumber }
            index = text.index(after: index)
            if isLetter(start) {
                while index < text.endIndex {
                    let next = text.index(after: index)
                    let isInner = "'’-".contains(text[index]) && next < text.endIndex && isLetter(next)
                    guard isLetter(index) || isInner else { break }
                    index = next
                }
            }
            words.append(Word(text: text[start..<index], followsSpace: followsSpace))
            followsSpace = false
        }
        return words
    }
}
