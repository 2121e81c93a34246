import Encoders
import Losses
import SentenceTransformerLosses

/// Mean squared error between the model's margins and a teacher's: `MarginMSELoss` for sparse embeddings.
///
///     loss = mean over rows and negatives of ((s(query, positive) - s(query, negative)) - margin)^2
///
/// (Hofstätter et al. 2020, arXiv 2010.02666; for SPLADE Formal et al. 2022, arXiv 2205.04733.)
///
/// Columns: query, positive, and one or more negatives. Labels: the margins, or the scores of positive and negatives.
public final class SparseMarginMSELoss: SparseLoss {
    public let name = "SparseMarginMSELoss"
    public let arithmetic: any EmbeddingLoss

    /// - Parameter similarity: `similarity_fct`.
    public init(model: any SentenceEmbedder, similarity: PairwiseFunction = PairwiseSimilarity.dot) {
        arithmetic = MarginMSELoss(model: model, similarity: similarity)
    }
}
