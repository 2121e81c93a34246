import Encoders
import Tensors

/// A model whose embeddings are given: a text selects a row of a leaf tensor.
final class TableEmbedder: SentenceEmbedder {
    struct UnknownText: Error { let text: String }

    let leaf: Tensor
    /// Texts of each pass.
    private(set) var passSizes: [Int] = []
    private var rows: [String: Int] = [:]

    init(texts: [String], embeddings: [[Float]]) {
        leaf = Tensor(embeddings.flatMap { $0 }, shape: [embeddings.count, embeddings.first?.count ?? 1])
        leaf.requiresGrad = true
        for (row, text) in texts.enumerated() { rows[text] = row }
    }

    var embeddingDimension: Int { leaf.shape[1] }

    func embeddings(_ input: TextInput) throws -> Tensor {
        passSizes.append(input.texts.count)
        return try leaf.indexSelect(dim: 0, indices: input.texts.map { text in
            guard let row = rows[text] else { throw UnknownText(text: text) }
            return row
        })
    }
}
