import Encoders
import Tensors

/// A model whose embeddings are given: a text selects a row of a leaf tensor.
final class TableEmbedder: CopyableEmbedder {
    struct UnknownText: Error { let text: String }

    let leaf: Tensor
    /// Texts of each pass.
    private(set) var passSizes: [Int] = []
    /// Another table for the same texts, for losses with a guide.
    let guide: TableEmbedder?
    private let layers: Int
    private var rows: [String: Int] = [:]
    var isTraining = false

    /// - Parameters:
    ///   - layers: a row of `embeddings` holds the embeddings of so many layers, one behind the other.
    ///   - guide: the embeddings of ``guide``; none if empty.
    init(texts: [String], embeddings: [[Float]], layers: Int = 1, guide: [[Float]] = []) {
        self.layers = layers
        self.guide = guide.isEmpty ? nil : TableEmbedder(texts: texts, embeddings: guide)
        leaf = Tensor(embeddings.flatMap { $0 }, shape: [embeddings.count, embeddings.first?.count ?? 1])
        leaf.requiresGrad = true
        for (row, text) in texts.enumerated() { rows[text] = row }
    }

    var embeddingDimension: Int { leaf.shape[1] / layers }

    func embeddings(_ input: TextInput) throws -> Tensor {
        let rows = try rows(of: input)
        return layers == 1 ? rows : try rows.narrow(dim: 1, start: leaf.shape[1] - embeddingDimension, length: embeddingDimension)
    }

    func layerEmbeddings(_ input: TextInput) throws -> [Tensor] {
        try rows(of: input).chunk(layers, dim: 1)
    }

    /// As many as characters.
    func tokenCounts(_ input: TextInput) throws -> [Int] { input.texts.map(\.count) }

    private func rows(of input: TextInput) throws -> Tensor {
        passSizes.append(input.texts.count)
        return try leaf.indexSelect(dim: 0, indices: input.texts.map { text in
            guard let row = rows[text] else { throw UnknownText(text: text) }
            return row
        })
    }

    var parameters: [NamedParameter] { [NamedParameter(name: "leaf", tensor: leaf)] }

    func tokenIds(_ input: TextInput) throws -> [[Int32]] { input.texts.map { [Int32(rows[$0] ?? -1)] } }

    func makeCopy() throws -> any CopyableEmbedder { try TableEmbedder(rows: rows, layers: layers, leaf: leaf) }

    private init(rows: [String: Int], layers: Int, leaf: Tensor) throws {
        self.rows = rows
        self.layers = layers
        guide = nil
        self.leaf = try leaf.detach().clone()
        self.leaf.requiresGrad = true
    }
}
