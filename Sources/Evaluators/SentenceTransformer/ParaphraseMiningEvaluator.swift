import Encoders
import Retrieval
import TextFormat

/// Measures how well the most similar pairs of a set of texts are the known duplicates. Keys: `average_precision` (primary),
/// and `f1`, `precision`, `recall` at the `threshold` that is best for F1.
public final class ParaphraseMiningEvaluator: EmbeddingEvaluator {
    public struct Options {
        public var shared = EmbeddingEvaluatorOptions(batchSize: 16)
        /// Whether duplicates of duplicates are duplicates.
        public var addsTransitiveClosure = false
        public var mining = ParaphraseOptions()

        public init() {}
    }

    /// Two texts, by their places in the list of texts.
    private struct Pair: Hashable {
        let first: Int
        let second: Int

        init(_ a: Int, _ b: Int) { (first, second) = (min(a, b), max(a, b)) }
    }

    public var shared: EmbeddingEvaluatorOptions { options.shared }
    private let texts: [String]
    private let duplicates: Set<Pair>
    private let options: Options

    /// - Parameters:
    ///   - sentences: texts with their ids, each id once.
    ///   - duplicates: pairs of ids; those with an id that is not among the sentences are left out.
    /// - Throws: ``EvaluatorError`` if there are fewer than two texts, or an id is there twice.
    public init(sentences: [(id: String, text: String)], duplicates: [(String, String)], options: Options = Options()) throws {
        self.options = options
        texts = sentences.map(\.text)
        var places: [String: Int] = [:]
        for (place, sentence) in sentences.enumerated() { places[sentence.id] = place }
        var pairs: Set<Pair> = []
        for (a, b) in duplicates {
            if let first = places[a], let second = places[b], first != second { pairs.insert(Pair(first, second)) }
        }
        self.duplicates = options.addsTransitiveClosure ? Self.closure(of: pairs, count: sentences.count) : pairs
        if places.count != sentences.count { throw EvaluatorError("\(typeName): sentences_map names an id twice") }
        if sentences.count < 2 { throw EvaluatorError("\(typeName): sentences_map has \(sentences.count) texts, at least 2 are needed") }
    }

    /// An error if no duplicates are known, so that whatever a model does its scores are 0; nil otherwise.
    public var unreachable: EvaluatorError? {
        duplicates.isEmpty ? EvaluatorError("\(typeName): no pair of duplicates has two different ids of sentences_map, so there is nothing to find; give "
            + "duplicates_list or duplicates_dict with its ids") : nil
    }

    public var primaryMetric: String { prefixed("average_precision") }
    public var metricKeys: [String]? { keys.map(prefixed) }
    private let keys = ["average_precision", "f1", "precision", "recall", "threshold"]
    public var sampleTexts: [String] { Array(texts.prefix(1_000)) }

    public func evaluate(_ model: any EncoderModel, at moment: EvaluationMoment) throws -> [Metric] {
        let run = try EmbeddingRun(model, for: self, at: moment, total: texts.count)
        let pairs = try paraphraseMining(try run.embeddings(of: texts).dense(), options: options.mining) { _ in try run.poll() }
        let total = Double(duplicates.count)
        var (right, rightBefore, sum) = (0.0, 0.0, 0.0)
        var best = (f1: 0.0, precision: 0.0, recall: 0.0, threshold: 0.0)
        for (place, pair) in pairs.enumerated() {
            if duplicates.contains(Pair(pair.first, pair.second)) { right += 1 }
            // Pairs of equal score stand or fall together.
            let next = pairs[min(place + 1, pairs.count - 1)].score
            if place + 1 < pairs.count && next == pair.score { continue }
            if right > rightBefore {
                let (precision, recall) = (right / Double(place + 1), right / total)
                let f1 = 2 * precision * recall / (precision + recall)
                sum += precision * (right - rightBefore)
                if f1 > best.f1 { best = (f1, precision, recall, (Double(pair.score) + Double(next)) / 2) }
            }
            rightBefore = right
        }
        let averagePrecision = total > 0 ? sum / total : 0
        try write(MetricsFile(name: "paraphrase_mining_evaluation\(suffix)_results.csv",
                              columns: ["precision", "recall", "f1", "threshold", "average_precision"]),
                  [best.precision, best.recall, best.f1, best.threshold, averagePrecision].map(\.description), at: moment)
        moment.log?(headline("Paraphrase mining", "\(texts.count) texts, \(duplicates.count) duplicates, \(pairs.count) candidates; "
            + "average precision \((averagePrecision * 100).fixed(2)), F1 \((best.f1 * 100).fixed(2)) at \(best.threshold.fixed(4))"))
        return metrics(keys, [averagePrecision, best.f1, best.precision, best.recall, best.threshold])
    }

    /// Every pair within each group of texts that hang together.
    private static func closure(of pairs: Set<Pair>, count: Int) -> Set<Pair> {
        var group = Array(0..<count)
        func root(_ text: Int) -> Int {
            var text = text
            while group[text] != text {
                group[text] = group[group[text]]
                text = group[text]
            }
            return text
        }
        for pair in pairs { group[root(pair.first)] = root(pair.second) }
        let groups = Dictionary(grouping: 0..<count, by: root)
        var closed: Set<Pair> = []
        for members in groups.values where members.count > 1 {
            for (place, member) in members.enumerated() { for other in members[..<place] { closed.insert(Pair(member, other)) } }
        }
        return closed
    }
}
