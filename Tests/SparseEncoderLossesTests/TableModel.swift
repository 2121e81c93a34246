import Encoders
import Tensors

/// A model whose embeddings are given: a text selects a row of a leaf tensor, which may go through an autoencoder.
final class TableModel: ReconstructingEmbedder {
    struct UnknownText: Error { let text: String }

    let leaf: Tensor
    let encoder: SparseAutoEncoder?
    private var rows: [String: Int] = [:]

    init(texts: [String], embeddings: [[Double]], encoder: SparseAutoEncoder? = nil) {
        leaf = Tensor(embeddings.flatMap { $0.map(Float.init) }, shape: [embeddings.count, embeddings[0].count])
        leaf.requiresGrad = true
        self.encoder = encoder
        for (row, text) in texts.enumerated() { rows[text] = row }
    }

    var embeddingDimension: Int { encoder?.options.hiddenDimension ?? leaf.shape[1] }

    func embeddings(_ input: TextInput) throws -> Tensor {
        guard encoder != nil else { return try selected(input) }
        return try features(input, wantsReconstruction: false).sentenceEmbedding!
    }

    func reconstructed(_ input: TextInput) throws -> (embeddings: Tensor, reconstruction: Reconstruction) {
        let features = try features(input, wantsReconstruction: true)
        return (features.sentenceEmbedding!, features.reconstruction!)
    }

    private func features(_ input: TextInput, wantsReconstruction: Bool) throws -> ModuleFeatures {
        var features = ModuleFeatures(input)
        features.sentenceEmbedding = try selected(input)
        features.wantsReconstruction = wantsReconstruction
        try encoder?.forward(&features)
        return features
    }

    private func selected(_ input: TextInput) throws -> Tensor {
        try leaf.indexSelect(dim: 0, indices: input.texts.map { text in
            guard let row = rows[text] else { throw UnknownText(text: text) }
            return row
        })
    }
}
