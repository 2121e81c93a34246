import Encoders
import Losses
import SentenceTransformerLosses

/// Mean squared error between the model's embeddings and a teacher's over the same vocabulary: `MSELoss` for sparse embeddings.
///
///     loss = mean over columns, rows and elements of (u - t)^2
///
/// The teacher is sparse, so this loss may also be used without a regularizer.
///
/// Columns: one or more texts. Labels: a vector for all columns, or a list with one for each, zeros included.
public final class SparseMSELoss: SparseLoss {
    public let name = "SparseMSELoss"
    public let arithmetic: any EmbeddingLoss
    public var standsAlone: Bool { true }

    public init(model: any SentenceEmbedder) throws { arithmetic = try MSELoss(model: model) }
}
