import Encoders
import Losses
import SentenceTransformerLosses

/// Of two pairs of texts, the one with the higher label should be more similar: `CoSENTLoss` for sparse embeddings.
///
///     loss = log(1 + sum of exp(scale (s(k, l) - s(i, j)))), over pairs (i, j), (k, l) of the batch with label(i, j) > label(k, l)
///
/// The model compares by cosines from then on, as the loss does.
///
/// Columns: two texts. Labels: one number.
public final class SparseCoSENTLoss: SparseLoss {
    public let name = "SparseCoSENTLoss"
    public let arithmetic: any EmbeddingLoss

    /// - Parameter similarity: `similarity_fct`.
    public init(model: any SentenceEmbedder, scale: Double = 20, similarity: PairwiseFunction = PairwiseSimilarity.cosine) {
        (model as? SparseEncoder)?.similarityFunction = .cosine
        arithmetic = CoSENTLoss(model: model, scale: scale, similarity: similarity)
    }
}
