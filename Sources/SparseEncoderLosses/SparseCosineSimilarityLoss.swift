import Encoders
import Losses
import SentenceTransformerLosses
import Tensors

/// The cosine of two embeddings should be a given number: `CosineSimilarityLoss` for sparse embeddings.
///
///     loss = mean over rows of (a(cos(u, v)) - label)^2
///
/// Weights are never negative, so neither are cosines. The model compares by cosines from then on.
///
/// Columns: two texts. Labels: one number, usually from 0 to 1.
public final class SparseCosineSimilarityLoss: SparseLoss {
    public let name = "SparseCosineSimilarityLoss"
    public let arithmetic: any EmbeddingLoss

    /// - Parameters:
    ///   - activation: applied to the cosines (`cos_score_transformation`).
    ///   - distance: one element from activated cosines and labels, both `[rows]` (`loss_fct`); nil for the mean squared error.
    public init(model: any SentenceEmbedder, activation: LossActivation = .identity,
                distance: ((_ scores: Tensor, _ labels: Tensor) throws -> Tensor)? = nil) {
        (model as? SparseEncoder)?.similarityFunction = .cosine
        arithmetic = CosineSimilarityLoss(model: model, activation: activation, distance: distance)
    }
}
