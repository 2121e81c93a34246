import Encoders
import Files
import Tensors

/// Use of a model that was read: texts are embedded, and what is saved embeds them alike.
enum ModelCheck {
    static let texts = ["the cat sat on the mat.", "", "dogs! [MASK] 123", String(repeating: "cat ", count: 40)]

    /// - Parameter copy: where the model is saved.
    static func use(_ model: SentenceTransformer, copy: String) throws {
        for role in [TextRole.query, .document] {
            let options = EncodeOptions()
            let embeddings = role == .query ? try model.encodeQuery(texts, options: options) : try model.encodeDocument(texts, options: options)
            guard embeddings.shape == [texts.count, model.embeddingDimension] else { throw WrongAnswer("embeddings of shape \(embeddings.shape)") }
            try checkFinite(embeddings)
        }
        let first = try model.encode(texts)
        try checkFinite(model.similarity(first, first))
        try model.save(to: copy)
        let again: SentenceTransformer
        do { again = try SentenceTransformer(path: copy) } catch { throw WrongAnswer("what was saved is refused: \(error)") }
        try checkEqual(first, again.encode(texts))
    }

    static func use(_ model: SparseEncoder, copy: String) throws {
        let first = try model.encodeQuery(texts)
        guard first.rowCount == texts.count, first.columnCount == model.embeddingDimension else { throw WrongAnswer("\(first.rowCount) sparse embeddings") }
        try checkFinite(first.values)
        let documents = try model.encodeDocument(texts)
        try checkFinite(documents.values)
        if first.columnCount == documents.columnCount { _ = try model.similarity(first, documents) }
        _ = try model.decode(documents, topK: 3)
        try model.save(to: copy)
        let again: SparseEncoder
        do { again = try SparseEncoder(path: copy) } catch { throw WrongAnswer("what was saved is refused: \(error)") }
        try checkEqual(documents.dense(), again.encodeDocument(texts).dense())
    }

    static func use(_ model: CrossEncoder, copy: String) throws {
        let pairs = texts.map { TextPair($0, "a mat") }
        let first = try model.predict(pairs)
        try checkFinite(first)
        try model.save(to: copy)
        let again: CrossEncoder
        do { again = try CrossEncoder(path: copy) } catch { throw WrongAnswer("what was saved is refused: \(error)") }
        try checkEqual(first, again.predict(pairs))
    }

    /// Weights may hold NaN or infinity, and then so do embeddings; that is refused elsewhere or not at all, and no matter of reading.
    private static func checkFinite(_ tensor: Tensor) throws { try checkFinite(tensor.floatArray()) }

    private static func checkFinite(_ values: [Float]) throws {
        if let wrong = values.first(where: { !$0.isFinite }) { throw NotFinite(value: wrong) }
    }

    private static func checkEqual(_ a: Tensor, _ b: Tensor) throws {
        guard a.shape == b.shape else { throw WrongAnswer("saved and loaded: shape \(a.shape) became \(b.shape)") }
        for (x, y) in zip(a.floatArray(), b.floatArray()) where abs(x - y) > 1e-5 * max(1, abs(x)) {
            throw WrongAnswer("saved and loaded: an embedding differs, \(x) and \(y)")
        }
    }

    private struct NotFinite: Error, CustomStringConvertible {
        let value: Float
        var description: String { "an embedding holds \(value)" }
    }
}
