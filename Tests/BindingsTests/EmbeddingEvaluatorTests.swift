import Encoders
import Evaluators
import LuaHost
import Tensors
import TestSupport
import Testing

/// An embedder stand-in: a text is the numbers of a, b and c in it.
private final class LetterEmbedder: EncoderModel, TextEmbedder {
    let kind = "SentenceTransformer"
    let parameters: [NamedParameter] = []
    var isTraining = false
    var usesGradientCheckpointing = false
    let similarityFunction = SimilarityFunction.cosine
    func save(to folder: String) throws {}
    func encode(_ texts: [String], as role: TextRole, options: EncodeOptions) throws -> Tensor {
        let rows = texts.map { text in ["a", "b", "c"].map { letter in Float(text.filter { String($0) == letter }.count) } }
        return Tensor(rows.flatMap { $0.prefix(options.truncateDim ?? 3) }, shape: [texts.count, min(3, options.truncateDim ?? 3)])
    }
}

@Suite struct EmbeddingEvaluatorTests {
    let lua: LuaSession

    init() throws {
        lua = try LuaSession()
        try lua.state.preload("fakes", doc: "") { module in
            try module.class(LuaClass<LetterEmbedder>("LetterEmbedder", doc: "") { c in c.constructor(doc: "") { _ in LetterEmbedder() } })
        }
        try lua.run("model = require('fakes').LetterEmbedder(); E = sentx.evaluation; util = sentx.util")
    }

    @Test func aSearchIsMeasuredWithIdsOfAnyKind() throws {
        #expect(try lua.text("""
            local evaluator = E.InformationRetrievalEvaluator {
              queries = { q1 = "a", q2 = "b" }, corpus = { "aa", "ab", "bb", "c" }, relevant_docs = { q1 = { 1 }, q2 = { [2] = true, ["3"] = true } },
              name = "dev", accuracy_at_k = { 1 }, precision_recall_at_k = { 2 }, corpus_chunk_size = 2, mrr_at_k = { 10, 2 },
            }
            assert(evaluator.primary_metric == "dev_cosine_ndcg@10")
            local results = evaluator(model)
            assert(#evaluator.metric_keys == 7)
            return table.concat({ results["dev_cosine_accuracy@1"], results["dev_cosine_precision@2"], results["dev_cosine_recall@2"],
                                  results["dev_cosine_mrr@2"], results["dev_cosine_ndcg@10"] }, " ")
            """) == "1.0 0.75 1.0 1.0 1.0")
    }

    @Test func scoreFunctionsAreNamesOrFunctions() throws {
        #expect(try lua.text("""
            local options = { queries = { "a", "c" }, corpus = { x = "aa", y = "bbb", z = "cab" }, relevant_docs = { { "x" }, { "z" } } }
            options.score_functions = { "dot", "cosine" }
            options.main_score_function = "dot"
            local both = E.InformationRetrievalEvaluator(options)
            options.score_functions = { mine = function(a, b) return util.dot_score(a, b) end, cosine = "cosine" }
            options.main_score_function = nil
            local own = E.InformationRetrievalEvaluator(options)
            assert(both.primary_metric == "dot_ndcg@10")
            local results = own(model)
            assert(results["mine_mrr@10"] == both(model)["dot_mrr@10"])
            return own.primary_metric .. " " .. results["mine_mrr@10"]
            """) == "cosine_ndcg@10 1.0")
    }

    @Test func pairsAndTripletsAreMeasured() throws {
        #expect(try lua.text("""
            local first, second = { "a", "b", "c" }, { "a", "ab", "b" }
            local sim = E.EmbeddingSimilarityEvaluator { sentences1 = first, sentences2 = second, scores = { 1, 0.5, 0 }, main_similarity = "cosine" }
            local quantized = E.EmbeddingSimilarityEvaluator { sentences1 = first, sentences2 = second, scores = { 1, 0.5, 0 }, precision = "binary" }
            local binary = E.BinaryClassificationEvaluator { sentences1 = first, sentences2 = second, labels = { 1, 1, 0 }, name = "b",
                                                             similarity_fn_names = { "cosine", "manhattan" } }
            local triplet = E.TripletEvaluator { anchors = { "a", "b" }, positives = { "aa", "ab" }, negatives = { "b", "b" },
                                                 margin = { cosine = 0.1 }, similarity_fn_names = { "cosine" } }
            assert(math.abs(quantized(model).spearman_cosine - 1) < 1e-9)
            return table.concat({ sim.primary_metric, string.format("%.1f", sim(model).spearman_cosine), binary(model).b_max_ap, binary.primary_metric,
                                  triplet(model).cosine_accuracy }, " ")
            """) == "spearman_cosine 1.0 1.0 b_max_ap 0.5")
    }

    @Test func rankingsDuplicatesAndTranslationsAreMeasured() throws {
        #expect(try lua.text("""
            local rerank = E.RerankingEvaluator { samples = { { query = "a", positive = "aab", negative = { "b", "c" } } }, similarity_fct = util.dot_score }
            local mining = E.ParaphraseMiningEvaluator { sentences_map = { "a", "aa", "b", "c" }, duplicates_list = { { 1, 2 } } }
            local same = E.ParaphraseMiningEvaluator { sentences_map = { "a", "aa", "b", "c" }, duplicates_dict = { { 2 }, { [1] = true } } }
            local translation = E.TranslationEvaluator { source_sentences = { "a", "b" }, target_sentences = { "aa", "bb" } }
            local teacher = E.MSEEvaluator { source_sentences = { "a", "b" }, target_sentences = { "a", "bc" }, teacher_model = model, name = "t" }
            assert(teacher.metric_keys[1] == "t_negative_mse" and teacher.greater_is_better)
            return table.concat({ rerank(model)["ndcg@10"], mining(model).average_precision, same(model).f1, translation(model).mean_accuracy,
                                  string.format("%.3f", teacher(model).t_negative_mse) }, " ")
            """) == "1.0 1.0 1.0 1.0 -16.667")
    }

    @Test func aClassifierOverEmbeddingsIsMeasured() throws {
        #expect(try lua.text("""
            local rows = sentx.Dataset.from_table({ first = { "a", "b", "c" }, second = { "a", "a", "a" }, label = { 0, 1, 0 } }, { columns = { "first", "second", "label" } })
            local evaluator = E.LabelAccuracyEvaluator { dataset = rows, softmax_model = function(a, b)
              local distance = (a - b):abs():sum(2)
              return sentx.stack({ distance * -1 + 0.5, distance }, 2)
            end }
            return string.format("%.4f", evaluator(model).accuracy)
            """) == "0.6667")
    }

    @Test func anOutputPathReceivesTheFiles() throws {
        let folder = TemporaryFolder()
        try lua.run("""
            E.InformationRetrievalEvaluator { queries = { "a" }, corpus = { "a", "b" }, relevant_docs = { { 1 } }, write_predictions = true,
              accuracy_at_k = {}, precision_recall_at_k = {}, map_at_k = {} }(model, { output_path = "\(folder.path)" })
            """)
        #expect(try contents(folder("Information-Retrieval_evaluation_results.csv")) == "epoch,steps,cosine-MRR@10,cosine-NDCG@10\n-1,-1,1.0,1.0\n")
        #expect(try contents(folder("Information-Retrieval_evaluation_predictions_cosine.jsonl")).hasPrefix("{\"query_id\""))
    }

    @Test func theHelpersOfUtilCountFromOne() throws {
        #expect(try lua.text("""
            local texts = { "a", "b", "aa", "bb", "c" }
            local embeddings = sentx.tensor { { 1, 0 }, { 0, 1 }, { 1, 0.1 }, { 0.1, 1 }, { -1, -1 } }
            local pairs_ = util.paraphrase_mining(model, texts, { max_pairs = 1 })
            local own = util.paraphrase_mining_embeddings(embeddings, { max_pairs = 2, score_function = util.cos_sim })
            local groups = util.community_detection(embeddings, { threshold = 0.9, min_community_size = 2 })
            local hits = util.semantic_search(embeddings[2], embeddings, { top_k = 2, score_function = util.dot_score, query_chunk_size = 1 })
            return table.concat({ pairs_[1][2], pairs_[1][3], #own, groups[1][1], groups[2][2], hits[1][1].corpus_id }, " ")
            """) == "1 3 2 1 4 2")
    }

    @Test func quantizedEmbeddingsAreACorpus() throws {
        #expect(try lua.text("""
            local embeddings = sentx.tensor { { 1, 0, -1 }, { 0.5, 1, 1 }, { -1, -1, 0.5 } }
            local bits = util.quantize_embeddings(embeddings, { precision = "binary" })
            local bytes = util.quantize_embeddings(embeddings, { precision = "uint8", ranges = sentx.tensor { { -1, -1, -1 }, { 1, 1, 1 } } })
            assert(#bits == 3 and bits.precision == "binary" and bits.ranges == nil and bytes:values():shape()[2] == 3)
            assert(util.quantize_embeddings(embeddings, "ubinary"):values()[1][1]:item() == 128)
            local hit = util.semantic_search(sentx.tensor { 0.1, 1, 1 }, bits, { top_k = 1 })[1][1]
            local other = util.semantic_search(sentx.tensor { 0.1, 1, 1 }, bytes, { top_k = 1 })[1][1]
            return table.concat({ hit.corpus_id, string.format("%.2f", hit.score), other.corpus_id, string.format("%.2f", other.score),
                                  string.format("%.1f", bytes:dequantize()[2][2]:item()) }, " ")
            """) == "2 2.10 2 2.03 1.0")
    }

    @Test(arguments: [
        ("E.InformationRetrievalEvaluator { queries = { 'a' }, corpus = { 'b' }, relevant_docs = { { } } }",
            "none of the 1 queries has a relevant document"),
        ("E.InformationRetrievalEvaluator { queries = { 'a' }, corpus = { 'b' }, relevant_docs = { { 1 } }, score_functions = { 'cosin' } }",
         "did you mean 'cosine'?"),
        ("E.InformationRetrievalEvaluator { queries = { 'a' }, corpus = { 3 }, relevant_docs = { { 1 } } }", "expected string, got number"),
        ("""
            E.InformationRetrievalEvaluator { queries = { 'a' }, corpus = { 'b' }, relevant_docs = { { 1 } }, score_functions = \
            { f = function() return 3 end } }(model)
            """,
         "result of the score function 'f': expected Tensor"),
        ("E.EmbeddingSimilarityEvaluator { sentences1 = { 'a' }, sentences2 = { 'b', 'c' }, scores = { 1 } }",
            "sentences1 has 1 entries, sentences2 has 2"),
        ("E.EmbeddingSimilarityEvaluator { sentences1 = { 'a' } }", "option 'sentences2' is required"),
        ("E.TripletEvaluator { anchors = {}, positives = {}, negatives = {} }", "anchors is empty"),
        ("E.BinaryClassificationEvaluator { sentences1 = { 'a' }, sentences2 = { 'b' }, labels = { 2 } }", "label 1 is 2"),
        ("E.RerankingEvaluator { samples = { { query = 'a', positive = 'b', documents = { 'c' } } } }", "this evaluator wants positive and negative"),
        ("E.TranslationEvaluator { source_sentences = { 'a' }, target_sentences = { 'b' } }(sentx.evaluation)", "argument 1 (model): expected"),
        ("util.quantize_embeddings(sentx.tensor { { 1, 2 } }, { precision = 'int4' })", "expected one of"),
        ("util.quantize_embeddings(sentx.tensor { { 1, 2 } }, { precision = 'int8' })", "range of a single embedding"),
        ("util.semantic_search(sentx.tensor { 1, 2 }, sentx.tensor { { 1, 2 } }, { rescore = true })", "rescore is for a quantized corpus"),
    ])
    func mistakesAreNamed(code: String, message: String) {
        #expect(lua.errorMessage(code).contains(message), "\(lua.errorMessage(code))")
    }
}
