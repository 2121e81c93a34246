import Encoders
import Retrieval
import Tensors
import TextFormat

/// Measures how well the similarity of embeddings puts the documents of each query in order. Keys: `map`, `mrr@10`,
/// `ndcg@10` (primary), each the mean over queries. Samples without positives or without negatives are left out.
///
/// For MRR, of documents with equal scores the one that was named first, positives before negatives, ranks first.
public class RerankingEvaluator: EmbeddingEvaluator {
    public struct Options {
        public var shared = EmbeddingEvaluatorOptions(batchSize: 64)
        /// How many ranks MRR and nDCG look at.
        public var atK = 10
        public var function = ScoreFunction(.cosine)
        /// Whether the texts of all samples are embedded together, which is faster; else one sample after the other, which
        /// needs less memory.
        public var usesBatchedEncoding = true

        public init() {}
    }

    public var shared: EmbeddingEvaluatorOptions { options.shared }
    public let samples: [RerankingSample]
    private let lists: [RerankingSample.List]
    private let options: Options

    /// - Throws: ``EvaluatorError`` if no sample has both positives and negatives, or one has `documents`.
    public init(samples: [RerankingSample], options: Options = Options()) throws {
        self.options = options
        self.samples = samples.filter { sample in
            if case .negative(let negative) = sample.candidates { return !negative.isEmpty && !sample.positive.isEmpty }
            return true
        }
        lists = self.samples.map { $0.list(alwaysRerankPositives: true) }
        if options.atK < 1 { throw EvaluatorError("\(typeName): at_k is \(options.atK), it must be at least 1") }
        for (index, sample) in samples.enumerated() {
            if case .documents = sample.candidates {
                throw EvaluatorError("\(typeName): sample \(index + 1) has documents; this evaluator wants positive and negative")
            }
        }
        if self.samples.isEmpty {
            throw EvaluatorError("\(typeName): none of the \(samples.count) samples has both positive and negative documents")
        }
    }

    public func makeSparsityMeter() -> SparsityMeter? { nil }

    public var primaryMetric: String { prefixed("ndcg@\(options.atK)") }
    public var metricKeys: [String]? { (keys + sparsityKeys).map(prefixed) }
    private var keys: [String] { ["map", "mrr@\(options.atK)", "ndcg@\(options.atK)"] }
    public var sampleTexts: [String] { samples.prefix(1_000).map(\.query) }

    public func evaluate(_ model: any EncoderModel, at moment: EvaluationMoment) throws -> [Metric] {
        let total = samples.count + lists.reduce(0) { $0 + $1.documents.count }
        let run = try EmbeddingRun(model, for: self, at: moment, total: total)
        let meter = makeSparsityMeter()
        var quality = MeanRankingQuality()
        let groupSize = options.usesBatchedEncoding ? samples.count : 1
        for start in stride(from: 0, to: samples.count, by: groupSize) {
            let group = start ..< min(samples.count, start + groupSize)
            let queries = try run.embeddings(of: samples[group].map(\.query), as: .query)
            let documents = try run.embeddings(of: lists[group].flatMap(\.documents), as: .document)
            for (side, embeddings) in [queries, documents].enumerated() { meter?.count(embeddings, side: side) }
            var first = 0
            for index in group {
                let list = lists[index]
                let scores = try options.function.matrix(
                    try queries.rows(index - start ..< index - start + 1),
                    try documents.rows(first ..< first + list.documents.count)).floatArray()
                first += list.documents.count
                if let bad = scores.firstIndex(where: { !$0.isFinite }) {
                    throw EvaluatorError("\(typeName): sample \(index + 1): the similarity of document \(bad + 1) is \(scores[bad]), which cannot be ranked")
                }
                quality.add(RankingQuality(relevance: list.relevance, scores: scores, k: options.atK, earlierFirst: true))
                try run.poll()
            }
        }
        let values = quality.mean.values
        try write(MetricsFile(name: "RerankingEvaluator\(suffix)_results_@\(options.atK).csv",
                              columns: ["MAP", "MRR@\(options.atK)", "NDCG@\(options.atK)"]), values.map(\.description), meter,
                  at: moment)
        moment.log?(headline("Reranking", "\(samples.count) queries, \(total - samples.count) documents; "
            + zip(["MAP", "MRR@\(options.atK)", "NDCG@\(options.atK)"], values).map { "\($0) \(($1 * 100).fixed(2))" }.joined(separator: ", ")))
        meter?.describe(at: moment)
        return metrics(keys, values, meter)
    }
}
