import Encoders
import Tensors
import TextFormat

/// Measures how often an anchor is more similar to its positive than to its negative, by a margin if one is given.
///
/// Keys: `cosine_accuracy`, likewise for each function, and with several `max_accuracy`. Primary is the main function's,
/// else the only one, else `max_accuracy`.
public class TripletEvaluator: EmbeddingEvaluator {
    public struct Options {
        public var shared = EmbeddingEvaluatorOptions(batchSize: 16)
        /// Decides the primary metric; also the only function if none are named.
        public var mainSimilarity: SimilarityFunction?
        /// Empty for the model's own.
        public var similarityFunctions: [SimilarityFunction] = []
        /// By how much the positive has to be more similar, 0 for functions that are not named.
        public var margins: [SimilarityFunction: Double] = [:]

        public init() {}
    }

    public var shared: EmbeddingEvaluatorOptions { options.shared }
    private let anchors: [String]
    private let positives: [String]
    private let negatives: [String]
    private let options: Options
    private var similarity: SimilarityChoice

    /// - Throws: ``EvaluatorError`` if lists differ in length or are empty.
    public init(anchors: [String], positives: [String], negatives: [String], options: Options = Options()) throws {
        self.anchors = anchors
        self.positives = positives
        self.negatives = negatives
        self.options = options
        let given = options.similarityFunctions.isEmpty ? options.mainSimilarity.map { [$0] } ?? [] : options.similarityFunctions
        similarity = SimilarityChoice(given)
        try similarity.check(for: self)
        try checkLengths([("anchors", anchors.count), ("positives", positives.count), ("negatives", negatives.count)])
        if let margin = options.margins.values.first(where: { !$0.isFinite }) { throw EvaluatorError("""
            \(typeName): margin is \(margin), a finite number is wanted
            """) }
        if let main = options.mainSimilarity, !given.contains(main) {
            throw EvaluatorError("\(typeName): main_similarity_function '\(main.rawValue)' is not among similarity_fn_names")
        }
    }

    public func makeSparsityMeter() -> SparsityMeter? { nil }

    public var primaryMetric: String {
        if let main = options.mainSimilarity { return prefixed("\(main.rawValue)_accuracy") }
        return prefixed(similarity.functions.count > 1 ? "max_accuracy" : "\(similarity.functions[0].rawValue)_accuracy")
    }

    public var metricKeys: [String]? { (keys + sparsityKeys).map(prefixed) }

    private var keys: [String] {
        similarity.functions.map { "\($0.rawValue)_accuracy" } + (similarity.functions.count > 1 ? ["max_accuracy"] : [])
    }

    public var sampleTexts: [String] { Array(anchors.prefix(500) + positives.prefix(500)) }

    public func prepare(for model: any EncoderModel) { similarity.prepare(for: model) }

    public func evaluate(_ model: any EncoderModel, at moment: EvaluationMoment) throws -> [Metric] {
        prepare(for: model)
        let run = try EmbeddingRun(model, for: self, at: moment, total: 3 * anchors.count)
        let query = try run.embeddings(of: anchors, as: .query)
        let positive = try run.embeddings(of: positives, as: .document)
        let negative = try run.embeddings(of: negatives, as: .document)
        let meter = makeSparsityMeter()
        for (side, embeddings) in [query, positive, negative].enumerated() { meter?.count(embeddings, side: side) }
        var values: [Double] = []
        moment.log?(headline("Triplets", "\(anchors.count)"))
        for function in similarity.functions {
            let margin = Float(options.margins[function] ?? 0)
            let pairs = zip(try similarities(function, query, positive), try similarities(function, query, negative))
            let right = pairs.reduce(0) { SimilarityTolerance.isAbove($1.0, $1.1 + margin) ? $0 + 1 : $0 }
            values.append(Double(Float(right) / Float(anchors.count)))
            moment.log?("  \((function.rawValue + ":").padded(to: 11)) \(((values.last ?? 0) * 100).fixed(2)) % right")
        }
        try write(MetricsFile(name: "triplet_evaluation\(suffix)_results.csv", columns: similarity.functions.map { "accuracy_\($0.rawValue)" }),
                  values.map(\.description), meter, at: moment)
        meter?.describe(at: moment)
        return metrics(keys, values + (values.count > 1 ? [values.max() ?? .nan] : []), meter)
    }
}
