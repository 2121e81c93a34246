import Files
import Foundation
import LuaHost
import Testing

/// A number among the options of a loss.
struct NumberOption: Sendable, CustomTestStringConvertible {
    let family: String
    let loss: String
    let parameters: [String]
    /// All options that have to be given.
    let required: [String]
    let name: String
    let type: String

    var testDescription: String { "\(family) \(loss): \(name)" }

    /// Of every loss there is, as documented.
    static let all: [NumberOption] = {
        guard let lua = try? LuaSession() else { return [] }
        return lua.state.documentation.entries.flatMap { entry -> [NumberOption] in
            let parts = entry.path.split(separator: ".").map(String.init)
            guard parts.count == 4, parts[2] == "losses", entry.doc.returns == "Loss" else { return [] }
            return entry.doc.options.filter { $0.type.hasPrefix("number") || $0.type.hasPrefix("table of numbers") }.map { option in
                NumberOption(family: parts[1], loss: parts[3], parameters: entry.doc.parameters.map(\.name),
                             required: entry.doc.options.filter { !$0.isOptional }.map(\.name), name: option.name, type: option.type)
            }
        }
    }()
}

/// Options of losses, of all kinds of model.
@Suite struct LossOptionTests {
    let lua: LuaSession

    init() throws {
        lua = try LuaSession()
        try lua.state.globals.set("fixtures", .string(Path.join(LuaBlock.root, "Tests/EncodersTests/Fixtures/")))
        try lua.run("""
            make_model = {
              sentence_transformer = function() return sentx.SentenceTransformer(fixtures .. "sentence-transformer") end,
              cross_encoder = function() return sentx.CrossEncoder(fixtures .. "ranker") end,
              sparse_encoder = function() return sentx.SparseEncoder(fixtures .. "sparse/bert-max") end,
            }
            make_inner = {
              sentence_transformer = function(model) return sentx.losses.MultipleNegativesRankingLoss(model) end,
              sparse_encoder = function(model) return sentx.losses.SparseMultipleNegativesRankingLoss(model) end,
            }
            """)
    }

    @Test func everyKindOfModelHasLossesWithNumbers() {
        #expect(Set(NumberOption.all.map(\.family)) == ["sentence_transformer", "cross_encoder", "sparse_encoder"])
        #expect(NumberOption.all.count > 50)
    }

    @Test(arguments: NumberOption.all) func aNumberThatIsNotFiniteIsRefusedWhenTheLossIsMade(_ option: NumberOption) {
        for number in ["0 / 0", "1 / 0", "-1 / 0"] {
            let parameters = option.parameters.map { name in
                switch name {
                case "model", "guide": return "model"
                case "loss": return "make_inner.\(option.family)(model)"
                default: return "2"
                }
            }
            var options = option.required.map { $0 == "matryoshka_dims" ? "\($0) = { 4 }" : "\($0) = 1" }
            options.removeAll { $0.hasPrefix(option.name + " ") }
            options.append("\(option.name) = " + (option.type.hasPrefix("table") ? "{ \(number) }" : number))
            let message = lua.errorMessage("""
                local model = make_model.\(option.family)()
                return sentx.\(option.family).losses.\(option.loss)(\(parameters.joined(separator: ", ")), { \(options.joined(separator: ", ")) })
                """)
            #expect(message.hasPrefix("\(option.loss): option '\(option.name)'"), "\(message)")
            #expect(message.contains("a finite number is wanted, got number \(number == "0 / 0" ? "nan" : number == "1 / 0" ? "inf" : "-inf")"), "\(message)")
        }
    }

    @Test(arguments: [
        ("BinaryCrossEntropyLoss", "pos_weight = sentx.tensor(0 / 0)", "a finite number is wanted, the tensor holds nan"),
        ("CrossEntropyLoss", "weight = sentx.tensor { 1, 1 / 0 }", "finite numbers are wanted, the tensor holds inf"),
    ]) func neitherIsOneInATensor(_ loss: String, _ option: String, _ part: String) {
        let message = lua.errorMessage("return sentx.losses.\(loss)(make_model.cross_encoder(), { \(option) })")
        #expect(message.contains(part), "\(message)")
    }

    @Test(arguments: [
        ("SentenceTransformer", "loss = sentx.losses.CoSENTLoss",
         "option 'loss': expected loss (of sentx.losses, a function, or a table with a forward function), got the class sentx.losses.CoSENTLoss "
            + "itself; make one first, as in sentx.losses.CoSENTLoss(model)"),
        ("SentenceTransformer", "loss = { a = sentx.sentence_transformer.losses.CoSENTLoss }",
         "option 'loss'.a: expected loss (of sentx.losses, a function, or a table with a forward function), got the class "
            + "sentx.sentence_transformer.losses.CoSENTLoss itself"),
        ("SentenceTransformer", "loss = sentx.losses.SoftmaxLoss", "as in sentx.losses.SoftmaxLoss(model"),
        ("CrossEncoder", "loss = sentx.losses.MSELoss", "make one first, as in sentx.losses.MSELoss(model)"),
        ("CrossEncoder", "loss = { a = sentx.losses.LambdaLoss }", "option 'loss'.a: "),
        ("SparseEncoder", "loss = sentx.losses.SpladeLoss", "make one first, as in sentx.losses.SpladeLoss(model, loss, { ... })"),
        ("SparseEncoder", "loss = { a = sentx.losses.SpladeLoss }", "option 'loss'.a: "),
        ("MaskedLanguageModel", "loss = sentx.losses.MaskedLanguageModelLoss", "got the class sentx.losses.MaskedLanguageModelLoss itself"),
        ("SentenceTransformer", "evaluator = sentx.evaluation.TripletEvaluator",
         "option 'evaluator': expected Evaluator, got the class sentx.evaluation.TripletEvaluator itself; make one first, as in "
            + "sentx.evaluation.TripletEvaluator { ... }"),
        ("CrossEncoder", "evaluator = { sentx.evaluation.CrossEncoderRerankingEvaluator }", "option 'evaluator'[1]: expected Evaluator, got the class"),
        ("SparseEncoder", "evaluator = sentx.evaluation.SparseTripletEvaluator", "got the class sentx.evaluation.SparseTripletEvaluator itself"),
        ("CrossEncoder", "callbacks = { sentx.EarlyStoppingCallback }", "got the class sentx.EarlyStoppingCallback itself"),
        ("SparseEncoder", "args = sentx.SparseEncoderTrainingArguments", "got the class sentx.SparseEncoderTrainingArguments itself"),
    ]) func aClassIsNotTakenForItsObject(_ trainer: String, _ option: String, _ part: String) {
        let family = ["SentenceTransformer": "sentence_transformer", "CrossEncoder": "cross_encoder"][trainer] ?? "sparse_encoder"
        let message = lua.errorMessage("""
            local rows = sentx.Dataset.from_table { query = { "a", "b" }, passage = { "c", "d" } }
            return sentx.\(trainer)Trainer { model = make_model.\(family)(), train_dataset = { a = rows }, \(option) }
            """)
        #expect(message.hasPrefix("\(trainer)Trainer: ") && message.contains(part), "\(message)")
    }

    @Test(arguments: [
        ("sentence_transformer", "MatryoshkaLoss(model, sentx.losses.CoSENTLoss, { 4 })", "MatryoshkaLoss: argument 2 (loss): expected loss over embeddings"),
        ("sparse_encoder", "SpladeLoss(model, sentx.losses.SparseCoSENTLoss, { document_regularizer_weight = 1 })", "as in sentx.losses.SparseCoSENTLoss(model)"),
        ("sparse_encoder", "SpladeLoss(model, make_inner.sparse_encoder(model), { document_regularizer_weight = 1, document_regularizer = sentx.losses.FlopsLoss })",
         "got the class sentx.losses.FlopsLoss itself; make one first, as in sentx.losses.FlopsLoss(model)"),
        ("cross_encoder", "LambdaLoss(model, { weighting_scheme = sentx.losses.LambdaRankScheme })",
         "got the class sentx.losses.LambdaRankScheme itself; make one first, as in sentx.losses.LambdaRankScheme()"),
        ("cross_encoder", "PListMLELoss(model, { lambda_weight = sentx.losses.PListMLELambdaWeight })", "the class sentx.losses.PListMLELambdaWeight itself"),
    ]) func norInsideALoss(_ family: String, _ call: String, _ part: String) {
        let message = lua.errorMessage("local model = make_model.\(family)(); return sentx.\(family).losses.\(call)")
        #expect(message.contains(part) && message.contains("itself; make one first"), "\(message)")
    }

    @Test func functionsOfScriptsAndOfTheHostStayFunctions() throws {
        #expect(try lua.text("""
            local model = make_model.cross_encoder()
            sentx.losses.LambdaLoss(model, { weighting_scheme = function(gain) return gain:unsqueeze(3) end })
            local dense = make_model.sentence_transformer()
            sentx.losses.CoSENTLoss(dense, { similarity_fct = sentx.util.pairwise_dot_score })
            return sentx.CrossEncoderTrainer { model = model, loss = function() end,
              train_dataset = sentx.Dataset.from_table { query = { "x" }, passage = { "y" }, label = { 1 } } }.args.output_dir ~= nil
            """) == "true")
    }
}
