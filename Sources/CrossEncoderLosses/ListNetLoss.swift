import Encoders
import JSON
import Losses
import Tensors

/// Cross-entropy between the distributions that labels and scores make over a query's documents.
///
///     loss = mean over queries of  -sum over documents of softmax(y) log softmax(x)
///
/// with x the activated logits and y the labels. (Cao, Qin, Liu, Tsai, Li 2007: Learning to Rank: From Pairwise Approach
/// to Listwise Approach.)
///
/// Columns: query, list of documents. Labels: a list of numbers, one for each document; their differences matter, since
/// they pass a softmax. Model: one output, with the identity as activation. Lists may differ in length; an empty one has no
/// distribution and is an error.
public final class ListNetLoss: ListwiseLoss {
    public let name = "ListNetLoss"
    public let model: any PairScorer
    public let activation: LossActivation
    public let miniBatchSize: Int?

    /// - Parameter miniBatchSize: pairs per pass of the model; nil, 0 or less for all at once.
    /// - Throws: ``LossError`` if the model has more than one output.
    public init(model: any PairScorer, activation: LossActivation = .identity, miniBatchSize: Int? = nil) throws {
        try model.requireOneOutput(for: name)
        self.model = model
        self.activation = activation
        self.miniBatchSize = miniBatchSize
    }

    public var configuration: JSONObject {
        var configuration = JSONObject()
        addShared(to: &configuration)
        return configuration
    }

    public func compute(scores: Tensor, lists: DocumentLists) throws -> Tensor {
        if let row = lists.labels.firstIndex(where: \.isEmpty) {
            throw LossError("\(name):", row: row, "has no documents, at least one is wanted; filter such rows out")
        }
        let targets = try lists.labelMatrix(filler: -Float.infinity).softmax(dim: 1)
        // Finite, so that padding times its target of zero is zero.
        let logProbabilities = try lists.matrix(scores, filler: -1e16).logSoftmax(dim: 1)
        return try (targets * logProbabilities).sum() * (-1 / Double(lists.queryCount))
    }
}
