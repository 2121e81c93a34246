import Files
import Foundation
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
    public func makeCopy() throws -> any CopyableEmbedder { try copied { try SentenceTransformer(path: $0) } }
}

extension SparseEncoder: CopyableEmbedder {
    public func makeCopy() throws -> any CopyableEmbedder { try copied { try SparseEncoder(path: $0) } }
}

extension ModularModel {
    /// What loads from a folder that this model was saved to, in the system's temporary folder.
    fileprivate func copied<Model: ModularModel>(_ load: (String) throws -> Model) throws -> Model {
        let folder = Path.join(FileManager.default.temporaryDirectory.path, "sentx-copy-\(UUID().uuidString)")
        // Weights are mapped, and stay readable when their file has no name any more.
        defer { try? Folder.remove(folder) }
        // A folder holds the weights without adapters, of which it could hold only the active one.
        let sets = adapterPlaces.map(\.set)
        try AdapterSet.settingAside(sets) { try save(to: folder) }
        let copy = try load(folder)
        for (own, copied) in zip(sets, copy.adapterPlaces.map(\.set)) { try copied.adopt(copiesOf: own) }
        copy.isTraining = isTraining
        copy.usesGradientCheckpointing = usesGradientCheckpointing
        for (own, copied) in zip(parameters, copy.parameters) { copied.tensor.requiresGrad = own.tensor.requiresGrad }
        return copy
    }
}
