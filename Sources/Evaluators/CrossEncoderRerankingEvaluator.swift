import Encoders
import TextFormat

/// Measures how well a cross-encoder puts the documents of each query in order: MAP, MRR@k and nDCG@k, each the mean
/// over queries. A query without a relevant document among its candidates counts as 0.
///
/// Keys: `map`, `mrr@10`, `ndcg@10` (primary). If samples hold the result of a first retrieval, `base_map`,
/// `base_mrr@10` and `base_ndcg@10` tell how good that order was.
public final class CrossEncoderRerankingEvaluator: Evaluator {
    public struct Options {
        /// How many ranks MRR and nDCG look at.
        public var atK = 10
        /// Whether positives that the first retrieval missed are put among the documents. With false they are lost, as they would be
        /// in use: they stand behind all that was found, so that no order reaches 1. (The reference leaves them out of the reranked
        /// list's measures, but not of those of the first order.) Without effect on samples with negatives.
        public var alwaysRerankPositives = true
        /// Prefix of the keys and part of the file name.
        public var name = ""
        public var scoring = ScoringOptions(batchSize: 64)
        /// Whether to add a row to a CSV file where the moment names a folder.
        public var writesCSV = true

        public init() {}
    }

    public let name: String
    public var greaterIsBetter: Bool { true }
    public let samples: [RerankingSample]
    private let options: Options
    private let typeName = "CrossEncoderRerankingEvaluator"

    /// - Throws: ``EvaluatorError`` if there are no samples, or one has fewer than two documents to put in order.
    public init(samples: [RerankingSample], options: Options = Options()) throws {
        if samples.isEmpty { throw EvaluatorError("\(typeName): samples is empty; it needs at least one query with its documents") }
        if options.atK < 1 { throw EvaluatorError("\(typeName): at_k is \(options.atK), it must be at least 1") }
        for (index, sample) in samples.enumerated() {
            if case .documents(let documents) = sample.candidates, documents.isEmpty {
                throw EvaluatorError("\(typeName): sample \(index + 1) has an empty list of documents; drop it or give what the retrieval found")
            }
            let list = sample.list(alwaysRerankPositives: options.alwaysRerankPositives)
            if list.hasRelevant && list.documents.count < 2 {
                throw EvaluatorError("""
                    \(typeName): sample \(index + 1) has a single document; an order needs at least two, so add negatives or \
                    drop the sample
                    """)
            }
        }
        self.samples = samples
        self.options = options
        name = options.name
    }

    public var primaryMetric: String { prefixed("ndcg@\(options.atK)") }

    public var metricKeys: [String]? {
        let keys = ["map", "mrr@\(options.atK)", "ndcg@\(options.atK)"]
        let hasBase = samples.contains { $0.retrievedRelevance != nil }
        return (hasBase ? keys + keys.map { "base_" + $0 } : keys).map(prefixed)
    }

    public var showsProgress: Bool { options.scoring.showsProgress }

    public var sampleTexts: [String] { samples.prefix(1_000).map(\.query) }

    public func evaluate(_ model: any EncoderModel, at moment: EvaluationMoment) throws -> [Metric] {
        let lists = samples.map { $0.list(alwaysRerankPositives: options.alwaysRerankPositives) }
        var pairs: [TextPair] = []
        for (sample, list) in zip(samples, lists) where list.hasRelevant {
            pairs += list.documents.map { TextPair(sample.query, $0) }
        }
        let scores = try PairScores(of: pairs, by: model, at: moment, options: options.scoring, evaluator: typeName).single(evaluator: typeName)

        var reranked = MeanRankingQuality()
        var first = 0
        for list in lists {
            if list.hasRelevant {
                let end = first + list.documents.count
                reranked.add(list.quality(Array(scores[first..<end]), k: options.atK))
                first = end
            } else {
                reranked.add(.zero)
            }
        }
        let base = retrievalQuality()
        let values = reranked.mean.values
        try writeRow(values, at: moment)
        if let log = moment.log { describe(lists, reranked: values, base: base?.values).forEach(log) }
        return zip(metricKeys ?? [], values + (base?.values ?? [])).map { Metric($0, $1) }
    }

    /// The quality of the order in which the first retrieval gave the documents; nil if no sample has one.
    private func retrievalQuality() -> RankingQuality? {
        var quality = MeanRankingQuality()
        for relevance in samples.lazy.compactMap(\.retrievedRelevance) {
            let scores = relevance.indices.map { Float(relevance.count - $0) }
            quality.add(relevance.contains(true) ? RankingQuality(relevance: relevance, scores: scores, k: options.atK) : .zero)
        }
        return quality.count > 0 ? quality.mean : nil
    }

    private func writeRow(_ values: [Double], at moment: EvaluationMoment) throws {
        if !options.writesCSV { return }
        let suffix = name.isEmpty ? "" : "_" + name
        let file = MetricsFile(name: "\(typeName)\(suffix)_results_@\(options.atK).csv",
                               columns: ["MAP", "MRR@\(options.atK)", "NDCG@\(options.atK)"])
        try file.append(values.map(\.description), at: moment)
    }

    private func describe(_ lists: [RerankingSample.List], reranked: [Double], base: [Double]?) -> [String] {
        func range(_ counts: [Int]) -> String {
            let mean = Double(counts.reduce(0, +)) / Double(counts.count)
            return "\(counts.min() ?? 0) to \(counts.max() ?? 0), mean \(mean.fixed(1))"
        }
        let negatives = lists.map { list in list.relevance.reduce(0) { $1 ? $0 : $0 + 1 } }
        var lines = ["""
            Reranking\(name.isEmpty ? "" : " " + name): \(samples.count) \(samples.count == 1 ? "query" : "queries"); positives \
            each \(range(samples.map(\.positive.count))); negatives each \(range(negatives))
            """]
        for (index, title) in ["MAP", "MRR@\(options.atK)", "NDCG@\(options.atK)"].enumerated() {
            let before = base.map { ($0[index] * 100).fixed(2) + " -> " } ?? ""
            lines.append("  \((title + ":").padded(to: 9)) \(before)\((reranked[index] * 100).fixed(2))")
        }
        return lines
    }
}
