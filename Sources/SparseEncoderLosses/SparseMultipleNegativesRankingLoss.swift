import Encoders
import Losses
import SentenceTransformerLosses

/// Each query has to find its own document among those of all rows: `MultipleNegativesRankingLoss` on scalar products.
///
///     loss = mean over rows i of  log(sum over documents d of exp(scale q_i . d)) - scale q_i . d_i
///
/// (van den Oord et al. 2018, arXiv 1807.03748; Henderson et al. 2017, arXiv 1705.00652.) Scalar products of sparse embeddings are
/// large already, so the scale is 1. Directions, partition and hardness are those of the dense loss.
///
/// Columns: query, positive, any number of negatives. Labels: none.
public final class SparseMultipleNegativesRankingLoss: SparseLoss {
    public let name = "SparseMultipleNegativesRankingLoss"
    public let arithmetic: any EmbeddingLoss
    /// What a user should know about the options, a sentence each.
    public let notes: [String]
    /// The factor of the similarities.
    public let scale: Double

    /// The defaults of sparse embeddings: scalar products, as they are.
    public static let defaults = ContrastiveOptions(scale: 1, similarity: .dot)

    /// - Throws: ``LossError`` for options that contradict each other.
    public init(model: any SentenceEmbedder, options: ContrastiveOptions = defaults) throws {
        let dense = try MultipleNegativesRankingLoss(model: model, options: options)
        arithmetic = dense
        notes = dense.notes
        scale = options.scale
    }
}
