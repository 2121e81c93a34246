import Encoders
import JSON
import Losses
import Tensors

/// Contrastive sparse representation: sparse embeddings that can be turned back into dense ones, and that find each other.
///
///     loss = L_k + L_4k + L_aux + gamma L
///
/// with the terms of ``CSRReconstructionLoss`` and another loss L on the sparse embeddings. (Wen et al. 2025: Beyond Matryoshka,
/// arXiv 2503.01776.) The model needs a `SparseAutoEncoder`.
///
/// Columns and labels: those of the inner loss.
public final class CSRLoss: Loss {
    public let name = "CSRLoss"
    public let inner: any EmbeddingLoss
    public let reconstruction: CSRReconstructionLoss
    /// The weight of the inner loss.
    public let gamma: Double
    public private(set) var components: [LossComponent] = []
    private let model: any ReconstructingEmbedder

    /// - Parameters:
    ///   - inner: the loss, over the same model; nil for ``SparseMultipleNegativesRankingLoss``.
    ///   - beta: the weight of the term of dead latents.
    /// - Throws: ``LossError`` for a loss over another model.
    public init(model: any ReconstructingEmbedder, inner: (any EmbeddingLoss)? = nil, beta: Double = 0.1, gamma: Double = 1) throws {
        let inner = try inner ?? SparseMultipleNegativesRankingLoss(model: model)
        guard inner.model === model else {
            throw LossError("CSRLoss: the inner \(inner.name) was made with another model; make both with the one to train")
        }
        self.model = model
        self.inner = inner
        self.gamma = gamma
        reconstruction = CSRReconstructionLoss(beta: beta)
    }

    public var parameters: [NamedParameter] { inner.parameters }

    public var requirements: LossRequirements? {
        var requirements = inner.requirements
        requirements?.needsSparsityLoss = false
        return requirements
    }

    public var configuration: JSONObject {
        ["beta": .number(reconstruction.beta), "gamma": .number(gamma), "loss": .string(inner.name)]
    }

    public func value(of batch: LossBatch) throws -> Tensor {
        let context = try inner.context(of: batch)
        let columns = try batch.inputs.indices.map { try model.reconstructed(batch.textInput($0, for: name)) }
        var terms = try reconstruction.terms(of: columns.map(\.reconstruction))
        terms.append(("base_loss", try inner.value(of: columns.map(\.embeddings), batch: batch, context: context).multiplying(gamma)))
        let parts = inner.components.map { LossComponent(name: $0.name, value: $0.value * gamma) }
        let values = try terms.map { LossComponent(name: $0.name, value: try $0.value.item()) }
        components = parts.isEmpty ? values : values.dropLast() + parts
        return try terms.dropFirst().reduce(terms[0].value) { try $0.adding($1.value) }
    }
}
