import JSON
import TextFormat

/// Measures two retrievals of the same queries, and what comes of fusing their lists by reciprocal ranks:
/// a document's score is the sum of `1 / (rrf_k + rank)` over the lists that have it (Cormack et al. 2009).
///
/// Keys: `dense_map`, `dense_mrr@10`, `dense_ndcg@10`, the same of `sparse_`, and without a prefix those of the fused list, of which
/// `ndcg@10` is primary. Positives that a list lacks are put at its end; a list without any scores 0.
public final class ReciprocalRankFusionEvaluator: ModelFreeEvaluator {
    /// What one retrieval found for a query.
    public struct Sample {
        public let queryId: String
        public let query: String
        /// The relevant documents.
        public let positive: [String]
        /// What was found, best first.
        public let documents: [String]

        public init(queryId: String, query: String, positive: [String], documents: [String]) {
            self.queryId = queryId
            self.query = query
            self.positive = positive
            self.documents = documents
        }
    }

    public struct Options {
        public var name = ""
        /// How many ranks MRR and nDCG look at.
        public var atK = 10
        /// Added to each rank: the more, the less the first ranks count.
        public var rrfK = 60
        public var showsProgress = false
        public var writesCSV = true
        /// Whether the fused lists are written to a JSONL file, where the moment names a folder.
        public var writesPredictions = false

        public init() {}
    }

    public var name: String { options.name }
    public var greaterIsBetter: Bool { true }
    public var showsProgress: Bool { options.showsProgress }
    private let dense: [Sample]
    private let sparse: [Sample]
    private let options: Options

    /// - Parameters:
    ///   - dense: of a first retrieval; its queries and positives are those that count.
    ///   - sparse: of a second one, the same queries in the same order.
    /// - Throws: ``EvaluatorError`` if the lists differ in length or in a query's id, or are empty, or for a constant out of range.
    public init(dense: [Sample], sparse: [Sample], options: Options = Options()) throws {
        self.dense = dense
        self.sparse = sparse
        self.options = options
        let type = "ReciprocalRankFusionEvaluator"
        if options.atK < 1 { throw EvaluatorError("\(type): at_k is \(options.atK), it must be at least 1") }
        if options.rrfK < 0 { throw EvaluatorError("\(type): rrf_k is \(options.rrfK), it must be at least 0") }
        if dense.count != sparse.count {
            throw EvaluatorError("\(type): dense_samples has \(dense.count) entries, sparse_samples has \(sparse.count); they must be as "
                + "many")
        }
        if dense.isEmpty { throw EvaluatorError("\(type): dense_samples is empty") }
        if let bad = dense.indices.first(where: { dense[$0].queryId != sparse[$0].queryId }) {
            throw EvaluatorError("\(type): sample \(bad + 1) has the query_id '\(dense[bad].queryId)' in dense_samples and "
                + "'\(sparse[bad].queryId)' in sparse_samples; the same queries are wanted in the same order")
        }
    }

    public var primaryMetric: String { prefixed("ndcg@\(options.atK)") }
    public var metricKeys: [String]? { keys.map(prefixed) }
    private var keys: [String] {
        ["dense_", "sparse_", ""].flatMap { list in measures.map { list + $0.lowercased() } }
    }
    private var measures: [String] { ["MAP", "MRR@\(options.atK)", "NDCG@\(options.atK)"] }
    public var sampleTexts: [String] { dense.prefix(1_000).map(\.query) }

    public func evaluate(at moment: EvaluationMoment) throws -> [Metric] {
        var qualities = [MeanRankingQuality(), MeanRankingQuality(), MeanRankingQuality()]
        var fused: [[String]] = []
        for (row, (first, second)) in zip(dense, sparse).enumerated() {
            try moment.onBatch?(row, dense.count)
            fused.append(fuse(first.documents, second.documents))
            for (list, documents) in [first.documents, second.documents, fused[row]].enumerated() {
                qualities[list].add(quality(of: documents, positive: first.positive))
            }
        }
        let values = qualities.flatMap(\.mean.values)
        let suffix = name.isEmpty ? "" : "_" + name
        if options.writesCSV {
            let columns = ["Dense", "Sparse", "Fusion"].flatMap { list in measures.map { list + "_" + $0 } }
            try MetricsFile(name: "ReciprocalRankFusion_evaluation\(suffix)_results.csv", columns: columns)
                .append(values.map(\.description), at: moment)
        }
        if options.writesPredictions, let folder = moment.outputFolder {
            let lines = zip(dense, fused).lazy.map { sample, documents -> JSONObject in
                ["query_id": .string(sample.queryId), "query": .string(sample.query),
                 "positive": .array(sample.positive.map { .string($0) }), "documents": .array(documents.map { .string($0) })]
            }
            try PredictionsFile.write(lines, to: folder, name: "ReciprocalRankFusion_evaluation\(suffix)_predictions.jsonl")
        }
        moment.log?("Fusion by reciprocal ranks\(name.isEmpty ? "" : " " + name): \(dense.count) queries")
        for (list, name) in ["dense", "sparse", "fused"].enumerated() {
            let own = zip(measures, values[3 * list ..< 3 * list + 3])
            moment.log?("  \((name + ":").padded(to: 8)) " + own.map { "\($0) \(($1 * 100).fixed(2))" }.joined(separator: ", "))
        }
        return zip(keys, values).map { Metric(prefixed($0), $1) }
    }

    /// The documents of both lists by descending score; of equal scores those that came first, the first list before the second.
    private func fuse(_ first: [String], _ second: [String]) -> [String] {
        var scores: [String: Double] = [:]
        var documents: [String] = []
        for list in [first, second] {
            // A document that a list names twice has its last rank.
            let ranks = Dictionary(list.enumerated().map { ($1, $0 + 1) }) { $1 }
            for document in list where scores[document] == nil {
                documents.append(document)
                scores[document] = 0
            }
            for (document, rank) in ranks { scores[document, default: 0] += 1 / (Double(options.rrfK) + Double(rank)) }
        }
        return documents.enumerated().sorted { a, b in
            let (left, right) = (scores[a.element] ?? 0, scores[b.element] ?? 0)
            return left == right ? a.offset < b.offset : left > right
        }.map(\.element)
    }

    private func quality(of documents: [String], positive: [String]) -> RankingQuality {
        let sample = RerankingSample(query: "", positive: positive, documents: documents)
        guard let relevance = sample.retrievedRelevance, relevance.contains(true) else { return .zero }
        return RankingQuality(relevance: relevance, scores: relevance.indices.map { -Float($0) }, k: options.atK)
    }
}
