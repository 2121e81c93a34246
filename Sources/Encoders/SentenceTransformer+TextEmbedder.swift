import Tensors

extension SentenceTransformer: TextEmbedder {
    public func encode(_ texts: [String], as role: TextRole, options: EncodeOptions) throws -> Tensor {
        switch role {
        case .any: return try encode(texts, options: options)
        case .query: return try encodeQuery(texts, options: options)
        case .document: return try encodeDocument(texts, options: options)
        }
    }
}
