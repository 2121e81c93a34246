import Tensors

/// A trained tensor of a model under the name that its file gives it.
public struct NamedParameter {
    public let name: String
    public let tensor: Tensor

    public init(name: String, tensor: Tensor) {
        self.name = name
        self.tensor = tensor
    }
}

/// What the trainer, checkpoints and evaluators need of any model.
public protocol EncoderModel: AnyObject {
    /// `"CrossEncoder"`, `"SentenceTransformer"` or `"SparseEncoder"`, for messages and records.
    var kind: String { get }

    /// Every parameter in file order; those with `requiresGrad` are trained.
    var parameters: [NamedParameter] { get }

    /// Whether dropout is active.
    var isTraining: Bool { get set }

    /// Whether activations of each layer are computed again in the backward pass instead of kept.
    var usesGradientCheckpointing: Bool { get set }

    /// Writes the model folder. An existing folder is replaced only when the new one is complete.
    func save(to folder: String) throws
}
