import Encoders
import JSON
import Losses
import Tensors

/// Spreads embeddings over the sphere: texts of one column, taken as unrelated, should have similarities of mean 0 and of
/// second moment 1/d, as random directions of d dimensions have.
///
///     loss = w1 M1^2 + w2 max(0, M2 - 1/d),  M1 = mean of s_ij,  M2 = mean of s_ij^2  over i != j
///
/// for each column, averaged or summed over columns. It goes with another loss, such as ``MultipleNegativesRankingLoss``.
/// (Zhang et al. 2017: Learning Spread-out Local Feature Descriptors, arXiv 1708.06320; with `mean_weight` 0 and `sum` as
/// EmbeddingGemma has it, arXiv 2509.20354.)
///
/// Columns: one or more texts. Labels: none.
public final class GlobalOrthogonalRegularizationLoss: EmbeddingLoss {
    public let name = "GlobalOrthogonalRegularizationLoss"
    public let model: any SentenceEmbedder
    private let similarity: EmbeddingSimilarity
    private let meanWeight: Double
    private let secondMomentWeight: Double
    private let aggregation: LossReduction
    /// `gor_mean` and `gor_second_moment`, each with its weight.
    public private(set) var components: [LossComponent] = []

    /// - Parameters:
    ///   - meanWeight: of the squared mean; 0 leaves it out.
    ///   - secondMomentWeight: of the excess of the second moment; 0 leaves it out.
    ///   - aggregation: how columns become one number.
    /// - Throws: ``LossError`` if both weights are 0.
    public init(model: any SentenceEmbedder, similarity: EmbeddingSimilarity = .cosine, meanWeight: Double = 1, secondMomentWeight: Double = 1,
                aggregation: LossReduction = .mean) throws {
        guard meanWeight != 0 || secondMomentWeight != 0 else {
            throw LossError("\(name): mean_weight and second_moment_weight are both 0, so there is nothing to learn; give one of them")
        }
        self.model = model
        self.similarity = similarity
        self.meanWeight = meanWeight
        self.secondMomentWeight = secondMomentWeight
        self.aggregation = aggregation
    }

    public var requirements: LossRequirements? { LossRequirements(columns: [.text], allowsMoreColumns: true, labels: [.none], comparesRows: true) }

    public var configuration: JSONObject {
        ["similarity_fct": .string(similarity.name), "mean_weight": .number(meanWeight), "second_moment_weight": .number(secondMomentWeight),
         "aggregation": .string(aggregation.rawValue)]
    }

    public func value(of embeddings: [Tensor], batch: LossBatch, context: [Tensor]) throws -> Tensor {
        let columns = try embeddings.map(terms)
        guard let first = columns.first else { throw LossError("\(name) needs at least one input column, the batch has none") }
        let sums = try first.indices.map { index in
            let sum = try columns.dropFirst().reduce(first[index].value) { try $0.adding($1[index].value) }
            return aggregation == .mean ? try sum.dividing(by: Double(columns.count)) : sum
        }
        components = try zip(first, sums).map { LossComponent(name: $0.name, value: try $1.item()) }
        return try sums.dropFirst().reduce(sums[0]) { try $0.adding($1) }
    }

    /// The weighted terms of one column `[rows, dimension]`; 0 for a single row.
    private func terms(_ embeddings: Tensor) throws -> [(name: String, value: Tensor)] {
        let rows = embeddings.shape[0], dimension = embeddings.shape[1]
        let prepared = try similarity.prepared(embeddings)
        let scores = try similarity.scores(prepared, prepared).maskedFill(Tensor.eye(rows).toBool(), 0)
        let pairs = Double(max(rows * (rows - 1), 1))
        var terms: [(name: String, value: Tensor)] = []
        if meanWeight != 0 { terms.append(("gor_mean", try scores.sum().dividing(by: pairs).square().multiplying(meanWeight))) }
        if secondMomentWeight != 0 {
            let moment = try scores.square().sum().dividing(by: pairs)
            terms.append(("gor_second_moment", try moment.subtracting(1 / Double(max(1, dimension))).relu().multiplying(secondMomentWeight)))
        }
        return terms
    }
}
