import Encoders
import Evaluators
import Retrieval
import Tensors
import Testing

@Suite struct EmbeddingBehaviourTests {
    let table: TableModel.Table

    init() throws { table = try fixture("table") }

    func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    @Test func keysFollowTheSimilarityOfTheModel() throws {
        let similarity = try EmbeddingSimilarityEvaluator(sentences1: ["t1", "t2"], sentences2: ["t4", "t5"], scores: [0, 1])
        let search = try InformationRetrievalEvaluator(queries: [("q", "t1")], corpus: [("d", "t2")], relevant: ["q": ["d"]])
        #expect(similarity.primaryMetric == "spearman_cosine" && search.primaryMetric == "cosine_ndcg@10")
        for evaluator in [similarity, search] as [any Evaluator] { evaluator.prepare(for: TableModel(table, similarity: .dot)) }
        #expect(similarity.metricKeys == ["pearson_dot", "spearman_dot"] && search.primaryMetric == "dot_ndcg@10")
    }

    @Test func queriesAndDocumentsAreEmbeddedAsSuchAndPairsOnce() throws {
        let model = TableModel(table, similarity: .cosine)
        _ = try TripletEvaluator(anchors: ["t1"], positives: ["t2"], negatives: ["t4"]).evaluate(model, at: EvaluationMoment())
        #expect(model.calls.map(\.role) == [.query, .document, .document])
        let pairs = TableModel(table, similarity: .cosine)
        _ = try BinaryClassificationEvaluator(sentences1: ["t1", "t1"], sentences2: ["t2", "t1"], labels: [1, 0]).evaluate(pairs,
            at: EvaluationMoment())
        #expect(pairs.calls.map(\.texts) == [["t1", "t2"]] && pairs.calls[0].role == .any)
    }

    @Test func theCorpusIsEmbeddedInPiecesAndProgressCountsAllTexts() throws {
        var options = InformationRetrievalEvaluator.Options()
        options.corpusChunkSize = 2
        let corpus = (0..<5).map { ("d\($0)", "t\($0)") }
        let evaluator = try InformationRetrievalEvaluator(queries: [("q", "t1")], corpus: corpus, relevant: ["q": ["d1"]], options: options)
        let model = TableModel(table, similarity: .cosine)
        var progress: [(Int, Int)] = []
        _ = try evaluator.evaluate(model, at: EvaluationMoment(onBatch: { progress.append(($0, $1)) }))
        #expect(model.calls.map(\.texts.count) == [1, 2, 2, 1])
        #expect(progress.allSatisfy { $0.1 == 6 } && progress.map(\.0) == progress.map(\.0).sorted())
    }

    @Test func anInterruptionEndsTheEvaluation() throws {
        struct Stop: Error {}
        let evaluator = try TranslationEvaluator(sourceSentences: ["t1"], targetSentences: ["t2"])
        #expect(throws: Stop.self) {
            try evaluator.evaluate(TableModel(table, similarity: .cosine), at: EvaluationMoment(onBatch: { _, _ in throw Stop() }))
        }
    }

    @Test func modelsWithoutEmbeddingsAndEmbeddingsWithoutNumbersAreRefused() throws {
        let evaluator = try TranslationEvaluator(sourceSentences: ["t1"], targetSentences: ["broken"])
        #expect(message { _ = try evaluator.evaluate(FakeScorer([]), at: EvaluationMoment()) }
            == "TranslationEvaluator needs a SentenceTransformer, this model is a CrossEncoder")
        let broken = TableModel(TableModel.Table(plain: ["t1": [1, 2], "broken": [.nan, 1]], unit: [:]), similarity: .cosine)
        #expect(message { _ = try evaluator.evaluate(broken, at: EvaluationMoment()) }.contains("the embedding of text 1 of 1 holds nan"))
    }

    @Test func aClassifierIsMeasuredByItsGreatestScores() throws {
        let labels = [0, 1, 1]
        let evaluator = try LabelAccuracyEvaluator(columns: [["t1", "t2", "t4"]], labels: labels) { _ in
            Tensor([2, 1, 0, 3, 1, 1] as [Float], shape: [3, 2])
        }
        try withTemporaryFolder { folder in
            let metrics = try evaluator.evaluate(TableModel(table, similarity: .cosine), at: EvaluationMoment(outputFolder: folder))
            #expect(metrics == [Metric("accuracy", 2.0 / 3)])
            #expect(try String(contentsOfFile: folder + "/accuracy_evaluation_results.csv", encoding: .utf8)
                == "epoch,steps,accuracy\r\n-1,-1,0.6666666666666666\r\n")
        }
        let narrow = try LabelAccuracyEvaluator(columns: [["t1"]], labels: [3]) { _ in Tensor([1, 2] as [Float], shape: [1, 2]) }
        #expect(message { _ = try narrow.evaluate(TableModel(table, similarity: .cosine), at: EvaluationMoment()) }.contains("knows classes 0 to 1"))
    }

    @Test func dataThatDoNotFitAreRefusedBeforeAnythingRuns() {
        #expect(message { _ = try InformationRetrievalEvaluator(queries: [("q", "a")], corpus: [],
            relevant: ["q": ["d"]]) }.contains("corpus is empty"))
        #expect(message { _ = try InformationRetrievalEvaluator(queries: [("q", "a")], corpus: [("d", "a"), ("d", "b")], relevant: ["q": ["d"]]) }
            .contains("corpus names the id 'd' twice"))
        var options = InformationRetrievalEvaluator.Options()
        options.scoreFunctions = [ScoreFunction(.dot)]
        options.mainScoreFunction = "cosine"
        #expect(message { _ = try InformationRetrievalEvaluator(queries: [("q", "a")], corpus: [("d", "a")], relevant: ["q": ["d"]],
            options: options) }
            .contains("main_score_function 'cosine' is not among score_functions (dot)"))
        #expect(message { _ = try EmbeddingSimilarityEvaluator(sentences1: ["a", "b"], sentences2: ["a", "b"],
            scores: [1, 1]) }.contains("scores that differ"))
        #expect(message { _ = try RerankingEvaluator(samples: [RerankingSample(query: "q", positive: [], negative: ["a"])]) }
            .contains("none of the 1 samples has both"))
        #expect(message { _ = try ParaphraseMiningEvaluator(sentences: [("a", "x")], duplicates: []) }.contains("at least 2"))
    }
}
