import Tensors

/// What a ``SparseAutoEncoder`` makes of a batch beside the sparse embeddings, all `[texts, input_dim]` and on the tape.
public struct Reconstruction {
    /// The dense embeddings.
    public let backbone: Tensor
    /// Decoded from the sparse embeddings.
    public let decoded: Tensor
    /// Decoded from four times as many elements.
    public let decodedFourfold: Tensor
    /// Decoded from dead latents alone, without the mean of the input; nil where `k_aux` is 0.
    public let decodedAuxiliary: Tensor?
    /// ``decoded`` less the bias of the input.
    public let decodedWithoutBias: Tensor

    public init(backbone: Tensor, decoded: Tensor, decodedFourfold: Tensor, decodedAuxiliary: Tensor?, decodedWithoutBias: Tensor) {
        self.backbone = backbone
        self.decoded = decoded
        self.decodedFourfold = decodedFourfold
        self.decodedAuxiliary = decodedAuxiliary
        self.decodedWithoutBias = decodedWithoutBias
    }
}

/// An embedder whose sparse embeddings can be turned back into the dense ones they were made of.
public protocol ReconstructingEmbedder: SentenceEmbedder {
    /// Sparse embeddings on the tape, `[texts, embeddingDimension]`, with what the autoencoder makes of them.
    /// - Throws: ``ModelError`` for a model without a ``SparseAutoEncoder``.
    func reconstructed(_ input: TextInput) throws -> (embeddings: Tensor, reconstruction: Reconstruction)
}

extension SparseEncoder: ReconstructingEmbedder {
    public func reconstructed(_ input: TextInput) throws -> (embeddings: Tensor, reconstruction: Reconstruction) {
        let features = try features(of: input) { $0.wantsReconstruction = true }
        guard let reconstruction = features.reconstruction else {
            throw ModelError("the model has no SparseAutoEncoder; build one of modules: Transformer, Pooling, SparseAutoEncoder")
        }
        return (try sentenceEmbedding(of: features), reconstruction)
    }
}
