import Encoders
import JSON
import Losses
import Tensors

/// A loss of bi-encoders with the defaults of sparse embeddings, to stand inside ``SpladeLoss`` or ``CSRLoss``.
///
/// The arithmetic, the columns and the labels are those of the loss it is made of. Alone nothing would keep embeddings sparse, so it
/// refuses batches of texts.
public protocol SparseLoss: EmbeddingLoss {
    /// The loss of bi-encoders that does the arithmetic.
    var arithmetic: any EmbeddingLoss { get }

    /// Whether it makes sense without a regularizer; false by default.
    var standsAlone: Bool { get }
}

extension SparseLoss {
    public var model: any SentenceEmbedder { arithmetic.model }
    public var parameters: [NamedParameter] { arithmetic.parameters }
    public var configuration: JSONObject { arithmetic.configuration }
    public var standsAlone: Bool { false }

    public var requirements: LossRequirements? {
        var requirements = arithmetic.requirements
        requirements?.needsSparsityLoss = !standsAlone
        return requirements
    }

    public func context(of batch: LossBatch) throws -> [Tensor] { try renamed { try arithmetic.context(of: batch) } }

    public func value(of embeddings: [Tensor], batch: LossBatch, context: [Tensor]) throws -> Tensor {
        try renamed { try arithmetic.value(of: embeddings, batch: batch, context: context) }
    }

    public func value(of batch: LossBatch) throws -> Tensor {
        guard standsAlone else {
            throw LossError("\(name) alone lets embeddings become dense; put it into SpladeLoss, or into CSRLoss for a model with a SparseAutoEncoder")
        }
        let context = try context(of: batch)
        return try value(of: batch, embed: { [model] in try model.embeddings($0) }, arithmetic: {
            try value(of: $0, batch: batch, context: context)
        })
    }

    /// Errors speak of this loss, not of the one that it is made of.
    private func renamed<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as LossError {
            throw error.renamed(from: arithmetic.name, to: name)
        }
    }
}
