import Encoders
import JSON
import Losses
import Tensors

/// Pairwise logistic loss, each pair weighted by what its order means for nDCG; the first choice among listwise losses.
///
///     loss = -1 / pairs  *  sum over queries, over pairs (i, j) with y_i > y_j of  w_ij log2 sigmoid(sigma (x_i - x_j))
///
/// with x the activated logits, positions i and j in the model's own order, and w from a ``LambdaWeightingScheme``.
/// (Wang, Li, Golbandi, Bendersky, Najork 2018: The LambdaLoss Framework for Ranking Metric Optimization.)
///
/// Columns: query, list of documents. Labels: a list of numbers, one for each document, binary, graded or continuous;
/// negative ones count as 0 in the gain. Model: one output, with the identity as activation. Lists may differ in
/// length and may be empty. Values are small where lists are long; judge by the metric.
public final class LambdaLoss: ListwiseLoss {
    public let name = "LambdaLoss"
    public let model: any PairScorer
    public let activation: LossActivation
    public let miniBatchSize: Int?
    private let ranking: PairwiseRanking

    /// - Parameters:
    ///   - weighting: weights of pairs.
    ///   - k: pairs count only if one of the two is among the model's first k documents, and gains are normalised by the
    ///     ideal DCG of k documents; nil for all.
    ///   - sigma: steepness of the sigmoid.
    ///   - eps: smallest ideal DCG to divide by.
    ///   - reductionLog: base of the logarithm.
    ///   - miniBatchSize: pairs per pass of the model; nil, 0 or less for all at once.
    /// - Throws: ``LossError`` if the model has more than one output, or k is negative.
    public init(model: any PairScorer, weighting: any LambdaWeightingScheme = NDCGLoss2PPScheme(), k: Int? = nil,
                sigma: Double = 1, eps: Double = 1e-10, reductionLog: ReductionLog = .binary,
                activation: LossActivation = .identity, miniBatchSize: Int? = nil) throws {
        try model.requireOneOutput(for: name)
        self.model = model
        self.activation = activation
        self.miniBatchSize = miniBatchSize
        ranking = try PairwiseRanking(loss: name, weighting: weighting, k: k, sigma: sigma, eps: eps, reductionLog: reductionLog)
    }

    public var configuration: JSONObject {
        var configuration: JSONObject = ["weighting_scheme": .string(ranking.weighting.name)]
        ranking.addSettings(to: &configuration)
        addShared(to: &configuration)
        return configuration
    }

    public func compute(scores: Tensor, lists: DocumentLists) throws -> Tensor {
        try ranking.compute(scores: scores, lists: lists)
    }
}
