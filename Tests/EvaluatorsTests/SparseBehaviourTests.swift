import Encoders
import Evaluators
import Retrieval
import Tensors
import Testing

@Suite struct SparseBehaviourTests {
    let table: TableModel.Table
    let model: TableModel

    init() throws {
        table = try fixture("sparse_table")
        model = TableModel(table, similarity: .dot, isSparse: true)
    }

    private func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    @Test func searchIsTheSameWithAndWithoutZeros() throws {
        let texts = (0..<48).map { "t\($0)" }
        let queries = try model.embeddings(of: texts, as: .query, options: EncodeOptions())
        let corpus = try model.embeddings(of: Array(repeating: texts, count: 60).flatMap { $0 }, as: .document, options: EncodeOptions())
        for function in SimilarityFunction.allCases {
            let sparse = try NearestNeighbours(of: queries, in: corpus, k: 7, function: ScoreFunction(function))
            let dense = try NearestNeighbours(of: queries.dense(), in: corpus.dense(), k: 7, similarity: function)
            #expect(zip(sparse.scores, dense.scores).allSatisfy { abs($0 - $1) < 1e-5 }, "\(function)")
            let matrix = try function.matrix(queries, corpus).floatArray()
            for query in 0..<48 {
                for hit in sparse.hits(of: query) { #expect(hit.score == matrix[query * corpus.rowCount + hit.corpusId]) }
            }
            // In pieces, and of equal scores the first one.
            let search = try TopKSearch(queries: queries, k: 7, function: ScoreFunction(function))
            for start in stride(from: 0, to: corpus.rowCount, by: 700) {
                try search.add(try corpus.rows(start ..< min(corpus.rowCount, start + 700)))
            }
            #expect(search.result().indices == sparse.indices && search.result().scores == sparse.scores, "\(function)")
        }
    }

    @Test func denseEvaluatorsTakeSparseModelsAndSparseOnesNoOthers() throws {
        let pairs = (["t1", "t2", "t3"], ["t4", "t5", "t6"])
        let dense = try BinaryClassificationEvaluator(sentences1: pairs.0, sentences2: pairs.1, labels: [1, 0, 1])
        let sparse = try SparseBinaryClassificationEvaluator(sentences1: pairs.0, sentences2: pairs.1, labels: [1, 0, 1])
        let (plain, counted) = (try dense.evaluate(model, at: EvaluationMoment()), try sparse.evaluate(model, at: EvaluationMoment()))
        #expect(Array(counted.dropLast(2)) == plain && counted.suffix(2).map(\.key) == ["active_dims", "sparsity_ratio"])
        #expect(message { _ = try sparse.evaluate(TableModel(table, similarity: .dot), at: EvaluationMoment()) }
            == "SparseBinaryClassificationEvaluator needs a SparseEncoder, this model is a SentenceTransformer")
        #expect(message { _ = try sparse.evaluate(FakeScorer([]), at: EvaluationMoment()) }.contains("needs a SparseEncoder"))
        #expect(message {
            _ = try SparseMSEEvaluator(sourceSentences: ["t1"], targetSentences: ["t1"], teacher: TableModel(table, similarity: .dot))
        }.contains("SparseMSEEvaluator: teacher_model is a model of dense embeddings"))
    }

    @Test func aScoreFunctionOfOnesOwnGetsSparseEmbeddings() throws {
        var options = InformationRetrievalEvaluator.Options()
        options.scoreFunctions = [ScoreFunction.ofEmbeddings(name: "mine") { a, b in
            guard case .sparse(let left) = a, case .sparse(let right) = b else { return Tensor([Float.nan], shape: [1, 1]) }
            return try SimilarityFunction.dot.matrix(left, right)
        }, ScoreFunction(.dot)]
        let corpus = (0..<20).map { ("d\($0)", "t\($0)") }
        let evaluator = try SparseInformationRetrievalEvaluator(queries: [("q", "t7")], corpus: corpus, relevant: ["q": ["d7"]], options: options)
        let metrics = try evaluator.evaluate(model, at: EvaluationMoment())
        func value(_ key: String) -> Double? { metrics.first { $0.key == key }?.value }
        #expect(value("mine_mrr@10") == value("dot_mrr@10") && value("mine_mrr@10") != nil)
    }

    @Test func dataThatDoNotFitAreRefusedBeforeAnythingRuns() {
        #expect(message { _ = try SparseInformationRetrievalEvaluator(queries: [("q", "a")], corpus: [], relevant: ["q": ["d"]]) }
            == "SparseInformationRetrievalEvaluator: corpus is empty")
        #expect(message { _ = try SparseEmbeddingSimilarityEvaluator(sentences1: ["a", "b"], sentences2: ["a"], scores: [1, 2]) }
            .contains("SparseEmbeddingSimilarityEvaluator: sentences1 has 2 entries, sentences2 has 1"))
        #expect(message { _ = try SparseEmbeddingSimilarityEvaluator(sentences1: ["a", "b"], sentences2: ["a", "b"], scores: [1, .nan]) }
            .contains("score 2 is nan"))
        #expect(message { _ = try SparseTripletEvaluator(anchors: ["a"], positives: [], negatives: ["b"]) }.contains("positives has 0"))
        #expect(message { _ = try SparseRerankingEvaluator(samples: []) }.contains("none of the 0 samples"))
        #expect(message { _ = try SparseTranslationEvaluator(sourceSentences: [], targetSentences: []) }.contains("source_sentences is empty"))
        let sample = ReciprocalRankFusionEvaluator.Sample(queryId: "a", query: "q", positive: ["d"], documents: ["d"])
        let other = ReciprocalRankFusionEvaluator.Sample(queryId: "b", query: "q", positive: ["d"], documents: ["d"])
        #expect(message { _ = try ReciprocalRankFusionEvaluator(dense: [sample], sparse: []) }.contains("must be as many"))
        #expect(message { _ = try ReciprocalRankFusionEvaluator(dense: [], sparse: []) }.contains("dense_samples is empty"))
        #expect(message { _ = try ReciprocalRankFusionEvaluator(dense: [sample], sparse: [other]) }.contains("'a' in dense_samples and 'b'"))
    }

    @Test func embeddingsThatAreNoNumbersAreRefused() throws {
        let broken = TableModel(TableModel.Table(plain: ["t1": [1, 0, 2], "broken": [0, .nan, 1]], unit: [:]), similarity: .dot, isSparse: true)
        let evaluator = try SparseTranslationEvaluator(sourceSentences: ["t1", "t1"], targetSentences: ["t1", "broken"])
        #expect(message { _ = try evaluator.evaluate(broken, at: EvaluationMoment()) }.contains("the embedding of text 2 of 2 holds nan"))
    }

    @Test func emptyEmbeddingsHaveNoActiveDimensions() throws {
        let empty = TableModel(TableModel.Table(plain: ["a": [0, 0, 0], "b": [0, 0, 0]], unit: [:]), similarity: .cosine, isSparse: true)
        let evaluator = try SparseInformationRetrievalEvaluator(queries: [("q", "a")], corpus: [("d", "b")], relevant: ["q": ["d"]])
        let metrics = try evaluator.evaluate(empty, at: EvaluationMoment())
        #expect(metrics.suffix(5).map(\.value) == [0, 1, 0, 1, 0])
    }
}
