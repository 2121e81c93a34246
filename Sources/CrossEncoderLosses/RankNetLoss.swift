import Encoders
import JSON
import Losses
import Tensors

/// Pairwise logistic loss: of two documents the one with the greater label should have the greater score.
///
///     loss = -1 / pairs  *  sum over queries, over pairs (i, j) with y_i > y_j of  log2 sigmoid(sigma (x_i - x_j))
///
/// with x the activated logits: ``LambdaLoss`` without weights. (Burges et al. 2005: Learning to Rank using Gradient Descent.)
///
/// Columns: query, list of documents. Labels: a list of numbers, one for each document. Model: one output, with the
/// identity as activation. Lists may differ in length and may be empty.
public final class RankNetLoss: ListwiseLoss {
    public let name = "RankNetLoss"
    public let model: any PairScorer
    public let activation: LossActivation
    public let miniBatchSize: Int?
    private let ranking: PairwiseRanking

    /// - Parameters: as those of ``LambdaLoss/init(model:weighting:k:sigma:eps:reductionLog:activation:miniBatchSize:)``.
    /// - Throws: ``LossError`` if the model has more than one output, or k is negative.
    public init(model: any PairScorer, k: Int? = nil, sigma: Double = 1, eps: Double = 1e-10,
                reductionLog: ReductionLog = .binary, activation: LossActivation = .identity, miniBatchSize: Int? = nil) throws {
        try model.requireOneOutput(for: name)
        self.model = model
        self.activation = activation
        self.miniBatchSize = miniBatchSize
        ranking = try PairwiseRanking(loss: name, weighting: NoWeightingScheme(), k: k, sigma: sigma, eps: eps, reductionLog: reductionLog)
    }

    public var configuration: JSONObject {
        var configuration = JSONObject()
        ranking.addSettings(to: &configuration)
        addShared(to: &configuration)
        return configuration
    }

    public func compute(scores: Tensor, lists: DocumentLists) throws -> Tensor {
        try ranking.compute(scores: scores, lists: lists)
    }
}
