import Encoders
import Glibc
import JSON
import Losses
import Tensors

/// Approximate discounted rank MSE: the squared difference between a document's rank by label and a smooth form of its
/// rank by score, upper ranks weighing most.
///
///     loss = 1 / documents  *  sum over documents of  (r - p)^2 / log2(r + 1),    p_i = 1 + sum over j != i of sigmoid(alpha (x_j - x_i))
///
/// with x the activated logits and r the rank by label from 1; documents of the same label share the mean of their ranks, so
/// that equal scores meet the target exactly. (Schlatt et al. 2025: Rank-DistiLLM, arXiv 2405.07920.)
///
/// Columns: query, list of documents. Labels: a list of numbers, one for each document. Model: one output, with the
/// identity as activation. Lists may differ in length and may be empty.
public final class ADRMSELoss: ListwiseLoss {
    public let name = "ADRMSELoss"
    public let model: any PairScorer
    /// Steepness of the sigmoid: greater values come closer to true ranks and give pairs that stand far apart less gradient.
    public let alpha: Double
    public let activation: LossActivation
    public let miniBatchSize: Int?

    /// - Parameter miniBatchSize: pairs per pass of the model; nil, 0 or less for all at once.
    /// - Throws: ``LossError`` if the model has more than one output.
    public init(model: any PairScorer, alpha: Double = 1, activation: LossActivation = .identity, miniBatchSize: Int? = nil) throws {
        try model.requireOneOutput(for: name)
        self.model = model
        self.alpha = alpha
        self.activation = activation
        self.miniBatchSize = miniBatchSize
    }

    public var configuration: JSONObject {
        var configuration: JSONObject = ["alpha": .number(alpha)]
        addShared(to: &configuration)
        return configuration
    }

    public func compute(scores: Tensor, lists: DocumentLists) throws -> Tensor {
        let ranks = lists.labels.map(Self.ranks)
        let targets = ranks.flatMap { list in (0..<lists.longest).map { $0 < list.count ? list[$0] : 0 } }
        let discounts = targets.map { $0 > 0 ? Float(1 / log2(Double($0) + 1)) : 0 }
        let shape = lists.mask.shape

        let matrix = try lists.matrix(scores, filler: 0)
        let wins = try ((matrix.unsqueeze(1) - matrix.unsqueeze(2)) * alpha).sigmoid().maskedFill(lists.padding.unsqueeze(1), 0)
        // A document's comparison with itself gives sigmoid(0), a half.
        let approximate = try wins.sum(dim: 2) + 0.5
        let errors = try (approximate - Tensor(targets, shape: shape)).pow(2)
        return try (errors * Tensor(discounts, shape: shape)).sum() / Double(lists.documentCount)
    }

    /// The rank of each label from 1, the greatest first; equal ones share the mean of their ranks.
    static func ranks(_ labels: [Double]) -> [Float] {
        labels.map { label in
            let greater = labels.reduce(0) { $0 + ($1 > label ? 1 : 0) }
            let equal = labels.reduce(0) { $0 + ($1 == label ? 1 : 0) }
            return Float(greater) + Float(equal + 1) / 2
        }
    }
}
