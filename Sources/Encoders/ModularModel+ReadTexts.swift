import Tensors
import Tokenizers

extension ModularModel {
    /// The transformer that reads texts of a task; nil where they are read by something else, such as static embeddings.
    func reader(of input: TextInput) throws -> TransformerModule? {
        var first: (any Module)? = modules[0]
        while let router = first as? Router { first = try router.route(task: input.task).modules.first }
        return first as? TransformerModule
    }

    /// A transformer cuts texts to its length, and a guide that saw more of them than the model would judge other texts. Where both have
    /// one vocabulary and the guide takes texts as long as the model's, it gets the model's tokens, else the text that they stand for,
    /// without special tokens and with the prompt in it. A model without a transformer reads whole texts, and so does its guide.
    public func embeddings(_ input: TextInput, asReadBy model: any SentenceEmbedder) throws -> Tensor {
        guard let modular = model as? any ModularModel, let reader = try modular.reader(of: input) else { return try embeddings(input) }
        let tokens = try reader.tokenized(input)
        if let own = try self.reader(of: input), own.texts.maximumLength >= reader.texts.maximumLength,
           own.texts.tokenizer.hasVocabulary(of: reader.texts.tokenizer) {
            return try sentenceEmbedding(of: features(of: input) { $0.tokens = tokens })
        }
        let texts = try tokens.ids.map { try reader.texts.tokenizer.decode($0, skipSpecialTokens: true) }
        return try embeddings(TextInput(texts, task: input.task))
    }
}
