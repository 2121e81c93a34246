import Datasets
import Encoders
import JSON
import Losses
import Tensors
import TextFormat

/// Cross-entropy over the classes of a pair, such as entailment, neutral and contradiction.
///
///     loss = sum over pairs of -w[y] log softmax(x)[y]  /  sum over pairs of w[y]
///
/// with x the activated logits and y the class. With label smoothing e the target is 1 - e on the class plus e / classes
/// on every class. Labels may also be a probability for each class p; then the loss is the mean over pairs of
/// the sum over classes of -w[c] p[c] log softmax(x)[c].
///
/// Columns: two texts. Labels: a class number from 0, or a list of probabilities. Model: one output for each class.
public final class CrossEntropyLoss: Loss {
    public let name = "CrossEntropyLoss"
    public let model: any PairScorer
    public let activation: LossActivation
    /// A weight for each class; nil is 1 for all.
    public let classWeights: [Double]?
    /// Share of the target that is spread over all classes, 0...1.
    public let labelSmoothing: Double
    /// Pairs with this class do not count.
    public let ignoredClass: Int
    public let reduction: LossReduction

    /// - Throws: ``LossError`` if the weights are not one for each output, or the smoothing is outside 0...1.
    public init(model: any PairScorer, activation: LossActivation = .identity, classWeights: [Double]? = nil,
                labelSmoothing: Double = 0, ignoredClass: Int = -100, reduction: LossReduction = .mean) throws {
        if let classWeights, classWeights.count != model.numLabels {
            throw LossError("""
                CrossEntropyLoss: weight has \(classWeights.count) numbers, the model \(model.numLabels) output labels; one for \
                each is wanted
                """)
        }
        guard (0...1).contains(labelSmoothing) else {
            throw LossError("CrossEntropyLoss: label_smoothing must lie in 0...1, got \(labelSmoothing)")
        }
        self.model = model
        self.activation = activation
        self.classWeights = classWeights
        self.labelSmoothing = labelSmoothing
        self.ignoredClass = ignoredClass
        self.reduction = reduction
    }

    public var requirements: LossRequirements? {
        LossRequirements(columns: [.text, .text], labels: [.classIndex, .numbers(count: model.numLabels)], numLabels: 2...Int.max)
    }

    public var configuration: JSONObject {
        var configuration: JSONObject = ["activation_fn": .string(activation.name)]
        if let classWeights { configuration["weight"] = .array(classWeights.map(JSONValue.number)) }
        if labelSmoothing > 0 { configuration["label_smoothing"] = .number(labelSmoothing) }
        return configuration
    }

    public func value(of batch: LossBatch) throws -> Tensor {
        let pairs = try batch.pairs(for: name)
        if batch.hasListLabels {
            let labels = try batch.labelLists(for: name)
            return try compute(logits: try model.logits(pairs), probabilities: labels)
        }
        let classes = try batch.labelNumbers(for: name).enumerated().map { row, label in
            guard let index = Int(exactly: label) else {
                throw LossError("\(name): the label in", row: row, "is \(label.shortest), a class number is wanted")
            }
            return index
        }
        return try compute(logits: try model.logits(pairs), classes: classes)
    }

    /// The loss of given logits, without a model.
    ///
    /// - Parameters:
    ///   - logits: raw outputs, `[pairs, classes]`.
    ///   - classes: the class of each pair, from 0.
    /// - Returns: a tensor of one element.
    public func compute(logits: Tensor, classes: [Int]) throws -> Tensor {
        let count = try classCount(of: logits, labelCount: classes.count)
        for (row, target) in classes.enumerated() where target != ignoredClass && !(0..<count).contains(target) {
            throw LossError("\(name): the label in", row: row, "is class \(target), the model has classes 0 to \(count - 1)")
        }
        if classes.allSatisfy({ $0 == ignoredClass }) { return try activation(logits).sum() * 0 }
        return try Functional.crossEntropy(activation(logits), Tensor(classes.map(Int64.init)), weight: weight,
                                           ignoreIndex: Int64(ignoredClass), labelSmoothing: labelSmoothing,
                                           reduction: reduction.functional)
    }

    /// The loss of given logits against a probability for each class.
    public func compute(logits: Tensor, probabilities: [[Double]]) throws -> Tensor {
        let count = try classCount(of: logits, labelCount: probabilities.count)
        for (row, list) in probabilities.enumerated() where list.count != count {
            throw LossError("\(name): the label in", row: row, "has \(list.count) numbers, the model \(count) classes; one probability for each "
                + "is wanted")
        }
        let targets = Tensor(probabilities.flatMap { $0.map(Float.init) }, shape: logits.shape)
        return try Functional.crossEntropy(activation(logits), targets, weight: weight, labelSmoothing: labelSmoothing,
                                           reduction: reduction.functional)
    }

    private func classCount(of logits: Tensor, labelCount: Int) throws -> Int {
        guard logits.rank == 2, logits.shape[0] == labelCount else {
            throw LossError("""
                \(name) expects logits [pairs, classes] and one label for each pair, got logits of shape \(logits.shape) and \
                \(labelCount) labels
                """)
        }
        return logits.shape[1]
    }

    private var weight: Tensor? { classWeights.map { Tensor($0.map(Float.init)) } }
}
