import Encoders
import JSON
import Losses
import Tensors

/// Position-aware ListMLE: the likelihood of the right order, its first positions weighing most.
///
///     loss = mean over queries of  -sum over positions i of  w_i (x_i - log sum over j >= i of exp(x_j))
///
/// with x the activated logits in the right order and w falling weights that sum to one, see ``PListMLELambdaWeight``.
/// (Lan, Zhu, Guo, Niu, Cheng 2014: Position-Aware ListMLE: A Sequential Learning Process for Ranking.)
///
/// Columns: query, list of documents. Labels: a list of numbers, one for each document. Model: one output, with the
/// identity as activation. Lists may differ in length and may be empty.
public final class PListMLELoss: ListwiseLoss {
    public let name = "PListMLELoss"
    public let model: any PairScorer
    public let activation: LossActivation
    public let miniBatchSize: Int?
    private let lambdaWeight: PListMLELambdaWeight?
    private let respectInputOrder: Bool

    /// - Parameters:
    ///   - lambdaWeight: weights of positions; nil makes this ``ListMLELoss``.
    ///   - miniBatchSize: pairs per pass of the model; nil, 0 or less for all at once.
    ///   - respectInputOrder: whether documents are given best first; false sorts them by label.
    /// - Throws: ``LossError`` if the model has more than one output.
    public init(model: any PairScorer, lambdaWeight: PListMLELambdaWeight? = PListMLELambdaWeight(),
                activation: LossActivation = .identity, miniBatchSize: Int? = nil, respectInputOrder: Bool = true) throws {
        try model.requireOneOutput(for: name)
        self.model = model
        self.lambdaWeight = lambdaWeight
        self.activation = activation
        self.miniBatchSize = miniBatchSize
        self.respectInputOrder = respectInputOrder
    }

    public var configuration: JSONObject {
        var configuration: JSONObject = ["lambda_weight": lambdaWeight == nil ? .null : .string(PListMLELambdaWeight.name)]
        addShared(to: &configuration)
        configuration["respect_input_order"] = .bool(respectInputOrder)
        return configuration
    }

    public func compute(scores: Tensor, lists: DocumentLists) throws -> Tensor {
        try PlackettLuce.negativeLogLikelihood(scores: scores, lists: lists, respectInputOrder: respectInputOrder, weight: lambdaWeight)
    }
}
