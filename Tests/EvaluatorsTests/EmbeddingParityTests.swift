import Encoders
import Evaluators
import Foundation
import Retrieval
import Testing

/// A fixture case: options as the reference takes them, and the similarity function of the model.
private struct EmbeddingCase<Options: Decodable>: Decodable {
    let similarity: String
    let options: Options
}

/// The same embeddings give the same metrics and files as in the reference: named and not, with several score functions,
/// equal scores, queries without hits, cut and quantized embeddings.
@Suite struct EmbeddingParityTests {
    let table: TableModel.Table

    init() throws { table = try fixture("table") }

    /// Compares one evaluator for each case of a fixture.
    private func compare<Options: Decodable>(_ name: String, _ type: Options.Type, _ make: (Options) throws -> any Evaluator) throws {
        let cases: [EmbeddingCase<Options>] = try fixture(name)
        let results: [ReferenceResult] = try fixture(name)
        let differences = try zip(cases, results).enumerated().map { number, pair in
            let model = TableModel(table, similarity: try #require(SimilarityFunction(rawValue: pair.0.similarity)))
            return try expectSame(try make(pair.0.options), model, as: pair.1, case: number)
        }
        if let test = cases.first { printParity("\(Swift.type(of: try make(test.options)))", differences) }
    }

    private func shared(_ options: any SharedOptions, batchSize: Int = 16) -> EmbeddingEvaluatorOptions {
        var shared = EmbeddingEvaluatorOptions(batchSize: batchSize)
        shared.name = options.name
        shared.truncateDim = options.truncate_dim
        return shared
    }

    private protocol SharedOptions {
        var name: String { get }
        var truncate_dim: Int? { get }
    }

    private struct Retrieval: Decodable, SharedOptions {
        let name: String, truncate_dim: Int?, queries: [String: String], corpus: [String: String], corpus_chunk_size: Int
        let mrr_at_k: [Int], ndcg_at_k: [Int], accuracy_at_k: [Int], precision_recall_at_k: [Int], map_at_k: [Int], write_predictions: Bool
        let relevant_docs: [String: [String]], score_functions: [String], main_score_function: String?
        let query_prompt: String?, query_prompt_name: String?, corpus_prompt: String?, corpus_prompt_name: String?
    }

    private func retrievalEvaluator(_ test: Retrieval) throws -> InformationRetrievalEvaluator {
        var options = InformationRetrievalEvaluator.Options()
        options.shared = shared(test)
        options.corpusChunkSize = test.corpus_chunk_size
        options.cutoffs.mrr = test.mrr_at_k
        options.cutoffs.ndcg = test.ndcg_at_k
        options.cutoffs.accuracy = test.accuracy_at_k
        options.cutoffs.precisionRecall = test.precision_recall_at_k
        options.cutoffs.map = test.map_at_k
        options.writesPredictions = test.write_predictions
        options.scoreFunctions = try test.score_functions.map { ScoreFunction(try #require(SimilarityFunction(rawValue: $0))) }
        options.mainScoreFunction = test.main_score_function
        options.queryPrompt = EmbeddingPrompt(text: test.query_prompt, name: test.query_prompt_name)
        options.corpusPrompt = EmbeddingPrompt(text: test.corpus_prompt, name: test.corpus_prompt_name)
        return try InformationRetrievalEvaluator(
            queries: test.queries.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, corpus: test.corpus.map { ($0.key, $0.value) },
            relevant: test.relevant_docs.mapValues { Set($0) }, options: options)
    }

    @Test func retrievalIsThatOfTheReference() throws { try compare("retrieval", Retrieval.self, retrievalEvaluator) }

    private struct Prediction: Decodable {
        struct Hit: Decodable { let corpus_id: String, score: Double }
        let query_id: String, query: String, results: [Hit]
    }

    @Test func predictionsAreThoseOfTheReference() throws {
        struct Expected: Decodable { let predictions: [String: [Prediction]]? }
        let cases: [EmbeddingCase<Retrieval>] = try fixture("retrieval")
        let expected: [Expected] = try fixture("retrieval")
        for (test, expected) in zip(cases, expected) {
            guard let files = expected.predictions else { continue }
            try withTemporaryFolder { folder in
                let model = TableModel(table, similarity: try #require(SimilarityFunction(rawValue: test.similarity)))
                _ = try retrievalEvaluator(test.options).evaluate(model, at: EvaluationMoment(outputFolder: folder))
                for (name, lines) in files {
                    let text = try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
                    let own = try text.split(separator: "\n").map { try JSONDecoder().decode(Prediction.self, from: Data($0.utf8)) }
                    #expect(own.map(\.query_id) == lines.map(\.query_id))
                    #expect(own.map(\.query) == lines.map(\.query))
                    for (a, b) in zip(own, lines) {
                        #expect(a.results.map(\.corpus_id) == b.results.map(\.corpus_id))
                        #expect(zip(a.results, b.results).allSatisfy { abs($0.score - $1.score) < 1e-5 })
                    }
                }
            }
        }
    }

    private func functions(_ names: [String]) throws -> [SimilarityFunction] {
        try names.map { try #require(SimilarityFunction(rawValue: $0)) }
    }

    private struct Pairs: Decodable, SharedOptions {
        let name: String, truncate_dim: Int?, sentences1: [String], sentences2: [String], scores: [Double]?, labels: [Int]?
        let similarity_fn_names: [String], main_similarity: String?, precision: String?
    }

    @Test func similarityIsThatOfTheReference() throws {
        try compare("similarity", Pairs.self) { test in
            var options = EmbeddingSimilarityEvaluator.Options()
            options.shared = shared(test)
            options.similarityFunctions = try functions(test.similarity_fn_names)
            options.mainSimilarity = test.main_similarity.flatMap { SimilarityFunction(rawValue: $0) }
            options.precision = test.precision.flatMap { EmbeddingPrecision(rawValue: $0) }
            return try EmbeddingSimilarityEvaluator(sentences1: test.sentences1, sentences2: test.sentences2, scores: test.scores ?? [],
                options: options)
        }
    }

    @Test func binaryClassificationIsThatOfTheReference() throws {
        try compare("binary", Pairs.self) { test in
            var options = BinaryClassificationEvaluator.Options()
            options.shared = shared(test)
            options.similarityFunctions = try functions(test.similarity_fn_names)
            return try BinaryClassificationEvaluator(sentences1: test.sentences1, sentences2: test.sentences2, labels: test.labels ?? [],
                options: options)
        }
    }

    private struct Triplets: Decodable, SharedOptions {
        let name: String, truncate_dim: Int?, anchors: [String], positives: [String], negatives: [String]
        let similarity_fn_names: [String], main_similarity_function: String?, margins: [String: Double]
    }

    @Test func tripletsAreThoseOfTheReference() throws {
        try compare("triplet", Triplets.self) { test in
            var options = TripletEvaluator.Options()
            options.shared = shared(test)
            options.similarityFunctions = try functions(test.similarity_fn_names)
            options.mainSimilarity = test.main_similarity_function.flatMap { SimilarityFunction(rawValue: $0) }
            for (name, margin) in test.margins { options.margins[try functions([name])[0]] = margin }
            return try TripletEvaluator(anchors: test.anchors, positives: test.positives, negatives: test.negatives, options: options)
        }
    }

    private struct Reranking: Decodable, SharedOptions {
        struct Sample: Decodable { let query: String, positive: [String], negative: [String] }
        let name: String, truncate_dim: Int?, samples: [Sample], at_k: Int, use_batched_encoding: Bool, similarity_fct: String
    }

    @Test func rerankingIsThatOfTheReference() throws {
        try compare("embedding_reranking", Reranking.self) { test in
            var options = RerankingEvaluator.Options()
            options.shared = shared(test)
            options.atK = test.at_k
            options.usesBatchedEncoding = test.use_batched_encoding
            options.function = ScoreFunction(try functions([test.similarity_fct])[0])
            return try RerankingEvaluator(samples: test.samples.map { RerankingSample(query: $0.query, positive: $0.positive,
                negative: $0.negative) },
                                          options: options)
        }
    }

    private struct Paraphrases: Decodable, SharedOptions {
        let name: String, truncate_dim: Int?, sentences_map: [String: String], duplicates_list: [[String]], add_transitive_closure: Bool
        let max_pairs: Int, top_k: Int, query_chunk_size: Int
    }

    @Test func paraphraseMiningIsThatOfTheReference() throws {
        try compare("paraphrase", Paraphrases.self) { test in
            var options = ParaphraseMiningEvaluator.Options()
            options.shared = shared(test)
            options.addsTransitiveClosure = test.add_transitive_closure
            options.mining.maxPairs = test.max_pairs
            options.mining.topK = test.top_k
            options.mining.queryChunkSize = test.query_chunk_size
            return try ParaphraseMiningEvaluator(sentences: test.sentences_map.sorted { $0.key < $1.key }.map { ($0.key, $0.value) },
                                                 duplicates: test.duplicates_list.map { ($0[0], $0[1]) }, options: options)
        }
    }

    private struct Translations: Decodable, SharedOptions {
        let name: String, truncate_dim: Int?, source_sentences: [String], target_sentences: [String]
    }

    @Test func translationIsThatOfTheReference() throws {
        try compare("translation", Translations.self) { test in
            var options = TranslationEvaluator.Options()
            options.shared = shared(test)
            return try TranslationEvaluator(sourceSentences: test.source_sentences, targetSentences: test.target_sentences, options: options)
        }
    }

    @Test func theSquaredErrorIsThatOfTheReference() throws {
        try compare("mse", Translations.self) { test in
            try MSEEvaluator(sourceSentences: test.source_sentences, targetSentences: test.target_sentences,
                             teacher: TableModel(table, similarity: .cosine), options: shared(test))
        }
    }
}
