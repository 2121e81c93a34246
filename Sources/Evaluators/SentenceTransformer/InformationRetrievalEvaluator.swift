import Encoders
import Retrieval
import Tensors
import TextFormat

/// Measures how well the documents of each query are found in a corpus.
///
/// Keys, for each score function and k: `cosine_accuracy@1`, `cosine_precision@1`, `cosine_recall@1`, `cosine_ndcg@10`,
/// `cosine_mrr@10`, `cosine_map@100`; see ``RetrievalQuality`` for what they say. Primary is nDCG at its greatest k by the
/// main score function, else by the one that is best in the first run.
///
/// The corpus is embedded and searched in pieces of which one is in memory at a time. Of equal scores, the document with the
/// smaller id ranks first, so that the size of the pieces has no influence.
public class InformationRetrievalEvaluator: EmbeddingEvaluator {
    public struct Options {
        public var shared = EmbeddingEvaluatorOptions(batchSize: 32)
        public var cutoffs = RetrievalCutoffs()
        /// Documents that are embedded and searched at a time.
        public var corpusChunkSize = 50_000
        /// Empty for the model's own.
        public var scoreFunctions: [ScoreFunction] = []
        /// The name of the function that decides the primary metric.
        public var mainScoreFunction: String?
        public var queryPrompt = EmbeddingPrompt()
        public var corpusPrompt = EmbeddingPrompt()
        /// Whether what was found is written to a JSONL file for each score function, where the moment names a folder.
        public var writesPredictions = false

        public init() {}
    }

    public var shared: EmbeddingEvaluatorOptions { options.shared }
    private let queries: [(id: String, text: String)]
    /// By ascending id.
    private let corpus: [(id: String, text: String)]
    private let relevant: [String: Set<String>]
    private let options: Options
    private var functions: [ScoreFunction]
    /// The function of the primary metric, once that is settled.
    private var mainFunction: String?

    /// - Parameters:
    ///   - queries: with their ids. Those without a relevant document are left out.
    ///   - corpus: the documents with their ids.
    ///   - relevant: for the id of a query, the ids of the documents to be found.
    /// - Throws: ``EvaluatorError`` for ids that are there twice, nothing to search, or a k below 1.
    public init(
        queries: [(id: String, text: String)], corpus: [(id: String, text: String)], relevant: [String: Set<String>],
        options: Options = Options()
    ) throws {
        self.queries = queries.filter { !(relevant[$0.id] ?? []).isEmpty }
        // By code points, which is the order of UTF-8.
        self.corpus = corpus.sorted { $0.id.utf8.lexicographicallyPrecedes($1.id.utf8) }
        self.relevant = relevant
        self.options = options
        functions = options.scoreFunctions.isEmpty ? [ScoreFunction(.cosine)] : options.scoreFunctions
        mainFunction = options.mainScoreFunction
        try check(queryCount: queries.count, distinctQueries: Set(queries.map(\.id)).count)
    }

    private func check(queryCount: Int, distinctQueries: Int) throws {
        if queries.isEmpty {
            throw EvaluatorError("""
                \(typeName): none of the \(queryCount) queries has a relevant document; relevant_docs holds, for the id of a \
                query, ids of the corpus
                """)
        }
        if corpus.isEmpty { throw EvaluatorError("\(typeName): corpus is empty") }
        if distinctQueries != queryCount { throw EvaluatorError("\(typeName): queries names an id twice") }
        if let twice = corpus.indices.dropFirst().first(where: { corpus[$0].id == corpus[$0 - 1].id }) {
            throw EvaluatorError("\(typeName): corpus names the id '\(corpus[twice].id)' twice")
        }
        let cutoffs = options.cutoffs
        for (name, values) in [("mrr_at_k", cutoffs.mrr), ("ndcg_at_k", cutoffs.ndcg), ("accuracy_at_k", cutoffs.accuracy),
                               ("precision_recall_at_k", cutoffs.precisionRecall), ("map_at_k", cutoffs.map)] {
            if let bad = values.first(where: { $0 < 1 }) { throw EvaluatorError("\(typeName): \(name) names \(bad), each k must be at least 1") }
            if Set(values).count != values.count { throw EvaluatorError("\(typeName): \(name) names a k twice") }
        }
        if cutoffs.ndcg.isEmpty { throw EvaluatorError("\(typeName): ndcg_at_k is empty, but nDCG is the primary metric") }
        if options.corpusChunkSize < 1 { throw EvaluatorError("\(typeName): corpus_chunk_size is \(options.corpusChunkSize), it must be at least 1") }
        let names = options.scoreFunctions.map(\.name)
        if Set(names).count != names.count { throw EvaluatorError("\(typeName): score_functions names a function twice") }
        let known = names.isEmpty ? SimilarityFunction.allCases.map(\.rawValue) : names
        if let main = options.mainScoreFunction, !known.contains(main) {
            throw EvaluatorError("\(typeName): main_score_function '\(main)' is not among score_functions (\(known.joined(separator: ", ")))")
        }
    }

    /// An error if no relevant document is in the corpus, so that whatever a model does its scores are 0; nil otherwise.
    public var unreachable: EvaluatorError? {
        let ids = Set(corpus.map(\.id))
        if queries.contains(where: { query in relevant[query.id]?.contains(where: ids.contains) ?? false }) { return nil }
        return EvaluatorError("\(typeName): no id in relevant_docs is one of corpus, so nothing could ever be found; corpus has ids such as "
            + "'\(corpus.first?.id ?? "")', relevant_docs such as '\(queries.first.flatMap { relevant[$0.id]?.min() } ?? "")'")
    }

    public func makeSparsityMeter() -> SparsityMeter? { nil }

    public var primaryMetric: String { prefixed("\(mainFunction ?? sortedNames[0])_ndcg@\(options.cutoffs.ndcg.max() ?? 0)") }

    public var metricKeys: [String]? { (functions.flatMap { keys(of: $0.name) } + sparsityKeys).map(prefixed) }

    public var sampleTexts: [String] { queries.prefix(1_000).map(\.text) }

    private var sortedNames: [String] { functions.map(\.name).sorted() }

    private func keys(of function: String) -> [String] {
        let cutoffs = options.cutoffs
        return [("accuracy", cutoffs.accuracy), ("precision", cutoffs.precisionRecall), ("recall", cutoffs.precisionRecall),
                ("ndcg", cutoffs.ndcg), ("mrr", cutoffs.mrr), ("map", cutoffs.map)]
            .flatMap { name, values in values.map { "\(function)_\(name)@\($0)" } }
    }

    public func prepare(for model: any EncoderModel) {
        guard options.scoreFunctions.isEmpty, let embedder = model as? any TextEmbedder else { return }
        functions = [ScoreFunction(embedder.similarityFunction)]
        mainFunction = nil
    }

    public func evaluate(_ model: any EncoderModel, at moment: EvaluationMoment) throws -> [Metric] {
        prepare(for: model)
        let meter = makeSparsityMeter()
        let found = try search(meter: meter, try EmbeddingRun(model, for: self, at: moment, total: queries.count + corpus.count))
        let cutoffs = options.cutoffs
        let counts = queries.map { relevant[$0.id]?.count ?? 0 }
        let qualities = found.map { RetrievalQuality(relevance: relevance(of: $0), relevantCounts: counts, cutoffs: cutoffs) }
        if mainFunction == nil, let best = cutoffs.ndcg.indices.max(by: { cutoffs.ndcg[$0] < cutoffs.ndcg[$1] }) {
            // The first by name among equally good ones.
            let order = functions.indices.sorted { functions[$0].name < functions[$1].name }
            let winner = order.dropFirst().reduce(order[0]) { qualities[$1].ndcg[best] > qualities[$0].ndcg[best] ? $1 : $0 }
            mainFunction = functions[winner].name
        }
        try writeRow(qualities, meter, at: moment)
        if options.writesPredictions, let folder = moment.outputFolder {
            for (function, hits) in zip(functions, found) { try predictions(hits).write(to: folder, name: predictionsFile(function.name)) }
        }
        describe(qualities, at: moment)
        meter?.describe(at: moment)
        let values: [[Double]] = qualities.flatMap { [$0.accuracy, $0.precision, $0.recall, $0.ndcg, $0.mrr, $0.map] }
        return metrics(functions.flatMap { keys(of: $0.name) }, Array(values.joined()), meter)
    }

    /// The best documents of each query by each score function.
    private func search(meter: SparsityMeter?, _ run: EmbeddingRun) throws -> [NearestNeighbours] {
        let vectors = try run.embeddings(of: queries.map(\.text), as: .query, prompt: options.queryPrompt.text, promptName: options.queryPrompt.name)
        meter?.count(vectors, side: 0)
        let searches = try functions.map {
            try TopKSearch(queries: vectors, k: min(options.cutoffs.greatest, corpus.count), function: $0)
        }
        for start in stride(from: 0, to: corpus.count, by: options.corpusChunkSize) {
            let chunk = corpus[start ..< min(corpus.count, start + options.corpusChunkSize)]
            let documents = try run.embeddings(of: chunk.map(\.text), as: .document, prompt: options.corpusPrompt.text,
                                               promptName: options.corpusPrompt.name)
            // Pieces count by their rows, so that their size has no influence.
            meter?.count(documents, side: 1, weight: Double(chunk.count))
            for search in searches { try search.add(documents) { _ in try run.poll() } }
        }
        return searches.map { $0.result() }
    }

    private func relevance(of found: NearestNeighbours) -> [[Bool]] {
        queries.indices.map { query in
            let wanted = relevant[queries[query].id] ?? []
            return found.hits(of: query).map { wanted.contains(corpus[$0.corpusId].id) }
        }
    }

    private func writeRow(_ qualities: [RetrievalQuality], _ meter: SparsityMeter?, at moment: EvaluationMoment) throws {
        let cutoffs = options.cutoffs
        let byName = zip(functions.map(\.name), qualities).sorted { $0.0 < $1.0 }
        var cells: [(column: String, value: Double)] = []
        for (name, quality) in byName {
            cells += zip(cutoffs.accuracy, quality.accuracy).map { ("\(name)-Accuracy@\($0)", $1) }
            for (index, k) in cutoffs.precisionRecall.enumerated() {
                cells += [("\(name)-Precision@\(k)", quality.precision[index]), ("\(name)-Recall@\(k)", quality.recall[index])]
            }
            cells += zip(cutoffs.mrr, quality.mrr).map { ("\(name)-MRR@\($0)", $1) }
            cells += zip(cutoffs.ndcg, quality.ndcg).map { ("\(name)-NDCG@\($0)", $1) }
            cells += zip(cutoffs.map, quality.map).map { ("\(name)-MAP@\($0)", $1) }
        }
        try write(MetricsFile(name: "Information-Retrieval_evaluation\(suffix)_results.csv", columns: cells.map(\.column), lineEnd: "\n"),
                  cells.map(\.value.description), meter, at: moment)
    }

    private func predictionsFile(_ function: String) -> String { "Information-Retrieval_evaluation\(suffix)_predictions_\(function).jsonl" }

    private func predictions(_ found: NearestNeighbours) -> RetrievalPredictions {
        RetrievalPredictions(queries: queries.enumerated().map { index, query in
            (query.id, query.text, found.hits(of: index).map { (corpus[$0.corpusId].id, Double($0.score)) })
        })
    }

    private func describe(_ qualities: [RetrievalQuality], at moment: EvaluationMoment) {
        guard let log = moment.log else { return }
        log(headline("Retrieval", "\(queries.count) queries, \(corpus.count) documents"))
        let cutoffs = options.cutoffs
        for (function, quality) in zip(functions, qualities) {
            let lines = [("accuracy", cutoffs.accuracy, quality.accuracy), ("precision", cutoffs.precisionRecall, quality.precision),
                         ("recall", cutoffs.precisionRecall, quality.recall), ("MRR", cutoffs.mrr, quality.mrr),
                         ("nDCG", cutoffs.ndcg, quality.ndcg), ("MAP", cutoffs.map, quality.map)]
            for (name, ks, values) in lines where !ks.isEmpty {
                log("  \(function.name.padded(to: 10)) \((name + ":").padded(to: 10)) "
                    + zip(ks, values).map { "@\($0) \(($1 * 100).fixed(2))" }.joined(separator: "  "))
            }
        }
    }
}
