import Encoders
import Evaluators
import Foundation
import Testing

/// The same scores give the same metrics as in the reference, ties and degenerate cases included.
@Suite struct ParityTests {
    struct RerankingCase: Decodable {
        struct Sample: Decodable {
            let query: String
            let positive: [String]
            let negative: [String]?
            let documents: [String]?

            var sample: RerankingSample {
                if let documents { return RerankingSample(query: query, positive: positive, documents: documents) }
                return RerankingSample(query: query, positive: positive, negative: negative ?? [])
            }

            var missesPositives: Bool { documents.map { !Set(positive).isSubset(of: $0) } ?? false }
        }
        let samples: [Sample]
        let scores: [Float]
        let atK: Int
        let alwaysRerankPositives: Bool
        let name: String
    }

    @Test func rerankingMetricsAreThoseOfTheReference() throws {
        let cases: [RerankingCase] = try fixture("reranking")
        let results: [ReferenceResult] = try fixture("reranking")
        var differences: [Double] = []
        for (number, (test, expected)) in zip(cases, results).enumerated() {
            var options = CrossEncoderRerankingEvaluator.Options()
            options.atK = test.atK
            options.alwaysRerankPositives = test.alwaysRerankPositives
            options.name = test.name
            let evaluator = try CrossEncoderRerankingEvaluator(samples: test.samples.map(\.sample), options: options)
            if !test.alwaysRerankPositives, test.samples.contains(where: \.missesPositives) {
                // The reference leaves missed positives out of MAP and nDCG of the reranked list, which can then be 1. The rank of the first positive
                // and the measures of the first order, which begin in the middle, are the same in both.
                let values = try evaluator.evaluate(FakeScorer(test.scores), at: EvaluationMoment()).map(\.value)
                for (place, (value, theirs)) in zip(values, expected.values).enumerated() {
                    let reference = try #require(theirs)
                    #expect(place == 0 || place == 2 ? value < 1 : isClose(value, reference), "case \(number), value \(place)")
                }
                continue
            }
            differences.append(try expectSame(evaluator, FakeScorer(test.scores), as: expected, case: number))
        }
        #expect(differences.count > 40)
        printParity("CrossEncoderRerankingEvaluator", differences)
    }

    struct ClassificationCase: Decodable {
        let labels: [Int]
        let scores: [Float]
        let numLabels: Int
        let name: String
    }

    @Test func classificationMetricsAreThoseOfTheReference() throws {
        let cases: [ClassificationCase] = try fixture("classification")
        let results: [ReferenceResult] = try fixture("classification")
        var differences: [Double] = []
        for (number, (test, expected)) in zip(cases, results).enumerated() {
            var options = CrossEncoderClassificationEvaluator.Options()
            options.name = test.name
            let pairs = [TextPair](repeating: TextPair("a", "b"), count: test.labels.count)
            let evaluator = try CrossEncoderClassificationEvaluator(pairs: pairs, labels: test.labels, options: options)
            differences.append(try expectSame(evaluator, FakeScorer(test.scores, numLabels: test.numLabels), as: expected, case: number))
        }
        printParity("CrossEncoderClassificationEvaluator", differences)
    }

    struct CorrelationCase: Decodable {
        let gold: [Double]
        let scores: [Float]
        let name: String
    }

    @Test func correlationMetricsAreThoseOfTheReference() throws {
        let cases: [CorrelationCase] = try fixture("correlation")
        let results: [ReferenceResult] = try fixture("correlation")
        var differences: [Double] = []
        for (number, (test, expected)) in zip(cases, results).enumerated() {
            var options = CrossEncoderCorrelationEvaluator.Options()
            options.name = test.name
            let pairs = [TextPair](repeating: TextPair("a", "b"), count: test.gold.count)
            let evaluator = try CrossEncoderCorrelationEvaluator(pairs: pairs, scores: test.gold, options: options)
            differences.append(try expectSame(evaluator, FakeScorer(test.scores), as: expected, case: number))
        }
        printParity("CrossEncoderCorrelationEvaluator", differences)
    }

    struct SequentialCase: Decodable {
        let function: String
        let keys: [String]
        let values: [Double]
        let primary: String
    }

    @Test func sequentialMetricsAreThoseOfTheReference() throws {
        let cases = try fixture("sequential", as: [SequentialCase].self)
        let differences = try cases.map { test in
            let pairs = [TextPair](repeating: TextPair("a", "b"), count: 3)
            var first = CrossEncoderCorrelationEvaluator.Options()
            first.name = "sts"
            var second = CrossEncoderClassificationEvaluator.Options()
            second.name = "cls"
            let parts: [any Evaluator] = [
                try CrossEncoderCorrelationEvaluator(pairs: pairs, scores: [1, 0.2, 0.1], options: first),
                try CrossEncoderClassificationEvaluator(pairs: pairs, labels: [1, 0, 1], options: second),
            ]
            let evaluator = test.function == "last"
                ? try SequentialEvaluator(parts)
                : try SequentialEvaluator(parts) { $0.reduce(0, +) / Double($0.count) }
            let metrics = try evaluator.evaluate(FakeScorer([0.9, 0.1, 0.4]), at: EvaluationMoment())
            #expect(metrics.map(\.key) == test.keys)
            #expect(evaluator.metricKeys == test.keys)
            #expect(evaluator.primaryMetric == test.primary)
            for (metric, value) in zip(metrics, test.values) { #expect(isClose(metric.value, value), "\(metric.key)") }
            return zip(metrics, test.values).reduce(0) { max($0, difference($1.0.value, $1.1)) }
        }
        printParity("SequentialEvaluator", differences)
    }
}
