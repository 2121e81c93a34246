import Encoders
import Evaluators
import LuaHost
import Tensors
import TestSupport
import Testing

/// A cross-encoder stand-in that prefers short second texts.
private final class LengthScorer: PairScoringModel {
    let kind = "CrossEncoder"
    let parameters: [NamedParameter] = []
    var isTraining = false
    var usesGradientCheckpointing = false
    let numLabels = 1
    func save(to folder: String) throws {}
    func scores(for pairs: [TextPair], options: ScoringOptions) throws -> Tensor {
        Tensor(pairs.map { -Float($0.second.count) })
    }
}

@Suite struct EvaluatorTests {
    let lua: LuaSession

    init() throws {
        lua = try LuaSession()
        try lua.state.preload("fakes", doc: "") { module in
            try module.class(LuaClass<LengthScorer>("LengthScorer", doc: "") { c in c.constructor(doc: "") { _ in LengthScorer() } })
        }
        try lua.run("model = require('fakes').LengthScorer()")
    }

    @Test func callingAnEvaluatorGivesATableOfMetrics() throws {
        let text = try lua.text("""
            local evaluator = sentx.evaluation.CrossEncoderRerankingEvaluator {
              samples = {
                { query = "q", positive = "a", negative = { "bbb", "cc" } },
                { query = "q", positive = { "dddd" }, documents = { "e", "dddd" } },
              },
              name = "dev", at_k = 5,
            }
            local results = evaluator(model)
            assert(results.dev_map == evaluator:evaluate(model).dev_map)
            assert(evaluator.primary_metric == "dev_ndcg@5" and evaluator.name == "dev" and evaluator.greater_is_better)
            assert(#evaluator.metric_keys == 6)
            return string.format("%.4f %.4f %.4f", results.dev_map, results["dev_mrr@5"], results.dev_base_map)
            """)
        #expect(text == "0.7500 0.7500 0.5000")
    }

    @Test func classificationAndCorrelationTakePairs() throws {
        #expect(try lua.text("""
            local pairs_ = { { "q", "a" }, { "q", "bb" }, { "q", "ccc" } }
            local cls = sentx.evaluation.CrossEncoderClassificationEvaluator { sentence_pairs = pairs_, labels = { 1, 1, 0 } }
            local cor = sentx.evaluation.CrossEncoderCorrelationEvaluator { sentence_pairs = pairs_, scores = { 3, 2, 1 }, name = "sts" }
            local both = sentx.evaluation.SequentialEvaluator { cls, cor }
            local mean = sentx.evaluation.SequentialEvaluator({ cls, cor }, { main_score_function = function(s) return (s[1] + s[2]) / 4 end })
            local results = both(model)
            return table.concat({ cls.primary_metric, cor.primary_metric, results.accuracy, results.sts_spearman,
                                  results.sequential_score, mean(model).sequential_score }, " ")
            """) == "average_precision sts_spearman 1.0 1.0 1.0 0.5")
    }

    @Test func anOutputPathReceivesTheCSVFile() throws {
        let folder = TemporaryFolder()
        try lua.run("""
            local evaluator = sentx.evaluation.CrossEncoderCorrelationEvaluator { sentence_pairs = { { "q", "a" }, { "q", "bb" } }, scores = { 1, 0 } }
            evaluator(model, { output_path = "\(folder.path)", epoch = 0.5, steps = 10 })
            """)
        #expect(try contents(folder("CrossEncoderCorrelationEvaluator_results.csv"))
            == "epoch,steps,Pearson_Correlation,Spearman_Correlation\r\n0.5,10,1.0,1.0\r\n")
    }

    @Test func anEvaluatorCanBeWrittenInLua() throws {
        #expect(try lua.text("""
            local evaluator = sentx.evaluation.Evaluator {
              name = "own", primary_metric = "loss", greater_is_better = false, offset = 2,
              evaluate = function(self, m, info)
                assert(m == model and info.epoch == 1.5 and info.steps == 7)
                return { loss = self.offset + 1, other = 4 }
              end,
            }
            local results = evaluator(model, { epoch = 1.5, steps = 7 })
            return table.concat({ evaluator.primary_metric, tostring(evaluator.greater_is_better), results.own_loss, results.own_other }, " ")
            """) == "own_loss false 3.0 4.0")
    }

    @Test func aFunctionIsAnEvaluatorWithinASequence() throws {
        #expect(try lua.text("""
            local both = sentx.evaluation.SequentialEvaluator {
              function(m) return 0.25 end, { name = "n", primary_metric = "hits", evaluate = function() return { hits = 3 } end } }
            local results = both(model)
            return table.concat({ results.evaluator_0, results.n_hits, results.sequential_score }, " ")
            """) == "0.25 3.0 3.0")
    }

    @Test func anErrorInALuaEvaluatorKeepsItsPlace() {
        let message = lua.errorMessage("sentx.evaluation.Evaluator { evaluate = function()\nerror('broken') end }(model)")
        #expect(message.hasSuffix("broken"))
    }

    @Test(arguments: [
        ("sentx.evaluation.CrossEncoderRerankingEvaluator { sample = {} }", "unknown option 'sample' (did you mean 'samples'?)"),
        ("sentx.evaluation.CrossEncoderRerankingEvaluator {}", "option 'samples' is required"),
        ("sentx.evaluation.CrossEncoderRerankingEvaluator { samples = { { query = 'q', positive = 'a' } } }",
         "samples[1] needs either negative or documents, it has neither"),
        ("sentx.evaluation.CrossEncoderRerankingEvaluator { samples = { { query = 'q', positive = 'a', negative = { 'b', 3 } } } }",
         "samples[1].negative[2]: expected string, got number"),
        ("sentx.evaluation.CrossEncoderRerankingEvaluator { samples = { { positive = 'a', negative = { 'b' } } } }",
         "samples[1].query: expected string, got nil"),
        ("sentx.evaluation.CrossEncoderClassificationEvaluator { sentence_pairs = { { 'a' } }, labels = { 1 } }",
         "option 'sentence_pairs'[1]: a pair has 2 texts, this one 1"),
        ("sentx.evaluation.CrossEncoderCorrelationEvaluator { sentence_pairs = {}, scores = {}, batch_size = 0 }", "must be at least 1"),
        ("sentx.evaluation.SequentialEvaluator { 3 }", "expected Evaluator"),
        ("sentx.evaluation.Evaluator { evaluate = 3 }", "field 'evaluate': expected function, got number"),
        ("sentx.evaluation.Evaluator { evaluate = function() return { a = 1, b = 2 } end }(model)", "set primary_metric"),
        ("sentx.evaluation.Evaluator { evaluate = function() return 'x' end }(model)", "it returned x"),
        ("sentx.evaluation.Evaluator { evaluate = function() return 1 end }(3)", "argument 1 (model): expected"),
        ("sentx.evaluation.Evaluator { evaluate = function() return 1 end }(model, { output_pth = 'x' })", "did you mean 'output_path'?"),
    ])
    func mistakesAreNamed(code: String, message: String) {
        #expect(lua.errorMessage(code).contains(message), "\(lua.errorMessage(code))")
    }
}
