import Datasets
import Encoders
import CrossEncoderLosses
import Losses
import Tensors
import Testing

/// The message with which `body` fails.
private func message(_ body: () throws -> some Any) -> String {
    do {
        _ = try body()
        return "no error"
    } catch {
        return "\(error)"
    }
}

private func texts(_ values: [String]) -> [DatasetValue] { values.map(DatasetValue.string) }

private let one = TableScorer(numLabels: 1)
private let three = TableScorer(numLabels: 3)

@Test func losses_of_one_logit_reject_a_model_with_more_outputs() {
    let makers: [(String, () throws -> any Loss)] = [
        ("BinaryCrossEntropyLoss", { try BinaryCrossEntropyLoss(model: three) }),
        ("MSELoss", { try MSELoss(model: three) }),
        ("MarginMSELoss", { try MarginMSELoss(model: three) }),
        ("MultipleNegativesRankingLoss", { try MultipleNegativesRankingLoss(model: three) }),
        ("CachedMultipleNegativesRankingLoss", { try CachedMultipleNegativesRankingLoss(model: three) }),
        ("LambdaLoss", { try LambdaLoss(model: three) }),
        ("RankNetLoss", { try RankNetLoss(model: three) }),
        ("ListNetLoss", { try ListNetLoss(model: three) }),
        ("ListMLELoss", { try ListMLELoss(model: three) }),
        ("PListMLELoss", { try PListMLELoss(model: three) }),
        ("ADRMSELoss", { try ADRMSELoss(model: three) }),
    ]
    for (name, make) in makers {
        #expect(message(make) == "\(name) expects a model with 1 output label, this one has 3; create it with num_labels = 1")
    }
}

@Test func a_number_for_a_list_of_labels_is_an_error_that_names_the_row() throws {
    let batch = LossBatch(inputs: [texts(["q"]), [.list(texts(["a", "b"]))]], labels: [.integer(1)])
    #expect(message { try LambdaLoss(model: one).value(of: batch) } == "LambdaLoss: the label in row 1 of the batch is a number, a list of numbers is wanted")
}

@Test func a_text_for_a_list_of_documents_is_an_error_that_names_column_and_row() throws {
    let batch = LossBatch(inputs: [texts(["q"]), texts(["a"])], labels: [.list([.integer(1)])])
    #expect(message { try ListNetLoss(model: one).value(of: batch) }.hasPrefix("""
        ListNetLoss: input column 2 of row 1 of the batch holds a text, a list of documents is wanted
        """))
}

@Test func a_wrong_number_of_labels_in_a_list_is_an_error() throws {
    let batch = LossBatch(inputs: [texts(["q"]), [.list(texts(["a", "b"]))]], labels: [.list([.integer(1)])])
    #expect(message { try ADRMSELoss(model: one).value(of: batch) } == """
        ADRMSELoss: row 1 of the batch has 2 documents and 1 labels; one label for each document is wanted
        """)
}

@Test func a_batch_without_any_document_is_an_error() throws {
    let batch = LossBatch(inputs: [texts(["q"]), [.list([])]], labels: [.list([])])
    for loss in [try LambdaLoss(model: one), try ListMLELoss(model: one), try ADRMSELoss(model: one)] as [any Loss] {
        #expect(message { try loss.value(of: batch) } == "\(loss.name): no row of the batch has any document")
    }
}

@Test func list_net_rejects_an_empty_list_since_it_has_no_distribution() throws {
    let loss = try ListNetLoss(model: one)
    #expect(message { try loss.compute(logits: Tensor([Float(1)]), labels: [[1], []]) }.hasPrefix("ListNetLoss: row 2 of the batch has no documents"))
}

@Test func pointwise_losses_want_two_columns_and_a_label() throws {
    let three = LossBatch(inputs: [texts(["q"]), texts(["a"]), texts(["b"])], labels: [.integer(1)])
    #expect(message { try BinaryCrossEntropyLoss(model: one).value(of: three) }
        == "BinaryCrossEntropyLoss expects two input columns beside the label, the batch has 3; choose two with select_columns")
    let unlabelled = LossBatch(inputs: [texts(["q"]), texts(["a"])], labels: nil)
    #expect(message { try MSELoss(model: one).value(of: unlabelled) }
        == "MSELoss needs a label column (label, labels, score or scores), the dataset has none")
    let words = LossBatch(inputs: [texts(["q"]), texts(["a"])], labels: texts(["yes"]))
    #expect(message { try BinaryCrossEntropyLoss(model: one).value(of: words) }
        == "BinaryCrossEntropyLoss: the label in row 1 of the batch is a text, one number is wanted")
}

@Test func pointwise_losses_want_a_label_for_each_logit() throws {
    let logits = Tensor([Float(1), 2, 3])
    #expect(message { try BinaryCrossEntropyLoss(model: one).compute(logits: logits, labels: [1, 0]) }
        == "BinaryCrossEntropyLoss expects 3 labels, one for each pair, got 2")
}

@Test func cross_entropy_names_a_class_that_the_model_does_not_have() throws {
    let loss = try CrossEntropyLoss(model: three)
    #expect(message { try loss.compute(logits: Tensor(zeros: [2, 3]), classes: [0, 3]) }
        == "CrossEntropyLoss: the label in row 2 of the batch is class 3, the model has classes 0 to 2")
    #expect(message { try CrossEntropyLoss(model: three, classWeights: [1, 2]) }
        == "CrossEntropyLoss: weight has 2 numbers, the model 3 output labels; one for each is wanted")
}

@Test func cross_entropy_accepts_probabilities_and_equals_classes_for_certain_ones() throws {
    let logits = Tensor([Float(0.3), -1, 2, 0.5, 0.1, -0.7], shape: [2, 3])
    let loss = try CrossEntropyLoss(model: three, labelSmoothing: 0.1)
    let hard = try loss.compute(logits: logits, classes: [2, 0]).floatArray()[0]
    let soft = try loss.compute(logits: logits, probabilities: [[0, 0, 1], [1, 0, 0]]).floatArray()[0]
    #expect(abs(hard - soft) < 1e-6)
}

@Test func a_batch_of_ignored_classes_costs_nothing() throws {
    let value = try CrossEntropyLoss(model: three).compute(logits: Tensor(zeros: [2, 3]), classes: [-100, -100])
    #expect(value.floatArray() == [0])
}

@Test func margins_must_fit_the_number_of_negatives() throws {
    let logits = Tensor(zeros: [1, 3])
    #expect(message { try MarginMSELoss(model: one).compute(logits: logits, labels: [[1]]) }
        == """
            MarginMSELoss: 1 labels in a row do not fit 2 negatives; either the 2 margins (positive minus negative score) are \
            wanted or the 3 scores, the positive's first
            """)
    let batch = LossBatch(inputs: [texts(["q"]), texts(["a"])], labels: [.integer(1)])
    #expect(message { try MarginMSELoss(model: one).value(of: batch) }.contains("at least one negative column, the batch has 2 input columns"))
}

@Test func options_out_of_range_are_errors() {
    #expect(message { try BinaryCrossEntropyLoss(model: one, positiveWeight: 0) } == """
        BinaryCrossEntropyLoss: pos_weight must be a positive number, got 0.0
        """)
    #expect(message { try MultipleNegativesRankingLoss(model: one, negativeCount: 0) }.hasPrefix("""
        MultipleNegativesRankingLoss: num_negatives must be at least 1, got 0
        """))
    #expect(message { try CachedMultipleNegativesRankingLoss(model: one, miniBatchSize: 0) } == """
        CachedMultipleNegativesRankingLoss: mini_batch_size must be at least 1, got 0
        """)
    #expect(message { try LambdaLoss(model: one, k: -1) } == "LambdaLoss: k must be positive, got -1")
}

@Test func an_activation_that_changes_the_shape_is_an_error() throws {
    let summed = LossActivation(name: "total") { try $0.sum() }
    let loss = try MSELoss(model: one, activation: summed)
    #expect(message { try loss.compute(logits: Tensor([Float(1), 2]), labels: [1, 2]) }
        == "activation_fn 'total' turned logits of shape [2] into []; it must keep the shape")
}
