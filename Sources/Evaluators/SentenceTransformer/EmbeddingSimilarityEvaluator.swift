import Encoders
import Retrieval
import Tensors
import TextFormat

/// Measures how the similarity of embeddings follows given scores of pairs.
///
/// Keys: `pearson_cosine` and `spearman_cosine`, likewise for each function; with several functions also `pearson_max` and
/// `spearman_max`. Primary is `spearman_` with the main function, else the only one, else `max`. A correlation is NaN where
/// all similarities are equal.
public class EmbeddingSimilarityEvaluator: EmbeddingEvaluator {
    public struct Options {
        public var shared = EmbeddingEvaluatorOptions(batchSize: 16)
        /// Decides the primary metric; also the only function if none are named.
        public var mainSimilarity: SimilarityFunction?
        /// Empty for the model's own.
        public var similarityFunctions: [SimilarityFunction] = []
        /// Quantizes normalized embeddings before they are compared.
        public var precision: EmbeddingPrecision?

        public init() {}
    }

    public var shared: EmbeddingEvaluatorOptions { options.shared }
    private let first: [String]
    private let second: [String]
    private let goldScores: [Double]
    private let options: Options
    private var similarity: SimilarityChoice

    /// - Throws: ``EvaluatorError`` if lists differ in length, there are fewer than two pairs, or scores that are not finite
    ///   or all the same.
    public init(sentences1: [String], sentences2: [String], scores: [Double], options: Options = Options()) throws {
        first = sentences1
        second = sentences2
        goldScores = scores
        self.options = options
        let given = options.similarityFunctions.isEmpty ? options.mainSimilarity.map { [$0] } ?? [] : options.similarityFunctions
        similarity = SimilarityChoice(given)
        try similarity.check(for: self)
        try checkLengths([("sentences1", sentences1.count), ("sentences2", sentences2.count), ("scores", scores.count)])
        if let main = options.mainSimilarity, !given.contains(main) {
            throw EvaluatorError("\(typeName): main_similarity '\(main.rawValue)' is not among similarity_fn_names")
        }
        if scores.count < 2 { throw EvaluatorError("\(typeName): a correlation needs at least 2 pairs, there is 1") }
        if let bad = scores.firstIndex(where: { !$0.isFinite }) { throw EvaluatorError("\(typeName): score \(bad + 1) is \(scores[bad])") }
        if scores.allSatisfy({ $0 == scores[0] }) {
            throw EvaluatorError("\(typeName): every one of the \(scores.count) scores is \(scores[0]); a correlation needs scores that differ")
        }
    }

    public func makeSparsityMeter() -> SparsityMeter? { nil }

    public var primaryMetric: String {
        if let main = options.mainSimilarity { return prefixed("spearman_\(main.rawValue)") }
        return prefixed(similarity.functions.count > 1 ? "spearman_max" : "spearman_\(similarity.functions[0].rawValue)")
    }

    public var metricKeys: [String]? { (keys + sparsityKeys).map(prefixed) }

    private var keys: [String] {
        similarity.functions.flatMap { ["pearson_\($0.rawValue)", "spearman_\($0.rawValue)"] }
            + (similarity.functions.count > 1 ? ["pearson_max", "spearman_max"] : [])
    }

    public var sampleTexts: [String] { Array(first.prefix(500) + second.prefix(500)) }

    public func prepare(for model: any EncoderModel) { similarity.prepare(for: model) }

    public func evaluate(_ model: any EncoderModel, at moment: EvaluationMoment) throws -> [Metric] {
        prepare(for: model)
        let run = try EmbeddingRun(model, for: self, at: moment, total: first.count + second.count)
        let meter = makeSparsityMeter()
        var sides = try run.embeddings(ofColumns: [first, second], normalized: options.precision != nil)
        sides.forEach { meter?.count($0) }
        if let precision = options.precision, precision != .float32 {
            // Both sides together, so that a text has the same codes on either.
            let all = try QuantizedEmbeddings(try Tensor.cat(sides.map { try $0.dense() }), precision: precision)
            if let log = moment.log { all.notes.forEach { log("note: \($0)") } }
            sides = [.dense(all.numbers(0..<first.count)), .dense(all.numbers(first.count ..< 2 * first.count))]
        }
        var correlations: [(pearson: Double, spearman: Double)] = []
        moment.log?(headline("Similarity", "\(first.count) pairs" + (options.precision.map { ", \($0.rawValue)" } ?? "")))
        for function in similarity.functions {
            let scores = try similarities(function, sides[0], sides[1]).map(Double.init)
            let (pearson, spearman) = (pearsonCorrelation(goldScores, scores), spearmanCorrelation(goldScores, scores))
            correlations.append((pearson, spearman))
            moment.log?("  \((function.rawValue + ":").padded(to: 11)) Pearson \(pearson.fixed(4)), Spearman \(spearman.fixed(4))")
        }
        let values = correlations.flatMap { [$0.pearson, $0.spearman] }
        let precision = options.precision.map { "_" + $0.rawValue } ?? ""
        try write(MetricsFile(name: "similarity_evaluation\(suffix)\(precision)_results.csv",
                              columns: similarity.functions.flatMap { ["\($0.rawValue)_pearson", "\($0.rawValue)_spearman"] }),
                  values.map(\.description), meter, at: moment)
        meter?.describe(at: moment)
        let best = [correlations.map(\.pearson), correlations.map(\.spearman)].map { $0.max() ?? .nan }
        return metrics(keys, values + (similarity.functions.count > 1 ? best : []), meter)
    }
}
