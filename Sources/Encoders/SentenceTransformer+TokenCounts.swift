import Tokenizers

extension SentenceTransformer {
    public func tokenCounts(_ input: TextInput) throws -> [Int] {
        let options = EncodingOptions(maxLength: maxSequenceLength, truncation: .longestFirst)
        return try tokenizer.encodeBatch(input.texts.map { TokenizerInput(first: (input.prompt ?? "") + $0) }, options: options).map(\.ids.count)
    }
}
