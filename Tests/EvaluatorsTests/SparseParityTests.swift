import Encoders
import Evaluators
import Foundation
import Retrieval
import Testing

/// The same sparse embeddings give the same metrics and files as in the reference.
@Suite struct SparseParityTests {
    let table: TableModel.Table

    init() throws { table = try fixture("sparse_table") }

    /// Options as the reference takes them; each evaluator has some of them.
    private struct Options: Decodable {
        struct Sample: Decodable { let query: String, positive: [String], negative: [String] }
        struct Found: Decodable { let query_id: String, query: String, positive: [String], documents: [String] }
        let name: String, max_active_dims: Int?
        let queries: [String: String]?, corpus: [String: String]?, relevant_docs: [String: [String]]?, corpus_chunk_size: Int?
        let mrr_at_k: [Int]?, ndcg_at_k: [Int]?, accuracy_at_k: [Int]?, precision_recall_at_k: [Int]?, map_at_k: [Int]?
        let score_functions: [String]?, similarity_fn_names: [String]?, main_similarity: String?, margins: [String: Double]?
        let sentences1: [String]?, sentences2: [String]?, scores: [Double]?, labels: [Int]?
        let anchors: [String]?, positives: [String]?, negatives: [String]?
        let samples: [Sample]?, at_k: Int?, use_batched_encoding: Bool?, similarity_fct: String?
        let source_sentences: [String]?, target_sentences: [String]?
        let dense_samples: [Found]?, sparse_samples: [Found]?, rrf_k: Int?, write_predictions: Bool?

        func shared(_ batchSize: Int = 16) -> EmbeddingEvaluatorOptions {
            var shared = EmbeddingEvaluatorOptions(batchSize: batchSize)
            shared.name = name
            shared.maxActiveDims = max_active_dims
            return shared
        }

        var functions: [SimilarityFunction] { (similarity_fn_names ?? []).compactMap { SimilarityFunction(rawValue: $0) } }
    }

    private struct Case: Decodable { let similarity: String, options: Options }

    private func compare(_ name: String, _ make: (Options) throws -> any Evaluator) throws {
        let cases: [Case] = try fixture(name)
        let results: [ReferenceResult] = try fixture(name)
        #expect(cases.count >= 8)
        let differences = try zip(cases, results).enumerated().map { number, pair in
            let model = TableModel(table, similarity: try #require(SimilarityFunction(rawValue: pair.0.similarity)), isSparse: true)
            return try expectSame(try make(pair.0.options), model, as: pair.1, case: number)
        }
        printParity("\(type(of: try make(try #require(cases.first).options)))", differences)
    }

    @Test func retrievalIsThatOfTheReference() throws {
        try compare("sparse_retrieval") { test in
            var options = InformationRetrievalEvaluator.Options()
            options.shared = test.shared()
            options.corpusChunkSize = try #require(test.corpus_chunk_size)
            options.cutoffs.mrr = try #require(test.mrr_at_k)
            options.cutoffs.ndcg = try #require(test.ndcg_at_k)
            options.cutoffs.accuracy = try #require(test.accuracy_at_k)
            options.cutoffs.precisionRecall = try #require(test.precision_recall_at_k)
            options.cutoffs.map = try #require(test.map_at_k)
            options.scoreFunctions = try (test.score_functions ?? []).map { ScoreFunction(try #require(SimilarityFunction(rawValue: $0))) }
            return try SparseInformationRetrievalEvaluator(
                queries: (test.queries ?? [:]).sorted { $0.key < $1.key }.map { ($0.key, $0.value) },
                corpus: (test.corpus ?? [:]).map { ($0.key, $0.value) },
                relevant: (test.relevant_docs ?? [:]).mapValues { Set($0) }, options: options)
        }
    }

    @Test func similarityIsThatOfTheReference() throws {
        try compare("sparse_similarity") { test in
            var options = EmbeddingSimilarityEvaluator.Options()
            options.shared = test.shared()
            options.similarityFunctions = test.functions
            options.mainSimilarity = test.main_similarity.flatMap { SimilarityFunction(rawValue: $0) }
            return try SparseEmbeddingSimilarityEvaluator(sentences1: test.sentences1 ?? [], sentences2: test.sentences2 ?? [],
                                                          scores: test.scores ?? [], options: options)
        }
    }

    @Test func binaryClassificationIsThatOfTheReference() throws {
        try compare("sparse_binary") { test in
            var options = BinaryClassificationEvaluator.Options()
            options.shared = test.shared()
            options.similarityFunctions = test.functions
            return try SparseBinaryClassificationEvaluator(sentences1: test.sentences1 ?? [], sentences2: test.sentences2 ?? [],
                                                           labels: test.labels ?? [], options: options)
        }
    }

    @Test func tripletsAreThoseOfTheReference() throws {
        try compare("sparse_triplet") { test in
            var options = TripletEvaluator.Options()
            options.shared = test.shared()
            options.similarityFunctions = test.functions
            for (name, margin) in test.margins ?? [:] { options.margins[try #require(SimilarityFunction(rawValue: name))] = margin }
            return try SparseTripletEvaluator(anchors: test.anchors ?? [], positives: test.positives ?? [], negatives: test.negatives ?? [],
                                              options: options)
        }
    }

    @Test func rerankingIsThatOfTheReference() throws {
        try compare("sparse_reranking") { test in
            var options = RerankingEvaluator.Options()
            options.shared = test.shared()
            options.atK = try #require(test.at_k)
            options.usesBatchedEncoding = try #require(test.use_batched_encoding)
            options.function = ScoreFunction(try #require(SimilarityFunction(rawValue: test.similarity_fct ?? "")))
            return try SparseRerankingEvaluator(samples: (test.samples ?? []).map {
                RerankingSample(query: $0.query, positive: $0.positive, negative: $0.negative)
            }, options: options)
        }
    }

    @Test func translationIsThatOfTheReference() throws {
        try compare("sparse_translation") { test in
            var options = TranslationEvaluator.Options()
            options.shared = test.shared()
            return try SparseTranslationEvaluator(sourceSentences: test.source_sentences ?? [], targetSentences: test.target_sentences ?? [],
                                                  options: options)
        }
    }

    @Test func theSquaredErrorIsThatOfTheReference() throws {
        try compare("sparse_mse") { test in
            try SparseMSEEvaluator(sourceSentences: test.source_sentences ?? [], targetSentences: test.target_sentences ?? [],
                                   teacher: TableModel(table, similarity: .dot, isSparse: true), options: test.shared())
        }
    }

    private func fusion(_ test: Options) throws -> ReciprocalRankFusionEvaluator {
        var options = ReciprocalRankFusionEvaluator.Options()
        options.name = test.name
        options.atK = try #require(test.at_k)
        options.rrfK = try #require(test.rrf_k)
        options.writesPredictions = true
        let lists = [test.dense_samples, test.sparse_samples].map { list in
            (list ?? []).map {
                ReciprocalRankFusionEvaluator.Sample(queryId: $0.query_id, query: $0.query, positive: $0.positive, documents: $0.documents)
            }
        }
        return try ReciprocalRankFusionEvaluator(dense: lists[0], sparse: lists[1], options: options)
    }

    @Test func fusedListsAreThoseOfTheReference() throws {
        struct Expected: Decodable { let predictions: [String: [Options.Found]] }
        try compare("fusion", fusion)
        let cases: [Case] = try fixture("fusion")
        for (test, expected) in zip(cases, try fixture("fusion", as: [Expected].self)) {
            try withTemporaryFolder { folder in
                _ = try fusion(test.options).evaluate(at: EvaluationMoment(outputFolder: folder))
                let (name, lines) = try #require(expected.predictions.first)
                let own = try String(contentsOfFile: folder + "/" + name, encoding: .utf8).split(separator: "\n")
                    .map { try JSONDecoder().decode(Options.Found.self, from: Data($0.utf8)) }
                #expect(own.map(\.query_id) == lines.map(\.query_id) && own.map(\.documents) == lines.map(\.documents))
            }
        }
    }
}
