import Glibc
import JSON
import Losses
import Tensors

/// The base of the logarithm in pairwise ranking losses (`reduction_log`).
public enum ReductionLog: String, CaseIterable, Sendable {
    case natural, binary
}

/// The arithmetic of ``LambdaLoss`` and ``RankNetLoss``: a weighted logistic loss of score differences.
struct PairwiseRanking {
    let weighting: any LambdaWeightingScheme
    /// Pairs count if at least one of the two is among the model's first k; nil for all.
    let k: Int?
    let sigma: Double
    let eps: Double
    let reductionLog: ReductionLog

    init(loss: String, weighting: any LambdaWeightingScheme, k: Int?, sigma: Double, eps: Double, reductionLog: ReductionLog) throws {
        if let k, k < 0 { throw LossError("\(loss): k must be positive, got \(k)") }
        self.weighting = weighting
        // Zero is no cut, as in the reference.
        self.k = k == 0 ? nil : k
        self.sigma = sigma
        self.eps = eps
        self.reductionLog = reductionLog
    }

    /// The settings under the reference's names.
    func addSettings(to configuration: inout JSONObject) {
        configuration["k"] = k.map { .integer(Int64($0)) } ?? .null
        configuration["sigma"] = .number(sigma)
        configuration["eps"] = .number(eps)
        configuration["reduction_log"] = .string(reductionLog.rawValue)
    }

    /// See ``ListwiseLoss/compute(scores:lists:)``.
    func compute(scores: Tensor, lists: DocumentLists) throws -> Tensor {
        let order = lists.descending(by: scores.floatArray())
        let ranked = lists.reordered(order)
        let sorted = try ranked.matrix(try scores.indexSelect(dim: 0, indices: order), filler: 0)
        // Beyond this, differences carry no gradient.
        let differences = try (sorted.unsqueeze(2) - sorted.unsqueeze(1)).clamp(min: -1e8, max: 1e8)

        let (ignored, pairCount) = ignoredPairs(ranked)
        let weights = try GradientTape.noGrad { try self.weights(ranked) }
        let losses = try (weights * (differences * sigma).logSigmoid()).maskedFill(ignored, 0)
        let logarithm = reductionLog == .binary ? 0.6931471805599453 : 1
        return try losses.sum() * (-1 / (Double(max(pairCount, 1)) * logarithm))
    }

    /// True for the pairs `[queries, n, n]` that do not count, and the number of those that do.
    private func ignoredPairs(_ ranked: DocumentLists) -> (mask: Tensor, pairCount: Int) {
        let n = ranked.longest
        let cut = min(k ?? n, n)
        let all = weighting.pairsAllDocuments
        var ignored = [Bool](repeating: true, count: ranked.queryCount * n * n)
        var pairCount = 0
        for (query, labels) in ranked.labels.enumerated() {
            for i in labels.indices {
                for j in labels.indices where (i < cut || j < cut) && (all || labels[i] > labels[j]) {
                    ignored[(query * n + i) * n + j] = false
                    pairCount += 1
                }
            }
        }
        return (Tensor(ignored, shape: [ranked.queryCount, n, n]), pairCount)
    }

    private func weights(_ ranked: DocumentLists) throws -> Tensor {
        let n = ranked.longest
        let discounts = (1...n).map { Float(log2(Double($0) + 1)) }
        let idealGains = ranked.labels.map { list -> Double in
            var sum = 0.0
            for (position, label) in list.sorted(by: >).prefix(k ?? n).enumerated() {
                sum += Self.gain(label) / Double(discounts[position])
            }
            return max(sum, eps)
        }
        var gains = [Float](repeating: 0, count: ranked.queryCount * n)
        for (query, list) in ranked.labels.enumerated() {
            for (position, label) in list.enumerated() {
                gains[query * n + position] = Float(Self.gain(label) / idealGains[query])
            }
        }
        let labels = ranked.rows { list, position in position < list.count ? Float(max(list[position], 0)) : 0 }
        return try weighting.weights(gain: Tensor(gains, shape: [ranked.queryCount, n]),
                                     discount: Tensor(discounts, shape: [1, n]), labels: labels)
    }

    /// What a document of this label adds to DCG before the discount.
    private static func gain(_ label: Double) -> Double { exp2(max(label, 0)) - 1 }
}
