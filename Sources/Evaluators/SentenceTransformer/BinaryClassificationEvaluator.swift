import Encoders
import TextFormat

/// Measures how well the similarity of embeddings tells pairs that belong together from pairs that do not.
///
/// Keys for each similarity function, such as `cosine_accuracy`: `accuracy` and `accuracy_threshold` of the best threshold,
/// `f1`, `f1_threshold`, `precision`, `recall` and `mcc` (Matthews' correlation) of the best F1, `ap` (average precision).
/// For Euclidean and Manhattan, thresholds are distances. With several functions also `max_` of each. Primary: `ap`.
public class BinaryClassificationEvaluator: EmbeddingEvaluator {
    public struct Options {
        public var shared = EmbeddingEvaluatorOptions(batchSize: 32)
        /// Empty for the model's own.
        public var similarityFunctions: [SimilarityFunction] = []

        public init() {}
    }

    public var shared: EmbeddingEvaluatorOptions { options.shared }
    private let first: [String]
    private let second: [String]
    private let labels: [Bool]
    private let options: Options
    private var similarity: SimilarityChoice

    private static let measures = ["accuracy", "accuracy_threshold", "f1", "f1_threshold", "precision", "recall", "ap", "mcc"]

    /// - Parameter labels: 1 for pairs that belong together, else 0.
    /// - Throws: ``EvaluatorError`` if lists differ in length, are empty, or a label is neither.
    public init(sentences1: [String], sentences2: [String], labels: [Int], options: Options = Options()) throws {
        first = sentences1
        second = sentences2
        self.labels = labels.map { $0 == 1 }
        self.options = options
        similarity = SimilarityChoice(options.similarityFunctions)
        try similarity.check(for: self)
        try checkLengths([("sentences1", sentences1.count), ("sentences2", sentences2.count), ("labels", labels.count)])
        if let bad = labels.firstIndex(where: { $0 != 0 && $0 != 1 }) {
            throw EvaluatorError("\(typeName): label \(bad + 1) is \(labels[bad]); labels are 1 for pairs that belong together and 0 for others")
        }
    }

    public func makeSparsityMeter() -> SparsityMeter? { nil }

    public var primaryMetric: String {
        prefixed(similarity.functions.count > 1 ? "max_ap" : "\(similarity.functions[0].rawValue)_ap")
    }

    public var metricKeys: [String]? { (keys + sparsityKeys).map(prefixed) }

    private var keys: [String] {
        let prefixes = similarity.functions.map(\.rawValue) + (similarity.functions.count > 1 ? ["max"] : [])
        return prefixes.flatMap { prefix in Self.measures.map { prefix + "_" + $0 } }
    }

    public var sampleTexts: [String] { Array(first.prefix(500) + second.prefix(500)) }

    public func prepare(for model: any EncoderModel) { similarity.prepare(for: model) }

    public func evaluate(_ model: any EncoderModel, at moment: EvaluationMoment) throws -> [Metric] {
        prepare(for: model)
        let run = try EmbeddingRun(model, for: self, at: moment, total: first.count + second.count)
        let meter = makeSparsityMeter()
        let sides = try run.embeddings(ofColumns: [first, second], meter: meter)
        var results: [Quality] = []
        moment.log?(headline("Binary classification", "\(labels.count) pairs"))
        for function in similarity.functions {
            let quality = Quality(scores: try similarities(function, sides[0], sides[1]), labels: labels,
                                  isDistance: function == .euclidean || function == .manhattan)
            results.append(quality)
            moment.log?("  \((function.rawValue + ":").padded(to: 11)) accuracy \((quality.accuracy * 100).fixed(2)), "
                + "F1 \((quality.f1 * 100).fixed(2)), average precision \((quality.averagePrecision * 100).fixed(2)), "
                + "Matthews \((quality.matthews * 100).fixed(2))")
        }
        let columns = similarity.functions.flatMap { function in
            ["accuracy", "accuracy_threshold", "f1", "precision", "recall", "f1_threshold", "ap", "mcc"].map { function.rawValue + "_" + $0 }
        }
        try write(MetricsFile(name: "binary_classification_evaluation\(suffix)_results.csv", columns: columns), results.flatMap(\.cells), meter,
                  at: moment)
        meter?.describe(at: moment)
        let best = Self.measures.indices.map { measure in results.map { $0.values[measure] }.max() ?? .nan }
        return metrics(keys, results.flatMap(\.values) + (results.count > 1 ? best : []), meter)
    }

    /// What one similarity function achieves.
    private struct Quality {
        let accuracy: Double
        let accuracyThreshold: Float
        let f1: Double
        let f1Threshold: Float
        let precision: Double
        let recall: Double
        let averagePrecision: Double
        let matthews: Double

        /// - Parameter isDistance: whether `scores` are minus distances, and thresholds distances.
        init(scores: [Float], labels: [Bool], isDistance: Bool) {
            let ranking = Ranking(scores)
            let bestAccuracy = BestAccuracy(labels: labels, ranking: ranking)
            let bestF1 = BestF1(labels: labels, ranking: ranking)
            accuracy = bestAccuracy.accuracy
            accuracyThreshold = isDistance ? -bestAccuracy.threshold : bestAccuracy.threshold
            f1 = bestF1.f1
            f1Threshold = isDistance && f1 > 0 ? -bestF1.threshold : bestF1.threshold
            precision = bestF1.precision
            recall = bestF1.recall
            averagePrecision = Evaluators.averagePrecision(relevance: labels, ranking: ranking)
            matthews = matthewsCorrelation(labels: labels, predictions: scores.map { $0 >= bestF1.threshold })
        }

        /// In the order of the keys.
        var values: [Double] {
            [accuracy, Double(accuracyThreshold), f1, Double(f1Threshold), precision, recall, averagePrecision, matthews]
        }

        /// In the order of the columns.
        var cells: [String] {
            [accuracy.description, accuracyThreshold.description, f1.description, precision.description, recall.description,
             f1Threshold.description, averagePrecision.description, matthews.description]
        }
    }
}
