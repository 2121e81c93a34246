import Datasets
import Encoders
import JSON
import Losses
import Tensors

/// A linear classifier over the embeddings of two texts, trained with the model.
///
///     loss = mean over rows of -log softmax(W [u; v; |u - v|; u v] + b)[y]
///
/// of which the parts in brackets can be chosen; by default u, v and |u - v|. (Reimers, Gurevych 2019: Sentence-BERT,
/// arXiv 1908.10084.) The classifier is trained, kept in checkpoints, and not part of the saved model.
///
/// Columns: two texts. Labels: the number of a class from 0, or a list with a probability for each class.
public final class SoftmaxLoss: EmbeddingLoss {
    public let name = "SoftmaxLoss"
    public let model: any SentenceEmbedder
    /// `[labels, parts * dimension]` and `[labels]`.
    public let classifier: Linear
    public let labelCount: Int
    public let concatenatesEmbeddings: Bool
    public let concatenatesDifference: Bool
    public let concatenatesProduct: Bool
    private let objective: ((_ output: Tensor, _ labels: Tensor) throws -> Tensor)?

    /// - Parameters:
    ///   - embeddingDimension: elements of an embedding; nil asks the model.
    ///   - labelCount: number of classes.
    ///   - concatenatesEmbeddings: whether the classifier sees u and v (`concatenation_sent_rep`).
    ///   - concatenatesDifference: whether it sees |u - v| (`concatenation_sent_difference`).
    ///   - concatenatesProduct: whether it sees u v, by elements (`concatenation_sent_multiplication`).
    ///   - objective: one element from outputs `[rows, labels]` and labels, int64 `[rows]` if all are whole numbers, else
    ///     float32 `[rows]` or `[rows, labels]` (`loss_fct`); nil for cross-entropy.
    ///   - generator: makes the classifier, uniform in ± 1 / sqrt(inputs).
    /// - Throws: ``LossError`` if the classifier would see nothing, or has fewer than two classes under cross-entropy.
    public init(model: any SentenceEmbedder, embeddingDimension: Int? = nil, labelCount: Int, concatenatesEmbeddings: Bool = true,
                concatenatesDifference: Bool = true, concatenatesProduct: Bool = false,
                objective: ((_ output: Tensor, _ labels: Tensor) throws -> Tensor)? = nil, generator: Generator = .shared) throws {
        let parts = (concatenatesEmbeddings ? 2 : 0) + (concatenatesDifference ? 1 : 0) + (concatenatesProduct ? 1 : 0)
        guard parts > 0 else {
            throw LossError("""
                SoftmaxLoss: one of concatenation_sent_rep, concatenation_sent_difference and concatenation_sent_multiplication \
                must be true
                """)
        }
        guard labelCount >= (objective == nil ? 2 : 1) else {
            throw LossError("SoftmaxLoss: num_labels is \(labelCount); a class for each label is wanted, at least 2")
        }
        let dimension = embeddingDimension ?? model.embeddingDimension
        guard (1 ... 1 << 31).contains(dimension) else {
            throw LossError("SoftmaxLoss: embedding_dimension is \(dimension); a number of elements above 0 is wanted")
        }
        self.model = model
        self.labelCount = labelCount
        self.concatenatesEmbeddings = concatenatesEmbeddings
        self.concatenatesDifference = concatenatesDifference
        self.concatenatesProduct = concatenatesProduct
        self.objective = objective
        classifier = try Linear(freshInputs: parts * dimension, outputs: labelCount, generator: generator)
    }

    public var parameters: [NamedParameter] { classifier.parameters(under: "classifier") }

    public var requirements: LossRequirements? {
        LossRequirements(columns: [.text, .text], labels: objective == nil ? [.classes(count: labelCount), .numbers(count: labelCount)] : [])
    }

    public var configuration: JSONObject {
        ["num_labels": .integer(Int64(labelCount)), "concatenation_sent_rep": .bool(concatenatesEmbeddings),
         "concatenation_sent_difference": .bool(concatenatesDifference), "concatenation_sent_multiplication": .bool(concatenatesProduct)]
    }

    public func value(of embeddings: [Tensor], batch: LossBatch, context: [Tensor]) throws -> Tensor {
        try requireColumns(2, embeddings, "two input columns", for: name)
        let labels = try self.labels(of: batch)
        let output = try self.output(embeddings[0], embeddings[1])
        guard let objective else { return try Functional.crossEntropy(output, labels) }
        return try objective(output, labels)
    }

    /// The classifier's outputs `[rows, labels]` for embeddings `[rows, dimension]`.
    public func output(_ first: Tensor, _ second: Tensor) throws -> Tensor {
        var parts: [Tensor] = []
        if concatenatesEmbeddings { parts += [first, second] }
        if concatenatesDifference { parts.append(try (first - second).abs()) }
        if concatenatesProduct { parts.append(try first * second) }
        let features = try Tensor.cat(parts, dim: 1)
        guard features.shape[1] == classifier.inputCount else {
            throw LossError("\(name): the classifier was made for embeddings of "
                + "\(classifier.inputCount * first.shape[1] / features.shape[1]) numbers, "
                            + "the model gives \(first.shape[1]); set embedding_dimension to that")
        }
        return try classifier(features)
    }

    private func labels(of batch: LossBatch) throws -> Tensor {
        if batch.hasListLabels {
            let rows = try batch.labelRows(for: name)
            guard rows.shape[1] == labelCount else {
                throw LossError("""
                    \(name): the labels have \(rows.shape[1]) numbers a row for \(labelCount) classes; one probability for each \
                    is wanted
                    """)
            }
            guard objective == nil else { return rows }
            let values = rows.floatArray()
            for row in 0..<rows.shape[0] {
                let probabilities = values[row * labelCount ..< (row + 1) * labelCount]
                if probabilities.contains(where: { $0 < 0 }) || abs(probabilities.reduce(0, +) - 1) > 1e-3 {
                    throw LossError("\(name): the labels in", row: row, "are \(Array(probabilities)); probabilities that are not negative and "
                        + "add up to 1 are wanted")
                }
            }
            return rows
        }
        if objective != nil {
            let numbers = try batch.finiteLabels(for: name)
            let whole = numbers.compactMap { Int64(exactly: $0) }
            return whole.count == numbers.count && labelCount > 1 ? Tensor(whole) : Tensor(numbers.map(Float.init))
        }
        return Tensor(try batch.classLabels(count: labelCount, for: name))
    }
}
