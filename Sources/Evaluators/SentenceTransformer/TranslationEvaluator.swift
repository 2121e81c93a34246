import Encoders
import Retrieval
import TextFormat

/// Measures how often the most similar text of the other language is the translation. Keys: `src2trg_accuracy`,
/// `trg2src_accuracy` and `mean_accuracy` (primary). A text that stands in the list twice is right in either place.
public class TranslationEvaluator: EmbeddingEvaluator {
    public struct Options {
        public var shared = EmbeddingEvaluatorOptions(batchSize: 16)
        /// Whether the sources whose translation was not found are listed, with the five most similar targets.
        public var printsWrongMatches = false

        public init() {}
    }

    public var shared: EmbeddingEvaluatorOptions { options.shared }
    private let sources: [String]
    private let targets: [String]
    private let options: Options

    /// - Parameter targetSentences: the translation of each source sentence.
    /// - Throws: ``EvaluatorError`` if lists differ in length or are empty.
    public init(sourceSentences: [String], targetSentences: [String], options: Options = Options()) throws {
        sources = sourceSentences
        targets = targetSentences
        self.options = options
        try checkLengths([("source_sentences", sourceSentences.count), ("target_sentences", targetSentences.count)])
    }

    public func makeSparsityMeter() -> SparsityMeter? { nil }

    public var primaryMetric: String { prefixed("mean_accuracy") }
    public var metricKeys: [String]? { (keys + sparsityKeys).map(prefixed) }
    private let keys = ["src2trg_accuracy", "trg2src_accuracy", "mean_accuracy"]
    public var sampleTexts: [String] { Array(sources.prefix(500) + targets.prefix(500)) }

    public func evaluate(_ model: any EncoderModel, at moment: EvaluationMoment) throws -> [Metric] {
        let run = try EmbeddingRun(model, for: self, at: moment, total: sources.count + targets.count)
        let (source, target) = (try run.embeddings(of: sources), try run.embeddings(of: targets))
        let meter = makeSparsityMeter()
        for embeddings in [source, target] { meter?.count(embeddings) }
        let depth = options.printsWrongMatches ? 5 : 1
        let forth = try NearestNeighbours(of: source, in: target, k: depth) { _ in try run.poll() }
        let back = try NearestNeighbours(of: target, in: source, k: 1) { _ in try run.poll() }
        func accuracy(_ found: NearestNeighbours, in texts: [String]) -> Double {
            let right = texts.indices.reduce(0) { found.hits(of: $1).first.map { texts[$0.corpusId] } == texts[$1] ? $0 + 1 : $0 }
            return Double(right) / Double(texts.count)
        }
        let values = [accuracy(forth, in: targets), accuracy(back, in: sources)]
        if options.printsWrongMatches { describeMistakes(forth, to: moment.log ?? { print($0) }) }
        try write(MetricsFile(name: "translation_evaluation\(suffix)_results.csv", columns: ["src2trg", "trg2src"]),
                  values.map(\.description), meter, at: moment)
        moment.log?(headline("Translation", "\(sources.count) pairs; source to target \((values[0] * 100).fixed(2)), "
            + "target to source \((values[1] * 100).fixed(2))"))
        meter?.describe(at: moment)
        return metrics(keys, values + [(values[0] + values[1]) / 2], meter)
    }

    private func describeMistakes(_ found: NearestNeighbours, to print: (String) -> Void) {
        for (row, source) in sources.enumerated() where found.hits(of: row).first.map({ targets[$0.corpusId] }) != targets[row] {
            print("wrong: \(source)")
            print("  wanted  \(targets[row])")
            for hit in found.hits(of: row) { print("  \(Double(hit.score).fixed(4))  \(targets[hit.corpusId])") }
        }
    }
}
