import Bindings
import Encoders
import Losses
import LuaHost
import Tensors
import TestSupport
import Testing

/// Embeds a text by how often it has each of eight kinds of letters, times a trained matrix.
private final class LetterEmbedder: CopyableEmbedder {
    let weight: Tensor
    var isTraining = false
    let embeddingDimension = 4

    init(weight: Tensor) {
        self.weight = weight
        weight.requiresGrad = true
    }

    var parameters: [NamedParameter] { [NamedParameter(name: "weight", tensor: weight)] }

    func embeddings(_ input: TextInput) throws -> Tensor {
        var counts = [Float](repeating: 0, count: input.texts.count * 8)
        for (row, text) in input.texts.enumerated() {
            for byte in text.utf8 { counts[row * 8 + Int(byte) % 8] += 0.25 }
        }
        return try Tensor(counts, shape: [input.texts.count, 8]).matmul(weight)
    }

    func tokenIds(_ input: TextInput) throws -> [[Int32]] { input.texts.map { $0.lowercased().utf8.map { Int32($0) } } }

    func makeCopy() throws -> any CopyableEmbedder { LetterEmbedder(weight: try weight.detach().clone()) }
}

/// A session with `model`, a bi-encoder that needs no weights, and `losses`.
private func makeSession() throws -> LuaSession {
    let session = try LuaSession()
    let module = try LuaModule("models", doc: "Models for tests.", state: session.state)
    try module.class(LuaClass<LetterEmbedder>("LetterEmbedder", doc: "Embeds by letters.") { c in
        c.constructor(doc: "Makes one.") { _ in
            LetterEmbedder(weight: Tensor((0..<32).map { Float(($0 * 7919) % 13) / 13 - 0.4 }, shape: [8, 4]))
        }
        c.property("grad", doc: "The gradient of its weight.") { model, _ in .optional(model.weight.grad) }
    })
    try session.state.globals.set("LetterEmbedder", try module.table.get("LetterEmbedder"))
    try session.run("model = LetterEmbedder(); losses = sentx.sentence_transformer.losses")
    return session
}

private let pairs = "{ { 'red fruit', 'a stream', 'to see' }, { 'an apple', 'block of a smith', 'to look' } }"
private let triplets = "{ { 'red fruit', 'a stream' }, { 'an apple', 'river' }, { 'blacksmith', 'cat' } }"
private let classed = "{ { 'red fruit', 'a stream', 'an apple', 'river', 'brook' } }, { 0, 1, 0, 1, 1 }"

@Test(arguments: [
    ("CosineSimilarityLoss", "model, { cos_score_transformation = 'tanh' }", "\(pairs), { 0.9, 0.1, 0.7 }"),
    ("CosineSimilarityLoss", "model, { loss_fct = function(scores, labels) return (scores - labels):abs():mean() end }",
        "\(pairs), { 0.9, 0.1, 0.7 }"),
    ("CoSENTLoss", "model, { scale = 10, similarity_fct = sentx.util.pairwise_dot_score }", "\(pairs), { 5, 0, 3 }"),
    ("CoSENTLoss", "model, { similarity_fct = function(a, b) return (a * b):sum(2) end }", "\(pairs), { 5, 0, 3 }"),
    ("AnglELoss", "model", "\(pairs), { 0.9, 0.1, 0.7 }"),
    ("AnglELoss", "model, { scale = 5 }", triplets),
    ("ContrastiveLoss", "model, { distance_metric = losses.SiameseDistanceMetric.EUCLIDEAN, margin = 2, size_average = false }",
        "\(pairs), { 1, 0, 1 }"),
    ("OnlineContrastiveLoss", "model, { distance_metric = 'manhattan', margin = 9 }", "\(pairs), { 1, 0, 1 }"),
    ("SoftmaxLoss", "model, 4, 3, { concatenation_sent_multiplication = true }", "\(pairs), { 2, 0, 1 }"),
    ("SoftmaxLoss", "model, { num_labels = 2 }", "\(pairs), { { 0.5, 0.5 }, { 1, 0 }, { 0, 1 } }"),
    ("SoftmaxLoss", "model, { num_labels = 1, loss_fct = function(x, y) return (x:squeeze(2) - y):square():mean() end }", "\(pairs), { 0.5, 1, 0 }"),
    ("TripletLoss", "model, { distance_metric = sentx.losses.TripletDistanceMetric.COSINE, triplet_margin = 1 }", triplets),
    ("TripletLoss", "model, { distance_metric = 'MANHATTAN' }", triplets),
    ("BatchAllTripletLoss", "model, { margin = 1 }", classed),
    ("BatchHardTripletLoss", "model, { distance_metric = losses.BatchHardTripletLossDistanceFunction.eucledian_distance }", classed),
    ("BatchSemiHardTripletLoss", "model, { distance_metric = function(e) return sentx.util.dot_score(e, e) end }", classed),
    ("BatchHardSoftMarginTripletLoss", "model, { distance_metric = 'cosine_distance' }", classed),
    ("MarginMSELoss", "model", "\(triplets), { 2.5, 1 }"),
    ("MarginMSELoss", "model, { similarity_fct = 'pairwise_cos_sim' }", "\(triplets), { { 2.5, 1 }, { 3, 2 } }"),
    ("DistillKLDivLoss", "model, { temperature = 2, teacher_temperature = 1 }", "\(triplets), sentx.tensor { { 2.5, 1 }, { 3, -2 } }"),
    ("MSELoss", "model", "\(pairs), sentx.ones(3, 4)"),
    ("MSELoss", "model, { projection_dim = 2 }", "\(pairs), sentx.ones(3, 2, 2)"),
    ("EmbedDistillLoss", "model, { distance_metric = 'l2' }", "\(pairs), sentx.ones(3, 2, 4)"),
    ("ContrastiveTensionLoss", "model", "{ { 'Red', 'a stream' }, { 'red', 'cat' } }"),
    ("ContrastiveTensionLossInBatchNegatives", "model, { scale = 2, similarity_fct = 'dot_score' }", "{ { 'red', 'a stream', 'cat' } }"),
] as [(String, String, String)])
func a_bi_encoder_loss_called_from_lua_gives_a_value_with_a_gradient(name: String, arguments: String, batch: String) throws {
    let session = try makeSession()
    let results = try session.run("""
        local loss = losses.\(name)(\(arguments))
        local value = loss(\(batch))
        value:backward()
        return loss.name, value:item(), model.grad:abs():sum():item()
        """)
    #expect(results[0] == .string(name))
    #expect(results[1].asNumber?.isFinite == true)
    #expect(results[2].asNumber.map { $0.isFinite && $0 != 0 } == true, "gradient \(results[2])")
}

@Test(arguments: [
    ("losses.CoSENTLoss({})", "CoSENTLoss: argument 1 (model): expected SentenceTransformer, got table"),
    ("losses.CoSENTLoss(model, { scael = 5 })", "CoSENTLoss: unknown option 'scael' (did you mean 'scale'?)"),
    ("losses.CoSENTLoss(model, { similarity_fct = 'pairwise_cos' })", "(did you mean 'pairwise_cos_sim'?)"),
    ("losses.TripletLoss(model, { distance_metric = 5 })", "TripletLoss: option 'distance_metric': expected name of a distance or function, got"),
    ("losses.TripletLoss(model, { distance_metric = 'euclid' })",
        "TripletLoss: option 'distance_metric': expected one of 'cosine', 'euclidean', 'manhattan', got 'euclid'"),
    ("losses.TripletDistanceMetric.EUCLIDAEN", "(did you mean 'EUCLIDEAN'?)"),
    ("losses.TripletLoss(model)(\(pairs))", "TripletLoss expects three input columns, anchor, positive and negative, the batch has 2"),
    ("losses.CoSENTLoss(model)(\(pairs), { 1, 0 / 0, 1 })", "CoSENTLoss: the label in row 2 of the batch is nan, a finite number is wanted"),
    ("losses.ContrastiveLoss(model)(\(pairs), { 1, 2, 0 })", "ContrastiveLoss: the label in row 2 of the batch is 2.0, a number from 0.0 to 1.0 is wanted"),
    ("losses.OnlineContrastiveLoss(model)(\(pairs), { 1, 0.5, 0 })", "OnlineContrastiveLoss: the label in row 2 of the batch is 0.5, 0 or 1 is wanted"),
    ("losses.CosineSimilarityLoss(model)(\(pairs), { 1, 4, 0 })",
        "CosineSimilarityLoss: the label in row 2 of the batch is 4.0, a number from -1.0 to 1.0 is wanted"),
    ("losses.AnglELoss(model)(\(pairs))", "AnglELoss needs a label column for pairs"),
    ("losses.BatchAllTripletLoss(model)({ { 'a', 'b' } }, { 0.5, 1 })",
        "BatchAllTripletLoss: the label in row 1 of the batch is 0.5, the whole number of a class is wanted"),
    ("losses.BatchAllTripletLoss(model)({ { 'a', 'b' } }, { 'x', 'y' })", "BatchAllTripletLoss: the label in row 1 of the batch is a text, one number is wanted"),
    ("losses.SoftmaxLoss(model)", "SoftmaxLoss: argument 3 (num_labels): expected integer, got nil"),
    ("losses.SoftmaxLoss(model, {})", "SoftmaxLoss: option 'num_labels' is required (integer)"),
    ("losses.SoftmaxLoss(model, 4, 1)", "num_labels is 1; a class for each label is wanted, at least 2"),
    ("losses.SoftmaxLoss(model, 5, 2)(\(pairs), { 1, 0, 1 })",
        "the classifier was made for embeddings of 5 numbers, the model gives 4; set embedding_dimension"),
    ("losses.SoftmaxLoss(model, 4, 2)(\(pairs), { 1, 2, 1 })", "SoftmaxLoss: the label in row 2 of the batch is class 2, the classes are 0 to 1"),
    ("losses.SoftmaxLoss(model, 4, 2)(\(pairs), { { 1, 1 }, { 0, 1 }, { 1, 0 } })", "probabilities that are not negative and add up to 1 are wanted"),
    ("losses.SoftmaxLoss(model, 4, 2, { concatenation_sent_rep = false, concatenation_sent_difference = false })", "one of concatenation_sent_rep, "),
    ("losses.MarginMSELoss(model)(\(triplets), { { 1, 2, 3 }, { 1, 2, 3 } })", "MarginMSELoss: 3 labels in a row do not fit 1 negatives"),
    ("losses.DistillKLDivLoss(model, { temperature = 0 })", "DistillKLDivLoss: temperature is 0.0; it must be positive and finite"),
    ("losses.DistillKLDivLoss(model)(\(pairs), { 1, 1, 1 })", "DistillKLDivLoss expects a query and at least two candidate columns"),
    ("losses.MSELoss(model)(\(pairs), sentx.ones(3, 5))",
        "MSELoss: the labels are vectors of 5 numbers, the embeddings have 4; set projection_dim = 5"),
    ("losses.MSELoss(model)(\(pairs), sentx.ones(3, 3, 4))", "MSELoss: the label in row 1 of the batch has 3 vectors for 2 input columns"),
    ("losses.EmbedDistillLoss(model, { distance_metric = 'cos' })",
        "EmbedDistillLoss: option 'distance_metric': expected one of 'mse', 'l2', 'cosine', got 'cos'"),
    ("losses.EmbedDistillLoss(model):save_projection('x')", "EmbedDistillLoss: there is no projection to save; make the loss with projection_dim"),
    ("losses.ContrastiveTensionLossInBatchNegatives(model)(\(pairs))",
        "ContrastiveTensionLossInBatchNegatives expects one input column, the batch has 2"),
] as [(String, String)])
func mistakes_with_bi_encoder_losses_are_told_in_one_line(code: String, message: String) throws {
    let error = try makeSession().errorMessage("return " + code)
    #expect(error.contains(message), "\(error)")
}

@Test func settings_have_the_names_of_the_reference() throws {
    let session = try makeSession()
    #expect(try session.text("return losses.TripletLoss(model)")
        == "TripletLoss { distance_metric = \"TripletDistanceMetric.EUCLIDEAN\", triplet_margin = 5.0 }")
    #expect(try session.text("return losses.CoSENTLoss(model, { similarity_fct = sentx.util.pairwise_dot_score }):get_config_dict().similarity_fct")
        == "pairwise_dot_score")
    #expect(try session.text("return losses.BatchHardTripletLoss(model):get_config_dict().distance_metric") == "euclidean_distance")
}

@Test func a_projection_can_be_kept_and_taken_up_again() throws {
    let session = try makeSession()
    let folder = TemporaryFolder()
    try session.state.globals.set("path", .string(folder("projection.safetensors")))
    let results = try session.run("""
        local first = losses.EmbedDistillLoss(model, { projection_dim = 3 })
        first:save_projection(path)
        local second = losses.EmbedDistillLoss(model)
        second:load_projection(path)
        local batch = { { 'red fruit', 'a stream' } }
        return first(batch, sentx.ones(2, 3)):item(), second(batch, sentx.ones(2, 3)):item(), second:get_config_dict().projection_dim
        """)
    #expect(results[0] == results[1])
    #expect(results[2] == .integer(3) || results[2] == .number(3))
    #expect(try session.errorMessage("""
        losses.MSELoss(model, { projection_dim = 7 }):load_projection(path)
        """).contains("maps 4 numbers to 3, here 4 to 7 are wanted"))
}
