import Encoders
import JSON
import Losses
import SentenceTransformerLosses
import Tensors

/// In-batch negatives by dot product, and the expected operations of an inverted index over queries and over documents
/// (Paria et al. 2020, arXiv 2004.05665): what SpladeLoss over SparseMultipleNegativesRankingLoss computes for pairs.
final class SpladeObjective: EmbeddingLoss {
    let name = "SpladeLoss"
    let model: any SentenceEmbedder
    private let ranking: MultipleNegativesRankingLoss
    private let queryWeight = 5e-5, documentWeight = 3e-5

    init(model: any SentenceEmbedder) throws {
        self.model = model
        ranking = try MultipleNegativesRankingLoss(model: model, options: ContrastiveOptions(scale: 1, similarity: .dot))
    }

    var requirements: LossRequirements? { ranking.requirements }
    var configuration: JSONObject { [:] }

    func value(of embeddings: [Tensor], batch: LossBatch, context: [Tensor]) throws -> Tensor {
        let terms = try zip(embeddings, [queryWeight, documentWeight]).map { try $0.mean(dim: 0).pow(2).sum().multiplying($1) }
        return try terms.reduce(ranking.value(of: embeddings, batch: batch, context: context)) { try $0.adding($1) }
    }
}
