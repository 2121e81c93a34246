import Encoders
import Evaluators
import Testing

@Suite struct EvaluatorBehaviourTests {
    @Test func allPairsOfAllQueriesAreScoredInOneCall() throws {
        let samples = (0..<3).map { RerankingSample(query: "q\($0)", positive: ["p"], negative: ["n1", "n2"]) }
        let model = FakeScorer([Float](repeating: 0, count: 9))
        _ = try CrossEncoderRerankingEvaluator(samples: samples).evaluate(model, at: EvaluationMoment())
        #expect(model.calls.map(\.count) == [9])
        #expect(model.calls[0][3] == TextPair("q1", "p"))
    }

    @Test func theClassificationKeysFollowTheModel() throws {
        let evaluator = try CrossEncoderClassificationEvaluator(pairs: [TextPair("a", "b")], labels: [1])
        #expect(evaluator.primaryMetric == "average_precision")
        evaluator.prepare(for: FakeScorer([], numLabels: 2))
        #expect(evaluator.primaryMetric == "f1_macro")
        #expect(evaluator.metricKeys == ["f1_macro", "f1_micro", "f1_weighted"])
    }

    @Test func equalScoresRankTheLaterDocumentFirst() {
        #expect(Ranking([1, 3, 1, 3]).order == [3, 1, 2, 0])
        #expect(reciprocalRank(relevance: [true, false, false], ranking: Ranking([0, 0, 0]), k: 10) == 1.0 / 3)
    }

    @Test func theSummaryShowsTheOrderBeforeAndAfter() throws {
        let sample = RerankingSample(query: "q", positive: ["a"], documents: ["b", "a"])
        var lines: [String] = []
        let moment = EvaluationMoment(log: { lines.append($0) })
        _ = try CrossEncoderRerankingEvaluator(samples: [sample]).evaluate(FakeScorer([2, 1]), at: moment)
        #expect(lines == [
            "Reranking: 1 query; positives each 1 to 1, mean 1.0; negatives each 1 to 1, mean 1.0",
            "  MAP:      50.00 -> 100.00", "  MRR@10:   50.00 -> 100.00", "  NDCG@10:  63.09 -> 100.00",
        ])
    }
}
