import Bindings
import Datasets
import Encoders
import CrossEncoderLosses
import Losses
import LuaHost
import Tensors
import Testing

/// Scores a pair by a trained factor times the difference in length of its texts, the same for each output.
private final class LengthScorer: PairScorer {
    let numLabels: Int
    let factor = Tensor([Float(0.5)])

    init(numLabels: Int) {
        self.numLabels = numLabels
        factor.requiresGrad = true
    }

    func logits(_ pairs: [TextPair]) throws -> Tensor {
        let lengths = pairs.flatMap { pair in
            (0..<numLabels).map { Float(pair.first.count - pair.second.count) / 4 + Float($0) }
        }
        return try Tensor(lengths, shape: [pairs.count, numLabels]) * factor
    }
}

/// A session with `LengthScorer(num_labels)`, a model that needs no weights.
private func makeSession() throws -> LuaSession {
    let session = try LuaSession()
    let module = try LuaModule("models", doc: "Models for tests.", state: session.state)
    try module.class(LuaClass<LengthScorer>("LengthScorer", doc: "Scores by length.") { c in
        c.constructor(doc: "Makes one.") { call in LengthScorer(numLabels: try call.integer(1, default: 1)) }
        c.method("logits", doc: "Raw scores.") { model, call in
            .object(try model.logits(try call.slot(1).list().map { pair in
                let texts = try pair.strings()
                return TextPair(texts[0], texts[1])
            }))
        }
        c.property("grad", doc: "The gradient of its factor.") { model, _ in .optional(model.factor.grad) }
    })
    try session.state.globals.set("LengthScorer", try module.table.get("LengthScorer"))
    try session.run("model = LengthScorer(1)")
    return session
}

private let pairBatch = "{ { 'red fruit', 'a stream' }, { 'apple', 'block of a smith' } }, { 1, 0 }"
private let listBatch = "{ { 'red fruit', 'a stream' }, { { 'apple', 'anvil!', 'to' }, { 'river', 'fish' } } }, { { 2, 1, 0 }, { 1, 0 } }"
private let tripletBatch = "{ { 'red fruit', 'a stream' }, { 'apple', 'river' }, { 'blacksmith', 'a' } }"
private let marginBatch = "\(tripletBatch), { 2.5, 1 }"
private let scoreBatch = "\(tripletBatch), { { 2.5, 1 }, { 3, 2 } }"
private let tensorBatch = "\(tripletBatch), sentx.tensor { { 2.5, 1 }, { 3, 2 } }"

@Test(arguments: [
    ("BinaryCrossEntropyLoss", "{ pos_weight = 5, activation_fn = 'tanh', reduction = 'sum' }", pairBatch),
    ("BinaryCrossEntropyLoss", "{ pos_weight = sentx.tensor(4) }", pairBatch),
    ("MSELoss", "{}", pairBatch),
    ("MarginMSELoss", "{ activation_fn = 'sigmoid' }", marginBatch),
    ("MarginMSELoss", "{}", scoreBatch),
    ("MarginMSELoss", "{}", tensorBatch),
    ("MultipleNegativesRankingLoss", "{ num_negatives = 'all', scale = 20 }", tripletBatch),
    ("CachedMultipleNegativesRankingLoss", "{ num_negatives = 1, mini_batch_size = 2, activation_fn = 'none' }", tripletBatch),
    ("LambdaLoss", "{ weighting_scheme = sentx.losses.NDCGLoss2PPScheme { mu = 5 }, k = 2, reduction_log = 'natural' }", listBatch),
    ("LambdaLoss", "{ weighting_scheme = sentx.losses.LambdaRankScheme(), mini_batch_size = 2 }", listBatch),
    ("LambdaLoss", "{ weighting_scheme = function(gain, discount, labels) return (gain / discount):unsqueeze(3) end }", listBatch),
    ("RankNetLoss", "{ sigma = 2 }", listBatch),
    ("ListNetLoss", "{ activation_fn = function(x) return x * 3 end }", listBatch),
    ("ListMLELoss", "{ respect_input_order = false }", listBatch),
    ("PListMLELoss", "{ lambda_weight = 'none' }", listBatch),
    ("PListMLELoss", "{ lambda_weight = sentx.losses.PListMLELambdaWeight { rank_discount_fn = function(mask) return mask:float() end } }",
        listBatch),
    ("ADRMSELoss", "{ alpha = 4 }", listBatch),
] as [(String, String, String)])
func a_loss_called_from_lua_gives_a_value_with_a_gradient(name: String, options: String, batch: String) throws {
    let session = try makeSession()
    let results = try session.run("""
        local loss = sentx.cross_encoder.losses.\(name)(model, \(options))
        local value = loss(\(batch))
        value:backward()
        return loss.name, value:item(), model.grad:item(), sentx.losses.\(name)(model).name
        """)
    #expect(results[0] == .string(name) && results[3] == .string(name))
    #expect(results[1].asNumber?.isFinite == true)
    #expect(results[2].asNumber.map { $0.isFinite && $0 != 0 } == true, "gradient \(results[2])")
}

@Test func cross_entropy_takes_class_weights_and_labels_in_every_form() throws {
    let session = try makeSession()
    let results = try session.run("""
        local loss = sentx.losses.CrossEntropyLoss(LengthScorer(3), { weight = { 1, 2, 1 }, label_smoothing = 0.1 })
        local columns = { { 'red fruit', 'a stream' }, { 'apple', 'block of a smith' } }
        return loss(columns, { 2, 0 }):item(), loss(columns, sentx.tensor({ 2, 0 }, { dtype = 'int64' })):item(),
               loss(columns, { { 0, 0, 1 }, { 1, 0, 0 } }):item()
        """)
    #expect(results[0] == results[1])
    #expect(results[2].asNumber?.isFinite == true)
}

@Test(arguments: [
    ("sentx.losses.BinaryCrossEntropyLoss(model, { pos_wieght = 5 })",
     "BinaryCrossEntropyLoss: unknown option 'pos_wieght' (did you mean 'pos_weight'?)"),
    ("sentx.losses.LambdaLoss({})", "LambdaLoss: argument 1 (model): expected CrossEncoder, got table"),
    ("sentx.losses.MSELoss(model, { activation_fn = 'sigmiod' })", "(did you mean 'sigmoid'?)"),
    ("sentx.losses.MSELoss(model, { activation_fn = 5 })", "MSELoss: option 'activation_fn': expected name of an activation or function, got"),
    ("sentx.losses.ListNetLoss(LengthScorer(3))", "ListNetLoss expects a model with 1 output label, this one has 3; create it with num_labels = 1"),
    ("sentx.losses.MSELoss(model)({ { 'a' }, { 'b', 'c' } }, { 1 })", "input columns 1 and 2 have 1 and 2 rows"),
    ("sentx.losses.MSELoss(model)({ { 'a' }, { 'b' } })", "MSELoss needs a label column"),
    ("sentx.losses.MSELoss(model, { activation_fn = function(x) return 1 end })({ { 'a' }, { 'b' } }, { 1 })",
        "activation_fn: result: expected Tensor, got"),
] as [(String, String)])
func mistakes_with_losses_are_told_in_one_line(code: String, message: String) throws {
    let error = try makeSession().errorMessage("return " + code)
    #expect(error.contains(message), "\(error)")
}

@Test func a_loss_prints_its_settings_and_gives_them_as_a_table() throws {
    let session = try makeSession()
    #expect(try session.text("return sentx.losses.ListNetLoss(model, { mini_batch_size = 8 })")
        == "ListNetLoss { activation_fn = \"torch.nn.modules.linear.Identity\", mini_batch_size = 8 }")
    let results = try session.run("""
        local config = sentx.losses.MultipleNegativesRankingLoss(model, { num_negatives = 'all' }):get_config_dict()
        return config.scale, config.num_negatives, config.activation_fn
        """)
    #expect(results == [.number(10), .nil, .string("torch.nn.modules.activation.Sigmoid")])
}

/// A batch of two rows with these labels.
private func batch(_ labels: [DatasetValue]?) -> LossBatch {
    LossBatch(inputs: [[.string("red fruit"), .string("a stream")], [.string("apple"), .string("block")]], labels: labels)
}

@Test func a_lua_function_is_a_loss_over_columns_and_labels() throws {
    let session = try makeSession()
    let function = try session.run("""
        return function(inputs, labels)
          seen = labels.dtype .. ' ' .. #inputs .. ' ' .. inputs[2][1]
          local pairs_ = {}
          for i, query in ipairs(inputs[1]) do pairs_[i] = { query, inputs[2][i] } end
          local scores = model:logits(pairs_):squeeze(2)
          return (1 - scores * (labels * 2 - 1)):relu():mean()
        end
        """)[0]
    let loss = try #require(try LuaLoss(function, state: session.state))
    let value = try loss.value(of: batch([.integer(1), .integer(0)]))
    // Scores are 0.5 and 0.375: the mean of 1 - 0.5 and 1 + 0.375.
    #expect(abs(try value.item() - 0.9375) < 1e-6)
    try value.backward()
    #expect(try session.text("return seen") == "int64 2 apple")
    _ = try loss.value(of: batch([.number(0.5), .integer(0)]))
    #expect(try session.text("return seen") == "float32 2 apple")
}

@Test func a_lua_table_with_forward_is_a_loss_and_gets_lists_as_tensors() throws {
    let session = try makeSession()
    let table = try session.run("""
        return { name = 'Margin', weight = 2, forward = function(self, inputs, labels)
          seen = self.weight .. ' ' .. #labels .. ' ' .. labels[2]:item()
          return model:logits({ { inputs[1][1], inputs[2][1] } }):sum()
        end }
        """)[0]
    let loss = try #require(try LuaLoss(table, state: session.state))
    #expect(loss.name == "Margin")
    _ = try loss.value(of: batch([.list([.integer(1)]), .list([.integer(7)])]))
    #expect(try session.text("return seen") == "2 2 7")
}

@Test func a_table_of_tensors_from_a_lua_loss_is_their_sum_and_shows_its_parts() throws {
    let session = try makeSession()
    let function = try session.run("return function(inputs) local s = model:logits({ { inputs[1][1], inputs[2][1] } }):sum() "
                                   + "return { ranking = s, penalty = s * s } end")[0]
    let loss = try #require(try LuaLoss(function, state: session.state))
    let value = try loss.value(of: batch(nil)).item()
    #expect(loss.components.map(\.name) == ["penalty", "ranking"])
    #expect(loss.components[0].value == loss.components[1].value * loss.components[1].value)
    #expect(abs(loss.components[0].value + loss.components[1].value - value) < 1e-6)
}

@Test(arguments: [
    ("function() return {} end", "LuaLoss: the result is an empty table"),
    ("function() return { model:logits({ { 'a', 'b' } }):sum() } end", "a table as result has a tensor for each name"),
    ("function() return { a = sentx.zeros(2) } end", "LuaLoss: a tensor of one element is wanted as result 'a', got shape [2]"),
    ("function() return { a = 1 } end", "expected Tensor"),
    ("function() return sentx.zeros(2) end", "LuaLoss: a tensor of one element is wanted as result, got shape [2]"),
    ("function() return 5 end", "LuaLoss: result: expected Tensor, got"),
    ("function() return sentx.zeros(1):sum() end", "LuaLoss: the result does not depend on the model's parameters"),
    ("function() error('no such row', 0) end", "no such row"),
] as [(String, String)])
func a_lua_loss_that_gives_no_loss_is_an_error(code: String, message: String) throws {
    let session = try makeSession()
    let loss = try #require(try LuaLoss(try session.run("return " + code)[0], state: session.state))
    do {
        _ = try loss.value(of: batch(nil))
        Issue.record("no error")
    } catch {
        #expect("\(error)".contains(message), "\(error)")
    }
}

@Test func a_number_or_an_empty_table_is_no_loss() throws {
    let session = try makeSession()
    #expect(try LuaLoss(.number(1), state: session.state) == nil)
    #expect(try LuaLoss(try session.run("return {}")[0], state: session.state) == nil)
}
