import Encoders

/// Runs evaluators one after the other and returns the metrics of all, with one score over them under the key
/// `sequential_score` (primary). Where two write the same key, the later value stands.
public final class SequentialEvaluator: Evaluator {
    public var name: String { "" }
    public let primaryMetric = "sequential_score"
    public var greaterIsBetter: Bool { true }
    public let evaluators: [any Evaluator]
    private let mainScore: ([Double]) throws -> Double

    /// - Parameter mainScore: makes one score of the evaluators' primary metrics, in their order; the last one by default.
    /// - Throws: ``EvaluatorError`` if there is no evaluator.
    public init(_ evaluators: [any Evaluator], mainScore: @escaping ([Double]) throws -> Double = { $0[$0.count - 1] }) throws {
        if evaluators.isEmpty { throw EvaluatorError("SequentialEvaluator: the list of evaluators is empty") }
        self.evaluators = evaluators
        self.mainScore = mainScore
    }

    public var metricKeys: [String]? {
        var keys: [String] = []
        for (index, evaluator) in evaluators.enumerated() {
            guard let own = evaluator.metricKeys else { return nil }
            for key in own.map({ Self.key($0, index) }) where !keys.contains(key) { keys.append(key) }
        }
        return keys.filter { $0 != primaryMetric } + [primaryMetric]
    }

    /// The keys that several of the evaluators write, of which the later value stands and the others are lost: those of evaluators
    /// without a name, or of one name. Empty where only running them tells; see ``Evaluator/prepare(for:)``.
    public var sharedKeys: [String] {
        var counts: [String: Int] = [:]
        for (index, evaluator) in evaluators.enumerated() {
            for key in Set((evaluator.metricKeys ?? []).map { Self.key($0, index) }) where key != primaryMetric { counts[key, default: 0] += 1 }
        }
        return counts.filter { $0.value > 1 }.keys.sorted()
    }

    /// Its own score, then the primary metric of each evaluator.
    public var headlineMetrics: [String] { [primaryMetric] + evaluators.enumerated().map { Self.key($1.primaryMetric, $0) } }

    public var sampleTexts: [String] { evaluators.flatMap(\.sampleTexts) }

    public func prepare(for model: any EncoderModel) { evaluators.forEach { $0.prepare(for: model) } }

    public func evaluate(_ model: any EncoderModel, at moment: EvaluationMoment) throws -> [Metric] {
        var metrics: [Metric] = []
        var scores: [Double] = []
        if let log = moment.log, let key = sharedKeys.first {
            log("several evaluators write '\(key)', and the last value stands; give each a name of its own")
        }
        for (index, evaluator) in evaluators.enumerated() {
            let own = try evaluator.evaluate(model, at: moment)
            scores.append(try evaluator.primaryValue(in: own))
            for metric in own.map({ Metric(Self.key($0.key, index), $0.value) }) {
                if let position = metrics.firstIndex(where: { $0.key == metric.key }) {
                    metrics[position] = metric
                } else {
                    metrics.append(metric)
                }
            }
        }
        // A sequence within the sequence has the same key for its own score.
        return metrics.filter { $0.key != primaryMetric } + [Metric(primaryMetric, try mainScore(scores))]
    }

    /// The keys that more than one of the evaluators writes, in their order. Of one that cannot tell its keys, the primary one counts.
    public var repeatedKeys: [String] {
        var seen: Set<String> = [], repeated: [String] = []
        for (index, evaluator) in evaluators.enumerated() {
            let own = Set((evaluator.metricKeys ?? [evaluator.primaryMetric]).map { Self.key($0, index) })
            repeated += own.intersection(seen).subtracting(repeated).sorted()
            seen.formUnion(own)
        }
        return repeated
    }

    /// An evaluator that returns a plain number gets its place in the list, from 0, into the key.
    private static func key(_ key: String, _ index: Int) -> String { key == Metric.unnamedKey ? "evaluator_\(index)" : key }
}

extension Metric {
    /// The key of an evaluator's result that is a plain number.
    public static let unnamedKey = "evaluator"
}

extension Evaluator {
    /// The value that decides between checkpoints. - Throws: ``EvaluatorError`` if `metrics` lacks ``primaryMetric``.
    public func primaryValue(in metrics: [Metric]) throws -> Double {
        if let metric = metrics.first(where: { $0.key == primaryMetric }) { return metric.value }
        throw EvaluatorError("the evaluator\(name.isEmpty ? "" : " '\(name)'") has the primary metric '\(primaryMetric)', but returned "
            + (metrics.isEmpty ? "nothing" : "only " + metrics.map { "'\($0.key)'" }.joined(separator: ", ")))
    }
}
