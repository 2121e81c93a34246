import Encoders
import Losses
import SentenceTransformerLosses

/// The model's distribution over the candidates of a query should be the teacher's: `DistillKLDivLoss` for sparse embeddings.
///
///     loss = t^2 mean over rows of sum over candidates of p (log p - log q)
///     q = softmax(s(query, candidate) / t),   p = softmax(teacher's score / T)
///
/// (Lin, Yang, Lin 2020, arXiv 2010.11386.) Scalar products of sparse embeddings differ by more than those of dense ones, so the
/// temperature is 2.
///
/// Columns: query and two or more candidates. Labels: the teacher's score of each candidate.
public final class SparseDistillKLDivLoss: SparseLoss {
    public let name = "SparseDistillKLDivLoss"
    public let arithmetic: any EmbeddingLoss

    /// - Parameters: see `DistillKLDivLoss`.
    /// - Throws: ``LossError`` for a temperature that is not positive and finite.
    public init(model: any SentenceEmbedder, similarity: PairwiseFunction = PairwiseSimilarity.dot, temperature: Double = 2,
                studentTemperature: Double? = nil, teacherTemperature: Double? = nil) throws {
        arithmetic = try DistillKLDivLoss(model: model, similarity: similarity, temperature: temperature,
                                          studentTemperature: studentTemperature, teacherTemperature: teacherTemperature)
    }
}
