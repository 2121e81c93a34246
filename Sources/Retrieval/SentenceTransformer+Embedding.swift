import Encoders
import Tensors

extension SentenceTransformer: TextEmbedder {
    public func normalizedEmbeddings(
        of texts: [String], as role: TextRole, prompt: EmbeddingPrompt, options: BatchOptions
    ) throws -> Tensor {
        let encoding = EncodeOptions(batchSize: options.batchSize, normalizeEmbeddings: true, prompt: prompt.text,
                                     promptName: prompt.name, onBatch: options.onBatch)
        return role == .query ? try encodeQuery(texts, options: encoding) : try encodeDocument(texts, options: encoding)
    }
}
