import Encoders
import JSON
import Losses
import Tensors

/// What the cached and the plain ``MultipleNegativesRankingLoss`` have in common: the pairs to score and the arithmetic.
struct InBatchContrast {
    let loss: String
    let negativeCount: Int?
    let scale: Double
    let activation: LossActivation?
    let generator: Generator

    init(loss: String, negativeCount: Int?, scale: Double, activation: LossActivation?, generator: Generator) throws {
        if let negativeCount, negativeCount < 1 {
            throw LossError("\(loss): num_negatives must be at least 1, got \(negativeCount); leave it nil for every passage of the other rows")
        }
        self.loss = loss
        self.negativeCount = negativeCount
        self.scale = scale
        self.activation = activation
        self.generator = generator
    }

    static let requirements = LossRequirements(columns: [.text, .text], allowsMoreColumns: true, labels: [.none],
                                               numLabels: 1...1, usesInBatchNegatives: true)

    var configuration: JSONObject {
        ["scale": .number(scale), "num_negatives": negativeCount.map { .integer(Int64($0)) } ?? .null,
         "activation_fn": activation.map { .string($0.name) } ?? .null]
    }

    /// Every row's query with each of its candidates, candidate by candidate: the positives of all rows, then each drawn
    /// negative, then each column of negatives.
    func pairs(_ batch: LossBatch) throws -> [TextPair] {
        guard batch.inputs.count >= 2 else {
            throw LossError("""
                \(loss) expects a query and a positive column, and any number of negatives, the batch has \(batch.inputs.count) \
                input columns
                """)
        }
        let queries = try batch.texts(0, for: loss)
        let columns = try (1..<batch.inputs.count).map { try batch.texts($0, for: loss) }
        let candidates = columns.flatMap { $0 }
        let drawn = InBatchNegatives.choose(rows: queries.count, columns: columns.count, count: negativeCount, generator: generator)
        var pairs = zip(queries, columns[0]).map { TextPair($0, $1) }
        for position in 0..<(drawn.first?.count ?? 0) {
            pairs += zip(queries, drawn).map { TextPair($0, candidates[$1[position]]) }
        }
        for negatives in columns.dropFirst() { pairs += zip(queries, negatives).map { TextPair($0, $1) } }
        return pairs
    }

    /// See ``MultipleNegativesRankingLoss/compute(logits:rowCount:)``.
    func compute(logits: Tensor, rowCount: Int) throws -> Tensor {
        guard rowCount > 0, logits.count > 0, logits.count % rowCount == 0 else {
            throw LossError("\(loss): logits of shape \(logits.shape) are not a whole number of candidates for \(rowCount) rows")
        }
        var scores = try logits.reshape([logits.count / rowCount, rowCount])
        if let activation { scores = try activation(scores) }
        if scale != 0 { scores = try scores * scale }
        return try scores.logSoftmax(dim: 0).narrow(dim: 0, start: 0, length: 1).mean().neg()
    }
}
