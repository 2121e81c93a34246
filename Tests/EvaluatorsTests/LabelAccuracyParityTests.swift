import Encoders
import Evaluators
import SentenceTransformerLosses
import Tensors
import Testing

/// The classifier of a softmax loss is right as often as in the reference.
@Suite struct LabelAccuracyParityTests {
    private struct Case: Decodable { let options: Options }

    private struct Options: Decodable {
        let name: String, sentences1: [String], sentences2: [String], labels: [Int], num_labels: Int, batch_size: Int
        let concatenation_sent_rep: Bool, concatenation_sent_difference: Bool, concatenation_sent_multiplication: Bool
        let weight: [Float], bias: [Float]
    }

    /// What the loss is made with; embeddings come from the evaluator's model.
    private final class Width: SentenceEmbedder {
        let embeddingDimension = 6
        func embeddings(_ input: TextInput) throws -> Tensor { throw ModelError("only the width of embeddings is known") }
    }

    @Test func labelAccuracyIsThatOfTheReference() throws {
        let table: TableModel.Table = try fixture("table")
        let cases: [Case] = try fixture("label_accuracy"), results: [ReferenceResult] = try fixture("label_accuracy")
        let differences = try zip(cases, results).enumerated().map { number, pair in
            let test = pair.0.options
            let loss = try SoftmaxLoss(
                model: Width(), labelCount: test.num_labels, concatenatesEmbeddings: test.concatenation_sent_rep,
                concatenatesDifference: test.concatenation_sent_difference, concatenatesProduct: test.concatenation_sent_multiplication)
            try GradientTape.noGrad {
                for (parameter, values) in zip(loss.parameters, [test.weight, test.bias]) {
                    try parameter.tensor.copyInPlace(Tensor(values, shape: parameter.tensor.shape))
                }
            }
            var options = LabelAccuracyEvaluator.Options(batchSize: test.batch_size)
            options.name = test.name
            let evaluator = try LabelAccuracyEvaluator(columns: [test.sentences1, test.sentences2], labels: test.labels, options: options) {
                try loss.output($0[0], $0[1])
            }
            return try expectSame(evaluator, TableModel(table, similarity: .cosine), as: pair.1, case: number)
        }
        #expect(differences.count >= 20)
        printParity("LabelAccuracyEvaluator", differences)
    }
}
