import Losses
import Tensors

/// How much each pair of documents weighs in a ``LambdaLoss``.
public protocol LambdaWeightingScheme {
    /// The name written to records.
    var name: String { get }

    /// Whether every two documents form a pair, rather than only those where the first has the greater label.
    var pairsAllDocuments: Bool { get }

    /// The weights of pairs (i, j), positions in the model's order; must broadcast to `[queries, n, n]`.
    ///
    /// - Parameters:
    ///   - gain: (2^label - 1) / ideal DCG of the document at each position, `[queries, n]`; 0 where a query has fewer documents.
    ///   - discount: log2(1 + position), positions from 1, `[1, n]`.
    ///   - labels: labels in the model's order, negative ones as 0, `[queries, n]`.
    func weights(gain: Tensor, discount: Tensor, labels: Tensor) throws -> Tensor
}

extension LambdaWeightingScheme {
    public var pairsAllDocuments: Bool { false }
}

/// The name of a scheme that the field knows.
private func knownName(_ scheme: String) -> String { "sentence_transformers.cross_encoder.losses.lambda_loss." + scheme }

/// All pairs weigh the same, which makes the loss RankNet.
public struct NoWeightingScheme: LambdaWeightingScheme {
    public init() {}

    public var name: String { knownName("NoWeightingScheme") }

    public func weights(gain: Tensor, discount: Tensor, labels: Tensor) -> Tensor { .scalar(1) }
}

/// NDCG-Loss1: the discounted gain of the first document, G_i / D_i. A coarse bound of nDCG.
public struct NDCGLoss1Scheme: LambdaWeightingScheme {
    public init() {}

    public var name: String { knownName("NDCGLoss1Scheme") }

    public var pairsAllDocuments: Bool { true }

    public func weights(gain: Tensor, discount: Tensor, labels: Tensor) throws -> Tensor {
        try (gain / discount).unsqueeze(2)
    }
}

/// NDCG-Loss2: |1/D(d) - 1/D(d + 1)| |G_i - G_j| with d = |i - j|, a tighter bound than NDCG-Loss1.
public struct NDCGLoss2Scheme: LambdaWeightingScheme {
    public init() {}

    public var name: String { knownName("NDCGLoss2Scheme") }

    public func weights(gain: Tensor, discount: Tensor, labels: Tensor) throws -> Tensor {
        let inverse = discount.floatArray().map { 1 / $0 }
        let n = inverse.count
        let steps = (0..<n * n).map { cell -> Float in
            let distance = abs(cell / n - cell % n)
            return distance == 0 ? 0 : abs(inverse[distance - 1] - inverse[distance])
        }
        return try Tensor(steps, shape: [1, n, n]) * pairDifferences(gain)
    }
}

/// LambdaRank: the change of nDCG if the two documents swapped places, |1/D_i - 1/D_j| |G_i - G_j|.
public struct LambdaRankScheme: LambdaWeightingScheme {
    public init() {}

    public var name: String { knownName("LambdaRankScheme") }

    public func weights(gain: Tensor, discount: Tensor, labels: Tensor) throws -> Tensor {
        try pairDifferences(Tensor(repeating: 1, shape: discount.shape) / discount) * pairDifferences(gain)
    }
}

/// NDCG-Loss2++: mu times NDCG-Loss2 plus LambdaRank, the best in the paper.
public struct NDCGLoss2PPScheme: LambdaWeightingScheme {
    /// The weight of NDCG-Loss2.
    public let mu: Double

    public init(mu: Double = 10) { self.mu = mu }

    public var name: String { knownName("NDCGLoss2PPScheme") }

    public func weights(gain: Tensor, discount: Tensor, labels: Tensor) throws -> Tensor {
        try (NDCGLoss2Scheme().weights(gain: gain, discount: discount, labels: labels) * mu)
            + LambdaRankScheme().weights(gain: gain, discount: discount, labels: labels)
    }
}

/// |v_i - v_j| for every two elements of each row: `[rows, n]` to `[rows, n, n]`.
private func pairDifferences(_ values: Tensor) throws -> Tensor {
    try (values.unsqueeze(2) - values.unsqueeze(1)).abs()
}
