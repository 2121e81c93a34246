import Datasets
import JSON
import Losses
import Tokenizers

/// Short sentences in pairs with a score, from which the texts of every workload are made.
public struct TextPool {
    public typealias Pair = (first: String, second: String, score: Double)

    public let pairs: [Pair]
    private let tokenizer: Tokenizer

    public init(pairs: [Pair], tokenizer: Tokenizer) throws {
        guard pairs.count > 1 else { throw BenchmarkError("the benchmark needs at least two pairs of sentences, got \(pairs.count)") }
        self.pairs = pairs
        self.tokenizer = tokenizer
    }

    /// Reads a CSV file without header: text, text, score from 0 to 5.
    public init(file: String, tokenizer: Tokenizer) throws {
        var options = DatasetReadOptions()
        options.columnNames = ["first", "second", "score"]
        options.hasHeader = false
        let dataset = try Dataset.read(file, options: options)
        let pairs = try (0..<dataset.rowCount).map { row -> Pair in
            let cells = try ["first", "second", "score"].map { try dataset.value(row: row, column: $0) }
            guard let first = cells[0].asString, let second = cells[1].asString, let score = cells[2].asDouble else {
                throw BenchmarkError("\(file): row \(row + 1) is not text, text, number")
            }
            return (first, second, score)
        }
        try self.init(pairs: pairs, tokenizer: tokenizer)
    }

    /// The rows of unit `index` of a workload; where the pool ends, it begins again.
    public func batch(_ texts: Workload.Texts, rows: Int, unit index: Int) throws -> LossBatch {
        let first = index * rows
        switch texts {
        case .pairs:
            let chosen = (first ..< first + rows).map { pairs[$0 % pairs.count] }
            return LossBatch(inputs: [chosen.map { .string($0.first) }, chosen.map { .string($0.second) }],
                             labels: chosen.map { .number($0.score / 5) })
        case .lists(let count):
            let lists = (first ..< first + rows).map { row in (0..<count).map { pairs[(row * count + $0) % pairs.count] } }
            return LossBatch(inputs: [lists.map { .string($0[0].first) }, lists.map { .list($0.map { .string($0.second) }) }],
                             labels: lists.map { list in .list(list.indices.map { .number($0 == 0 ? 1 : 0) }) })
        case .sentences:
            return LossBatch(inputs: [(first ..< first + rows).map { .string(sentence($0)) }], labels: nil)
        case .longPairs(let tokens):
            let long = try longTexts(2 * rows, tokens: tokens, after: 2 * first)
            let labels = (0..<rows).map { DatasetValue.number(Double($0 % 2)) }
            return LossBatch(inputs: [Array(long[..<rows]), Array(long[rows...])], labels: labels)
        case .longTexts(let tokens):
            return LossBatch(inputs: [try longTexts(rows, tokens: tokens, after: first)], labels: nil)
        }
    }

    private func sentence(_ index: Int) -> String {
        let pair = pairs[index / 2 % pairs.count]
        return index % 2 == 0 ? pair.first : pair.second
    }

    /// Sentences in a row, joined until a text has so many tokens; each text begins elsewhere.
    private func longTexts(_ count: Int, tokens: Int, after first: Int) throws -> [DatasetValue] {
        // As many sentences as are enough if each has but one token besides the special ones.
        try (first ..< first + count).map { index in
            var text = "", found = 0, next = index * 23
            while found < tokens {
                let sentence = sentence(next)
                text += (text.isEmpty ? "" : " ") + sentence
                found += max(1, try tokenizer.encode(sentence, options: EncodingOptions(addSpecialTokens: false)).ids.count)
                next += 1
            }
            return .string(text)
        }
    }
}
