import Encoders
import Losses
import SentenceTransformerLosses

/// ``SparseCoSENTLoss`` with angles in complex space in place of cosines: `AnglELoss` for sparse embeddings.
///
///     loss = log(1 + sum of exp(scale (s(k, l) - s(i, j)))), over pairs (i, j), (k, l) of the batch with label(i, j) > label(k, l)
///
/// (Li, Li 2024, arXiv 2309.12871.) The model compares by cosines from then on.
///
/// Columns: two texts with one number as label, or anchor, positive and negatives as in the dense loss.
public final class SparseAnglELoss: SparseLoss {
    public let name = "SparseAnglELoss"
    public let arithmetic: any EmbeddingLoss

    public init(model: any SentenceEmbedder, scale: Double = 20) {
        (model as? SparseEncoder)?.similarityFunction = .cosine
        arithmetic = AnglELoss(model: model, scale: scale)
    }
}
