import Encoders
import JSON
import Losses
import Tensors

/// Mean squared error between the model's margins and a teacher's: how far a positive stands above each negative.
///
///     loss = mean over rows and negatives of ((s(query, positive) - s(query, negative)) - margin)^2
///
/// (Hofstätter, Althammer, Schröder, Sertkan, Hanbury 2020: Improving Efficient Neural Ranking Models with
/// Cross-Architecture Knowledge Distillation, arXiv 2010.02666.)
///
/// Columns: query, positive, and one or more negatives. Labels, with n negatives: a list of n margins (teacher's positive
/// score minus negative score), or a list of n + 1 scores of which the first is the positive's; with one negative also a
/// single number, the margin.
public final class MarginMSELoss: EmbeddingLoss {
    public let name = "MarginMSELoss"
    public let model: any SentenceEmbedder
    public let similarity: PairwiseFunction

    /// - Parameter similarity: `similarity_fct`. The default, scalar products, can reach a teacher's margins of any size.
    public init(model: any SentenceEmbedder, similarity: PairwiseFunction = PairwiseSimilarity.dot) {
        self.model = model
        self.similarity = similarity
    }

    public var requirements: LossRequirements? {
        LossRequirements(columns: [.text, .text, .text], allowsMoreColumns: true,
                         labels: [.number(-Double.infinity...Double.infinity), .numbers(count: nil)],
                         labelsForColumns: { max(0, $0 - 2) ... max(0, $0 - 1) })
    }

    public var configuration: JSONObject { ["similarity_fct": .string(similarity.name)] }

    public func value(of embeddings: [Tensor], batch: LossBatch, context: [Tensor]) throws -> Tensor {
        guard embeddings.count >= 3 else {
            throw LossError("\(name) expects a query, a positive and at least one negative column, the batch has \(embeddings.count) input columns")
        }
        let margins = try self.margins(of: batch, negativeCount: embeddings.count - 2)
        let positive = try similarity(embeddings[0], embeddings[1])
        let differences = try Tensor.stack(embeddings.dropFirst(2).map { try positive - similarity(embeddings[0], $0) }, dim: 1)
        return try Functional.mse(differences, margins)
    }

    /// Labels in any of the accepted forms as margins `[rows, negatives]`.
    private func margins(of batch: LossBatch, negativeCount: Int) throws -> Tensor {
        let labels = batch.hasListLabels ? try batch.labelRows(for: name)
            : Tensor(try batch.finiteLabels(for: name).map(Float.init), shape: [batch.rowCount, 1])
        // The difference is taken in float32, the precision in which the scores would be held.
        if labels.shape[1] == negativeCount + 1 {
            return try labels.narrow(dim: 1, start: 0, length: 1) - labels.narrow(dim: 1, start: 1, length: negativeCount)
        }
        guard labels.shape[1] == negativeCount else {
            throw LossError("\(name): \(labels.shape[1]) labels in a row do not fit \(negativeCount) negatives; either the \(negativeCount) "
                            + "margins (positive minus negative score) are wanted or the \(negativeCount + 1) scores, the positive's first")
        }
        return labels
    }
}
