import Encoders
import TextFormat

/// Measures a cross-encoder that sorts pairs of texts into classes.
///
/// With one score per pair (`num_labels` = 1), labels are 0 and 1 and thresholds are searched for: keys `accuracy`,
/// `accuracy_threshold`, `f1`, `f1_threshold`, `precision`, `recall` (of the best F1), `average_precision` (primary).
/// With several, the highest score is the predicted class: keys `f1_macro` (primary), `f1_micro`, `f1_weighted`.
public final class CrossEncoderClassificationEvaluator: Evaluator {
    public typealias Options = PairEvaluatorOptions

    public let name: String
    public var greaterIsBetter: Bool { true }
    private let pairs: [TextPair]
    private let labels: [Int]
    private let options: Options
    private let typeName = "CrossEncoderClassificationEvaluator"
    /// Until a model was seen, labels of 0 and 1 are taken to be for a model with one score.
    private var isBinary: Bool

    /// - Throws: ``EvaluatorError`` if there are no pairs, or not as many labels as pairs, or a label below 0.
    public init(pairs: [TextPair], labels: [Int], options: Options = Options()) throws {
        if pairs.isEmpty { throw EvaluatorError("\(typeName): sentence_pairs is empty") }
        if pairs.count != labels.count {
            throw EvaluatorError("\(typeName): sentence_pairs has \(pairs.count) entries, labels has \(labels.count); they must be as many")
        }
        if let bad = labels.firstIndex(where: { $0 < 0 }) {
            throw EvaluatorError("\(typeName): label \(bad + 1) is \(labels[bad]); labels are class numbers from 0")
        }
        self.pairs = pairs
        self.labels = labels
        self.options = options
        name = options.name
        isBinary = labels.allSatisfy { $0 <= 1 }
    }

    public var primaryMetric: String { prefixed(isBinary ? "average_precision" : "f1_macro") }

    public var metricKeys: [String]? {
        (isBinary
            ? ["accuracy", "accuracy_threshold", "f1", "f1_threshold", "precision", "recall", "average_precision"]
            : ["f1_macro", "f1_micro", "f1_weighted"]).map(prefixed)
    }

    public var showsProgress: Bool { options.scoring.showsProgress }

    public var sampleTexts: [String] { pairs.prefix(1_000).map(\.first) }

    public func prepare(for model: any EncoderModel) {
        if let scorer = model as? any PairScoringModel { isBinary = scorer.numLabels == 1 }
    }

    public func evaluate(_ model: any EncoderModel, at moment: EvaluationMoment) throws -> [Metric] {
        prepare(for: model)
        let scores = try PairScores(of: pairs, by: model, at: moment, options: options.scoring, evaluator: typeName)
        let classCount = max(2, scores.numLabels)
        if let bad = labels.firstIndex(where: { $0 >= classCount }) {
            throw EvaluatorError("\(typeName): label \(bad + 1) is \(labels[bad]), but a model with num_labels = \(scores.numLabels) "
                + "knows classes 0 to \(classCount - 1)")
        }
        return scores.numLabels == 1 ? try evaluateBinary(scores.values, at: moment) : try evaluateClasses(scores, at: moment)
    }

    private func evaluateBinary(_ scores: [Float], at moment: EvaluationMoment) throws -> [Metric] {
        let positive = labels.map { $0 == 1 }
        let ranking = Ranking(scores)
        let accuracy = BestAccuracy(labels: positive, ranking: ranking)
        let f1 = BestF1(labels: positive, ranking: ranking)
        let precision = averagePrecision(relevance: positive, ranking: ranking)
        try options.write(typeName, ["Accuracy", "Accuracy_Threshold", "F1", "F1_Threshold", "Precision", "Recall", "Average_Precision"],
                          [accuracy.accuracy.description, accuracy.threshold.description, f1.f1.description, f1.threshold.description,
                           f1.precision.description, f1.recall.description, precision.description], at: moment)
        log([("Accuracy", accuracy.accuracy, accuracy.threshold), ("F1", f1.f1, f1.threshold), ("Precision", f1.precision, nil),
             ("Recall", f1.recall, nil), ("Average precision", precision, nil)], at: moment)
        return metrics([accuracy.accuracy, Double(accuracy.threshold), f1.f1, Double(f1.threshold), f1.precision, f1.recall, precision])
    }

    private func evaluateClasses(_ scores: PairScores, at moment: EvaluationMoment) throws -> [Metric] {
        let predictions = labels.indices.map { pair -> Int in
            let row = scores.values[pair * scores.numLabels ..< (pair + 1) * scores.numLabels]
            // The first of equal highest scores.
            return row.indices.reduce(row.startIndex) { row[$1] > row[$0] ? $1 : $0 } - row.startIndex
        }
        let f1 = ClassF1(labels: labels, predictions: predictions)
        let values = [f1.macro, f1.micro, f1.weighted]
        try options.write(typeName, ["Macro_F1", "Micro_F1", "Weighted_F1"], values.map(\.description), at: moment)
        log([("Macro F1", f1.macro, nil), ("Micro F1", f1.micro, nil), ("Weighted F1", f1.weighted, nil)], at: moment)
        return metrics(values)
    }

    private func metrics(_ values: [Double]) -> [Metric] { zip(metricKeys ?? [], values).map { Metric($0, $1) } }

    private func log(_ rows: [(title: String, value: Double, threshold: Float?)], at moment: EvaluationMoment) {
        guard let log = moment.log else { return }
        log("\(options.titled("Classification")): \(pairs.count) pairs")
        for row in rows {
            let threshold = row.threshold.map { "  (threshold \(Double($0).fixed(4)))" } ?? ""
            log("  \((row.title + ":").padded(to: 18)) \((row.value * 100).fixed(2))\(threshold)")
        }
    }
}
