import Encoders
import JSON
import Losses
import Tensors

/// Likelihood of the right order of a query's documents, drawn one after the other from those that are left.
///
///     loss = mean over queries of  -sum over positions i of  (x_i - log sum over j >= i of exp(x_j))
///
/// with x the activated logits in the right order. ``PListMLELoss`` weighs the first positions more and usually does better.
/// (Xia, Liu, Wang, Zhang, Li 2008: Listwise Approach to Learning to Rank: Theory and Algorithm.)
///
/// Columns: query, list of documents. Labels: a list of numbers, one for each document. Model: one output, with the
/// identity as activation. Lists may differ in length and may be empty.
public final class ListMLELoss: ListwiseLoss {
    public let name = "ListMLELoss"
    public let model: any PairScorer
    public let activation: LossActivation
    public let miniBatchSize: Int?
    private let respectInputOrder: Bool

    /// - Parameters:
    ///   - miniBatchSize: pairs per pass of the model; nil, 0 or less for all at once.
    ///   - respectInputOrder: whether documents are given best first; false sorts them by label.
    /// - Throws: ``LossError`` if the model has more than one output.
    public init(model: any PairScorer, activation: LossActivation = .identity, miniBatchSize: Int? = nil,
                respectInputOrder: Bool = true) throws {
        try model.requireOneOutput(for: name)
        self.model = model
        self.activation = activation
        self.miniBatchSize = miniBatchSize
        self.respectInputOrder = respectInputOrder
    }

    public var configuration: JSONObject {
        var configuration = JSONObject()
        addShared(to: &configuration)
        configuration["respect_input_order"] = .bool(respectInputOrder)
        return configuration
    }

    public func compute(scores: Tensor, lists: DocumentLists) throws -> Tensor {
        try PlackettLuce.negativeLogLikelihood(scores: scores, lists: lists, respectInputOrder: respectInputOrder, weight: nil)
    }
}
