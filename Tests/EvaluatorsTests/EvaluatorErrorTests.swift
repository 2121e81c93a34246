import Encoders
import Evaluators
import Testing

/// Data and models that do not fit are refused with a message that says which and what to do.
@Suite struct EvaluatorErrorTests {
    let pairs = [TextPair("a", "b"), TextPair("c", "d")]

    func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    @Test(arguments: [Float.nan, .infinity])
    func aScoreThatIsNotFiniteIsAnError(score: Float) throws {
        let evaluator = try CrossEncoderCorrelationEvaluator(pairs: pairs, scores: [0, 1])
        let text = message { _ = try evaluator.evaluate(FakeScorer([0.5, score]), at: EvaluationMoment()) }
        #expect(text.contains("pair 2 of 2 is \(score)"))
    }

    @Test func aModelThatDoesNotScorePairsIsRefused() throws {
        let evaluator = try CrossEncoderClassificationEvaluator(pairs: pairs, labels: [0, 1])
        let text = message { _ = try evaluator.evaluate(FakeEmbedder(), at: EvaluationMoment()) }
        #expect(text == "CrossEncoderClassificationEvaluator needs a CrossEncoder, this model is a SentenceTransformer")
    }

    @Test func aModelWithSeveralScoresCannotRerank() throws {
        let evaluator = try CrossEncoderRerankingEvaluator(samples: [RerankingSample(query: "q", positive: ["a"], negative: ["b"])])
        let text = message { _ = try evaluator.evaluate(FakeScorer([1, 2, 3, 4], numLabels: 2), at: EvaluationMoment()) }
        #expect(text.contains("num_labels = 1, this one has 2"))
    }

    @Test func samplesThatCannotBeOrderedAreRefusedBeforeAnythingRuns() {
        #expect(message { _ = try CrossEncoderRerankingEvaluator(samples: []) }.contains("samples is empty"))
        let single = RerankingSample(query: "q", positive: ["a"], negative: [])
        #expect(message { _ = try CrossEncoderRerankingEvaluator(samples: [single]) }.contains("sample 1 has a single document"))
        let empty = RerankingSample(query: "q", positive: ["a"], documents: [])
        #expect(message { _ = try CrossEncoderRerankingEvaluator(samples: [empty]) }.contains("sample 1 has an empty list"))
    }

    @Test func labelsThatDoNotFitAreRefused() throws {
        #expect(message { _ = try CrossEncoderClassificationEvaluator(pairs: pairs, labels: [1]) }.contains("2 entries, labels has 1"))
        #expect(message { _ = try CrossEncoderClassificationEvaluator(pairs: pairs, labels: [0, -1]) }.contains("label 2 is -1"))
        let evaluator = try CrossEncoderClassificationEvaluator(pairs: pairs, labels: [0, 2])
        let text = message { _ = try evaluator.evaluate(FakeScorer([0, 1]), at: EvaluationMoment()) }
        #expect(text.contains("label 2 is 2, but a model with num_labels = 1 knows classes 0 to 1"))
    }

    @Test func goldScoresWithoutACorrelationAreRefused() {
        #expect(message { _ = try CrossEncoderCorrelationEvaluator(pairs: pairs, scores: [0.5, 0.5]) }.contains("scores that differ"))
        #expect(message { _ = try CrossEncoderCorrelationEvaluator(pairs: pairs, scores: [0.5, .nan]) }.contains("score 2 is nan"))
        #expect(message { _ = try CrossEncoderCorrelationEvaluator(pairs: [pairs[0]], scores: [0.5]) }.contains("at least 2 pairs"))
        #expect(message { _ = try SequentialEvaluator([]) }.contains("empty"))
    }

    @Test func aFolderThatCannotBeWrittenIsAnError() throws {
        let evaluator = try CrossEncoderCorrelationEvaluator(pairs: pairs, scores: [0, 1])
        let text = message { _ = try evaluator.evaluate(FakeScorer([0, 1]), at: EvaluationMoment(outputFolder: "/dev/null/x")) }
        #expect(text.contains("cannot create folder /dev/null/x"))
    }
}
