import Encoders
import TextFormat

/// Measures how a cross-encoder's scores of pairs follow given ones. Keys: `pearson`, `spearman` (primary). Both are NaN
/// if the model scores every pair alike, where no correlation is defined.
public final class CrossEncoderCorrelationEvaluator: Evaluator {
    public typealias Options = PairEvaluatorOptions

    public let name: String
    public var greaterIsBetter: Bool { true }
    private let pairs: [TextPair]
    private let goldScores: [Double]
    private let options: Options
    private let typeName = "CrossEncoderCorrelationEvaluator"

    /// - Throws: ``EvaluatorError`` if there are fewer than two pairs, not as many scores as pairs, a score that is not
    ///   finite, or scores that are all the same.
    public init(pairs: [TextPair], scores: [Double], options: Options = Options()) throws {
        if pairs.count != scores.count {
            throw EvaluatorError("\(typeName): sentence_pairs has \(pairs.count) entries, scores has \(scores.count); they must be as many")
        }
        if pairs.count < 2 { throw EvaluatorError("\(typeName): a correlation needs at least 2 pairs, sentence_pairs has \(pairs.count)") }
        if let bad = scores.firstIndex(where: { !$0.isFinite }) { throw EvaluatorError("\(typeName): score \(bad + 1) is \(scores[bad])") }
        if scores.allSatisfy({ $0 == scores[0] }) {
            throw EvaluatorError("\(typeName): every one of the \(scores.count) scores is \(scores[0]); a correlation needs scores that differ")
        }
        self.pairs = pairs
        self.options = options
        goldScores = scores
        name = options.name
    }

    public var primaryMetric: String { prefixed("spearman") }

    public var metricKeys: [String]? { ["pearson", "spearman"].map(prefixed) }

    public var showsProgress: Bool { options.scoring.showsProgress }

    public var sampleTexts: [String] { pairs.prefix(1_000).map(\.first) }

    public func evaluate(_ model: any EncoderModel, at moment: EvaluationMoment) throws -> [Metric] {
        let scores = try PairScores(of: pairs, by: model, at: moment, options: options.scoring, evaluator: typeName)
            .single(evaluator: typeName).map(Double.init)
        let pearson = pearsonCorrelation(goldScores, scores)
        let spearman = spearmanCorrelation(goldScores, scores)
        try options.write(typeName, ["Pearson_Correlation", "Spearman_Correlation"], [pearson.description, spearman.description], at: moment)
        moment.log?("\(options.titled("Correlation")): \(pairs.count) pairs, Pearson \(pearson.fixed(4)), Spearman \(spearman.fixed(4))")
        return zip(metricKeys ?? [], [pearson, spearman]).map { Metric($0, $1) }
    }
}
