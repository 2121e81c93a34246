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

    @Test func scoresThatDifferByRoundingAreEqual() {
        // Cosines of texts with themselves.
        let scores: [Float] = [0.999_999_94, 1, 1.000_000_1, 0.4, 0.999_999_8]
        #expect(Ranking(scores).order == [4, 2, 1, 0, 3] && Ranking(scores, earlierFirst: true).order == [0, 1, 2, 4, 3])
        var ties: [Range<Int>] = []
        Ranking(scores).forEachTie { ties.append($0) }
        #expect(ties == [0..<4, 4..<5])
        #expect(averagePrecision(relevance: [false, true, false, true, false], ranking: Ranking(scores)) == (0.25 + 0.4) / 2)
        let best = BestAccuracy(labels: [true, true, true, false, true], ranking: Ranking(scores))
        #expect(best.accuracy == 1 && best.threshold > 0.4 && best.threshold < 0.999_999)
        // Small scores are told apart.
        #expect(Ranking([1e-7, 3e-7, 2e-7]).order == [1, 2, 0])
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
