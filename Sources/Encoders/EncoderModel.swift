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

/// Where a saved model folder keeps a parameter.
public struct StoredParameter {
    /// The safetensors file within the folder, such as `2_Dense/model.safetensors`.
    public let file: String
    /// The name of the tensor in that file.
    public let name: String
    public let tensor: Tensor

    public init(file: String, name: String, tensor: Tensor) {
        self.file = file
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

    /// Every parameter that ``save(to:)`` writes, with its place. By default ``parameters`` in `model.safetensors`.
    /// - Throws: ``ModelError`` where it cannot be saved as it is.
    var storedParameters: [StoredParameter] { get throws }

    /// Whether dropout is active.
    var isTraining: Bool { get set }

    /// Whether activations of each layer are computed again in the backward pass instead of kept.
    var usesGradientCheckpointing: Bool { get set }

    /// Writes the model folder. An existing folder is replaced only when the new one is complete.
    func save(to folder: String) throws
}

extension EncoderModel {
    public var storedParameters: [StoredParameter] {
        parameters.map { StoredParameter(file: "model.safetensors", name: $0.name, tensor: $0.tensor) }
    }
}
