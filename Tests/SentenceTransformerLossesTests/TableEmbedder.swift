import Encoders
import Tensors

/// A model whose embeddings are given: a text selects a row of a leaf tensor.
final class TableEmbedder: CopyableEmbedder {
    struct UnknownText: Error { let text: String }

    let leaf: Tensor
    /// Texts of each pass.
    private(set) var passSizes: [Int] = []
    private var rows: [String: Int] = [:]
    var isTraining = false

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

    var parameters: [NamedParameter] { [NamedParameter(name: "leaf", tensor: leaf)] }

    func tokenIds(_ input: TextInput) throws -> [[Int32]] { input.texts.map { [Int32(rows[$0] ?? -1)] } }

    func makeCopy() throws -> any CopyableEmbedder { TableEmbedder(rows: rows, leaf: leaf) }

    private init(rows: [String: Int], leaf: Tensor) {
        self.rows = rows
        self.leaf = leaf.detach().clone()
        self.leaf.requiresGrad = true
    }
}
