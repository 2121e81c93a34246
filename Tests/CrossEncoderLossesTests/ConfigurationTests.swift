import JSON
import CrossEncoderLosses
import Losses
import Tensors
import Testing

private let model = TableScorer(numLabels: 1)

@Test func configurations_carry_the_names_of_the_reference() throws {
    let losses: [(any Loss, String)] = [
        (try BinaryCrossEntropyLoss(model: model), #"{"activation_fn": "torch.nn.modules.linear.Identity", "pos_weight": null}"#),
        (try MSELoss(model: model), #"{"activation_fn": "torch.nn.modules.linear.Identity"}"#),
        (try MarginMSELoss(model: model, activation: .sigmoid), #"{"activation_fn": "torch.nn.modules.activation.Sigmoid"}"#),
        (try MultipleNegativesRankingLoss(model: model),
         #"{"scale": 10.0, "num_negatives": 4, "activation_fn": "torch.nn.modules.activation.Sigmoid"}"#),
        (try CachedMultipleNegativesRankingLoss(model: model, negativeCount: nil),
         #"{"scale": 10.0, "num_negatives": null, "activation_fn": "torch.nn.modules.activation.Sigmoid", "mini_batch_size": 32}"#),
        (try LambdaLoss(model: model, k: 10),
         #"{"weighting_scheme": "sentence_transformers.cross_encoder.losses.lambda_loss.NDCGLoss2PPScheme", "k": 10, "sigma": 1.0, "eps": 1e-10, "reduction_log": "binary", "activation_fn": "torch.nn.modules.linear.Identity", "mini_batch_size": null}"#),
        (try RankNetLoss(model: model),
         #"{"k": null, "sigma": 1.0, "eps": 1e-10, "reduction_log": "binary", "activation_fn": "torch.nn.modules.linear.Identity", "mini_batch_size": null}"#),
        (try ListNetLoss(model: model, miniBatchSize: 8),
         #"{"activation_fn": "torch.nn.modules.linear.Identity", "mini_batch_size": 8}"#),
        (try ListMLELoss(model: model),
         #"{"activation_fn": "torch.nn.modules.linear.Identity", "mini_batch_size": null, "respect_input_order": true}"#),
        (try PListMLELoss(model: model),
         #"{"lambda_weight": "sentence_transformers.cross_encoder.losses.plist_mle.PListMLELambdaWeight", "activation_fn": "torch.nn.modules.linear.Identity", "mini_batch_size": null, "respect_input_order": true}"#),
        (try ADRMSELoss(model: model),
         #"{"alpha": 1.0, "activation_fn": "torch.nn.modules.linear.Identity", "mini_batch_size": null}"#),
    ]
    for (loss, expected) in losses {
        #expect(JSONValue.object(loss.configuration) == (try JSONValue.parse(expected)), "\(loss.name)")
    }
}

@Test func listwise_losses_cut_the_pairs_into_passes() throws {
    let entry = try #require(try ParityCase.all().first { $0.loss == "ListNetLoss" && $0.data == "0/1 lists" })
    for (size, passes) in [(nil, [14]), (4, [4, 4, 4, 2]), (5, [5, 5, 4]), (-1, [14]), (100, [14])] as [(Int?, [Int])] {
        let scorer = TableScorer(pairs: entry.pairs, logits: entry.logits)
        _ = try ListNetLoss(model: scorer, miniBatchSize: size).value(of: entry.batch)
        #expect(scorer.passSizes == passes)
    }
}

@Test func requirements_tell_preflight_what_a_loss_wants() throws {
    let cached = try #require(try CachedMultipleNegativesRankingLoss(model: model).requirements)
    #expect(cached.usesGradientCache && cached.usesInBatchNegatives && cached.allowsMoreColumns && cached.labels == [.none])
    let listwise = try #require(try LambdaLoss(model: model).requirements)
    #expect(listwise.columns == [.text, .listOfTexts] && listwise.labels == [.numbers(count: nil)] && listwise.numLabels == 1...1)
    let classes = try #require(try CrossEntropyLoss(model: TableScorer(numLabels: 3)).requirements)
    #expect(classes.numLabels == 2...Int.max && classes.labels == [.classIndex, .numbers(count: 3)])
}
