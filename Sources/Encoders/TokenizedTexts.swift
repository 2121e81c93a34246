import Tokenizers

/// Texts as a transformer reads them.
public struct TokenizedTexts {
    /// Tokens of each text with its prompt and special tokens, cut to the transformer's length.
    public let batch: PackedBatch
    /// Tokens of the prompt at the start of each sequence, the leading special token included.
    public let promptLength: Int

    public init(_ batch: PackedBatch, promptLength: Int) {
        self.batch = batch
        self.promptLength = promptLength
    }

    /// The token ids of each text.
    public var ids: [[Int32]] {
        (0..<batch.sequenceCount).map { Array(batch.ids[batch.offsets[$0]..<batch.offsets[$0 + 1]]) }
    }
}

extension TransformerModule {
    /// - Throws: ``ModelError`` for a text without any token.
    public func tokenized(_ input: TextInput) throws -> TokenizedTexts {
        let prompt = input.prompt ?? ""
        let batch = try texts(input.texts.map { TokenizerInput(first: prompt + $0) })
        return TokenizedTexts(batch, promptLength: prompt.isEmpty ? 0 : try promptLength(prompt))
    }

    /// Tokens that a prompt takes at the start of a sequence: those of the prompt alone, without a special token at its end.
    private func promptLength(_ prompt: String) throws -> Int {
        let batch = try texts([TokenizerInput(first: prompt)])
        guard let last = batch.ids.last else { return 0 }
        return batch.tokenCount - (texts.tokenizer.specialIds.contains(last) ? 1 : 0)
    }
}
