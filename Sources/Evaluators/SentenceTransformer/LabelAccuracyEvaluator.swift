import Encoders
import Tensors
import TextFormat

/// Measures how often a classifier over embeddings, such as that of a softmax loss, gives the right class. Key: `accuracy`
/// (primary).
public final class LabelAccuracyEvaluator: EmbeddingEvaluator {
    public typealias Options = EmbeddingEvaluatorOptions
    /// Gives a score to each class, `[rows, classes]`, from the embeddings of each column, `[rows, dimension]`.
    public typealias Classifier = ([Tensor]) throws -> Tensor

    public static let defaultBatchSize = 32
    public let shared: EmbeddingEvaluatorOptions
    private let columns: [[String]]
    private let labels: [Int]
    private let classifier: Classifier

    /// - Parameters:
    ///   - columns: the texts that are classified together, one list for each place: two lists for pairs.
    ///   - labels: the class of each row, from 0.
    /// - Throws: ``EvaluatorError`` if lists differ in length or are empty, or for a label below 0.
    public init(
        columns: [[String]], labels: [Int], options: Options = Options(batchSize: LabelAccuracyEvaluator.defaultBatchSize),
        classifier: @escaping Classifier
    ) throws {
        shared = options
        self.columns = columns
        self.labels = labels
        self.classifier = classifier
        try checkLengths([("labels", labels.count)] + columns.enumerated().map { ("column \($0 + 1)", $1.count) })
        if columns.isEmpty { throw EvaluatorError("\(typeName): there is no column of texts") }
        if let bad = labels.firstIndex(where: { $0 < 0 }) {
            throw EvaluatorError("\(typeName): label \(bad + 1) is \(labels[bad]); labels are class numbers from 0")
        }
    }

    public var primaryMetric: String { prefixed("accuracy") }
    public var metricKeys: [String]? { [primaryMetric] }
    public var sampleTexts: [String] { columns.flatMap { $0.prefix(500) } }

    public func evaluate(_ model: any EncoderModel, at moment: EvaluationMoment) throws -> [Metric] {
        let run = try EmbeddingRun(model, for: self, at: moment, total: columns.count * labels.count)
        let embeddings = try run.embeddings(ofColumns: columns).map { try $0.dense() }
        let scores = try GradientTape.noGrad { try classifier(embeddings) }.toFloat32().contiguous()
        guard scores.rank == 2, scores.shape[0] == labels.count, scores.shape[1] > 0 else {
            throw EvaluatorError("""
                \(typeName): the classifier must give a score to each class, [\(labels.count), classes]; it gave shape \
                \(scores.shape)
                """)
        }
        let classes = scores.shape[1]
        if let bad = labels.firstIndex(where: { $0 >= classes }) {
            throw EvaluatorError("\(typeName): label \(bad + 1) is \(labels[bad]), but the classifier knows classes 0 to \(classes - 1)")
        }
        let right = labels.indices.reduce(0) { count, row in
            let line = UnsafeBufferPointer(start: scores.floats + row * classes, count: classes)
            // The first of equal highest scores.
            let predicted = line.indices.reduce(0) { line[$1] > line[$0] ? $1 : $0 }
            return predicted == labels[row] ? count + 1 : count
        }
        let accuracy = Double(right) / Double(labels.count)
        try write(MetricsFile(name: "accuracy_evaluation\(suffix)_results.csv", columns: ["accuracy"]), [accuracy.description], at: moment)
        moment.log?(headline("Accuracy", "\(accuracy.fixed(4)) (\(right) of \(labels.count))"))
        return metrics(["accuracy"], [accuracy])
    }
}
