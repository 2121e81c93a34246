import Encoders
import Evaluators
import Glibc
import TestSupport
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

    /// Two of three positives are missed; the found one is put first or last.
    @Test func positivesThatTheRetrievalMissedCountBehindWhatWasFound() throws {
        let sample = RerankingSample(query: "q", positive: ["a", "lost", "lost too"], documents: ["b", "a", "c"])
        var options = CrossEncoderRerankingEvaluator.Options()
        options.alwaysRerankPositives = false
        let evaluator = try CrossEncoderRerankingEvaluator(samples: [sample], options: options)
        func values(_ scores: [Float]) throws -> [Double] { try evaluator.evaluate(FakeScorer(scores), at: EvaluationMoment()).map(\.value) }
        let ideal = 1 + 1 / log2(3.0) + 1 / log2(4.0)
        func gain(_ ranks: [Double]) -> Double { ranks.reduce(0) { $0 + 1 / log2($1 + 1) } / ideal }
        // By hand: relevant at ranks 1, 4 and 5; in the order of the retrieval at 2, 4 and 5.
        let best = try values([0, 9, 0]), wanted = [(1 + 2 / 4.0 + 3 / 5.0) / 3, 1, gain([1, 4, 5]), (1 / 2.0 + 2 / 4.0 + 3 / 5.0) / 3, 1 / 2.0, gain([2, 4, 5])]
        #expect(zip(best, wanted).allSatisfy { abs($0 - $1) < 1e-12 }, "\(best)")
        // The reranker that keeps the order of the retrieval has its measures.
        let same = try values([3, 2, 1])
        #expect(Array(same[0..<3]) == Array(same[3..<6]))
        // Nothing relevant was found at all.
        let none = try CrossEncoderRerankingEvaluator(samples: [RerankingSample(query: "q", positive: ["lost"], documents: ["b", "c"])], options: options)
        #expect(try none.evaluate(FakeScorer([]), at: EvaluationMoment()).map(\.value) == [0, 0, 0, 0, 0, 0])
    }

    @Test func aSequenceWithinASequenceHasItsOwnScore() throws {
        func correlation(_ name: String, _ scores: [Double]) throws -> CrossEncoderCorrelationEvaluator {
            var options = PairEvaluatorOptions()
            options.name = name
            return try CrossEncoderCorrelationEvaluator(pairs: ["a", "b", "c"].map { TextPair($0, $0) }, scores: scores, options: options)
        }
        let inner = try SequentialEvaluator([try correlation("up", [1, 2, 3])])
        let outer = try SequentialEvaluator([inner, try correlation("down", [3, 2, 1])])
        let metrics = try outer.evaluate(FakeScorer([1, 2, 3]), at: EvaluationMoment())
        #expect(abs(try outer.primaryValue(in: metrics) + 1) < 1e-12)
        #expect(metrics.filter { $0.key == "sequential_score" }.count == 1)
        #expect(metrics.map(\.key) == outer.metricKeys)
        #expect(outer.sharedKeys.isEmpty)
        let same = try SequentialEvaluator([try correlation("dev", [1, 2, 3]), try correlation("dev", [3, 2, 1])])
        #expect(same.sharedKeys == ["dev_pearson", "dev_spearman"])
        var lines: [String] = []
        _ = try same.evaluate(FakeScorer([1, 2, 3]), at: EvaluationMoment(log: { lines.append($0) }))
        #expect(lines.first == "several evaluators write 'dev_pearson', and the last value stands; give each a name of its own")
    }

    @Test func anyNameMakesAFileOfTheFolder() throws {
        let folder = TemporaryFolder()
        var options = PairEvaluatorOptions()
        options.name = "../../sts\n/dev"
        let evaluator = try CrossEncoderCorrelationEvaluator(pairs: [TextPair("a", "b"), TextPair("c", "d")], scores: [0, 1], options: options)
        _ = try evaluator.evaluate(FakeScorer([1, 2]), at: EvaluationMoment(outputFolder: folder.path))
        #expect(folder.entries == ["CrossEncoderCorrelationEvaluator_.._.._sts__dev_results.csv"])
    }
}
