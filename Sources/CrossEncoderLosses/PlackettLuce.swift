import Losses
import Tensors

/// The arithmetic of ``ListMLELoss`` and ``PListMLELoss``: how likely a Plackett-Luce model with given scores draws the
/// documents of each query in their right order.
enum PlackettLuce {
    /// Mean over queries of the negative log-likelihood, position i contributing  -w_i (x_i - log sum over j >= i of exp(x_j)).
    ///
    /// - Parameters:
    ///   - scores: `[documents]`.
    ///   - respectInputOrder: whether documents come in their right order; otherwise it is by descending label, ties as given.
    ///   - weight: of each position, scaled to a sum of one for each query; nil weighs each position with one.
    static func negativeLogLikelihood(scores: Tensor, lists: DocumentLists, respectInputOrder: Bool,
                                      weight: PListMLELambdaWeight?) throws -> Tensor {
        var lists = lists
        var scores = scores
        if !respectInputOrder {
            let order = lists.descending(by: lists.labels.flatMap { $0 })
            lists = lists.reordered(order)
            scores = try scores.indexSelect(dim: 0, indices: order)
        }
        let matrix = try lists.matrix(scores, filler: -Double(Float.greatestFiniteMagnitude))
        let normalizers = try matrix.flip([1]).logCumSumExp(dim: 1).flip([1])
        var logProbabilities = try (matrix - normalizers).maskedFill(lists.padding, 0)
        if let weight {
            logProbabilities = try logProbabilities * GradientTape.noGrad { try normalized(try weight.weights(mask: lists.mask), for: lists) }
        }
        return try logProbabilities.sum() * (-1 / Double(lists.queryCount))
    }

    private static func normalized(_ weights: Tensor, for lists: DocumentLists) throws -> Tensor {
        guard weights.shape == lists.mask.shape else {
            throw LossError("""
                PListMLELambdaWeight: rank_discount_fn gave weights of shape \(weights.shape) for a mask of shape \
                \(lists.mask.shape); the same shape is wanted
                """)
        }
        return try (weights / (weights.sum(dim: 1, keepDim: true) + 1e-10)).maskedFill(lists.padding, 0)
    }
}
