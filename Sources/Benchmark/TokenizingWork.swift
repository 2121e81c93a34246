import Losses
import Tokenizers

/// Token ids of texts.
final class TokenizingWork: Work {
    private let tokenizer: Tokenizer
    private let options: EncodingOptions

    init(_ description: WorkDescription) throws {
        tokenizer = try Tokenizer(folder: description.model)
        options = EncodingOptions(maxLength: description.maximumLength)
    }

    func check(_ batch: LossBatch) throws -> Double {
        let ids = try encodings(batch).flatMap(\.ids)
        return Double(ids.reduce(0) { $0 + Int($1) }) / Double(max(1, ids.count))
    }

    func run(_ batch: LossBatch) throws { _ = try encodings(batch) }

    private func encodings(_ batch: LossBatch) throws -> [Encoding] {
        try tokenizer.encodeBatch(batch.firstTexts().map { TokenizerInput(first: $0) }, options: options)
    }
}
