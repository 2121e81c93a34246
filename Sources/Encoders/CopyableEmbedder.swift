import Tensors

/// An embedder that can be copied, for losses that train two of one origin.
public protocol CopyableEmbedder: SentenceEmbedder {
    /// Every parameter; those with `requiresGrad` are trained.
    var parameters: [NamedParameter] { get }

    /// Whether dropout is active.
    var isTraining: Bool { get set }

    /// The token ids of each text, as the model reads them.
    func tokenIds(_ input: TextInput) throws -> [[Int32]]

    /// A model that now gives the same embeddings, with parameters of its own.
    func makeCopy() throws -> any CopyableEmbedder
}

extension SentenceTransformer: CopyableEmbedder {
    public func makeCopy() throws -> any CopyableEmbedder {
        try copied {
            try SentenceTransformer(modules: $0, options: SentenceTransformerOptions(prompts: prompts, similarity: similarityFunction, truncateDim: truncateDim))
        }
    }
}

extension SparseEncoder: CopyableEmbedder {
    public func makeCopy() throws -> any CopyableEmbedder {
        try copied {
            try SparseEncoder(modules: $0, options: SparseEncoderOptions(prompts: prompts, similarity: similarityFunction, maxActiveDims: maxActiveDims))
        }
    }
}

extension ModularModel {
    /// What is made of copies of this model's modules.
    fileprivate func copied<Model: ModularModel>(_ make: ([any Module]) throws -> Model) throws -> Model {
        // Weights are copied without what adapters add to them; the copy gets adapters of its own.
        let sets = adapterPlaces.map(\.set)
        var copies: [any Module] = []
        try AdapterSet.settingAside(sets) {
            let copier = ModuleCopies()
            copies = try modules.map(copier.copy)
        }
        let copy = try make(copies)
        for (own, copied) in zip(sets, copy.adapterPlaces.map(\.set)) { try copied.adopt(copiesOf: own) }
        copy.isTraining = isTraining
        copy.usesGradientCheckpointing = usesGradientCheckpointing
        for (own, copied) in zip(parameters, copy.parameters) { copied.tensor.requiresGrad = own.tensor.requiresGrad }
        return copy
    }
}
