import Encoders
import JSON
import Losses
import Tensors

/// Each query has to find its own document among those of all rows: InfoNCE, cross-entropy with in-batch negatives.
///
///     loss = mean over rows i of  log Z_i - s(q_i, d_i)
///
/// with s the scaled similarity, and Z_i the sum of exp(s) over what the query is compared with:
///
/// - `query_to_doc`: s(q_i, d) over the documents d of all rows, positives and negatives alike; always there
/// - `query_to_query`: s(q_i, q_j) for j other than i
/// - `doc_to_query`: s(q_j, d_i) over all queries
/// - `doc_to_doc`: s(d, d_i) over the documents of other rows
///
/// Several directions share one softmax (`joint`), or have one each and their losses are averaged (`per_direction`). With a
/// hardness mode, the logit of a negative of that kind is raised by `hardness_strength` times its unscaled similarity, which
/// counts as a constant in the gradient.
///
/// - Default: van den Oord et al. 2018 (arXiv 1807.03748); Henderson et al. 2017 (arXiv 1705.00652).
/// - `query_to_doc` and `doc_to_query`, per direction: the symmetric form, Günther et al. 2023 (arXiv 2310.19923).
/// - All four directions, joint: Li et al. 2023, GTE (arXiv 2308.03281), for pairs or triplets.
///
/// Columns: query, positive, any number of negatives. Labels: none. Rows of a batch should not share texts, else a right
/// answer serves as a negative; batch_sampler = "no_duplicates" sees to that.
public final class MultipleNegativesRankingLoss: EmbeddingLoss {
    public let name = "MultipleNegativesRankingLoss"
    public let model: any SentenceEmbedder
    package var contrast: InfoNCE

    /// - Throws: ``LossError`` for options that contradict each other.
    public init(model: any SentenceEmbedder, options: ContrastiveOptions = ContrastiveOptions()) throws {
        self.model = model
        contrast = try InfoNCE(loss: name, options: options)
    }

    /// What a user should know about the options, a sentence each.
    public var notes: [String] { contrast.options.notes }

    public var requirements: LossRequirements? { InfoNCE.requirements }

    public var configuration: JSONObject { contrast.options.configuration }

    public func context(of batch: LossBatch) throws -> [Tensor] {
        try contrast.check(columnCount: batch.inputs.count)
        return []
    }

    public func value(of embeddings: [Tensor], batch: LossBatch, context: [Tensor]) throws -> Tensor {
        try contrast.value(of: embeddings)
    }

    public func value(of embeddings: [Tensor], prefixes: [(dimension: Int, weight: Double)], batch: LossBatch, context: [Tensor]) throws -> Tensor? {
        try contrast.value(of: embeddings, prefixes: prefixes)
    }
}
