import Files
import Foundation
import LuaHost
import TestSupport
import Testing

/// Sparse encoders from Lua, on the small models of EncodersTests. Runs share random numbers and log folder.
@Suite(.serialized) struct SparseEncoderBindingTests {
    let lua: LuaSession
    let folder = TemporaryFolder()

    init() throws {
        lua = try LuaSession()
        setenv("SENTX_LOG_DIR", folder("logs"), 1)
        try lua.state.globals.set("folder", .string(folder.path))
        try lua.state.globals.set("fixtures", .string(Path.join(LuaBlock.root, "Tests/EncodersTests/Fixtures/")))
        try lua.run("""
            function join(...)
              local parts = {}
              for i, value in ipairs { ... } do parts[i] = tostring(value) end
              return table.concat(parts, " ")
            end
            """)
        try lua.run("model = sentx.SparseEncoder(fixtures .. \"sparse/bert-max\")")
    }

    @Test func embeddingsAreSparseAndCanBeRead() throws {
        #expect(try lua.text("""
            local one, two = model:encode("the cat"), model:encode({ "the cat", "a dog runs" }, { max_active_dims = 3 })
            local words = model:decode(one, 2)
            local dense = model:encode({ "the cat" }, { convert_to_sparse_tensor = false })
            return join(#two, two:shape()[2] == model:get_embedding_dimension(), model:sparsity(two).active_dims, #words,
              words[1][2] >= words[2][2], dense:shape()[1], #model:decode(two), model:similarity(two, two):shape()[2],
              #model:intersection(one, two))
            """) == "2 true 3.0 2 true 1 2 2 2")
    }

    @Test func indexesSearchSaveJoinAndExport() throws {
        #expect(try lua.text("""
            local texts = { "the cat", "a dog runs", "the dog." }
            local embeddings = model:encode(texts)
            local index, bm25 = sentx.InvertedIndex(embeddings), sentx.BM25(texts)
            index:save(folder .. "/sparse.index")
            bm25:save(folder .. "/words.index")
            local opened, words = sentx.InvertedIndex(folder .. "/sparse.index"), sentx.BM25(folder .. "/words.index")
            local query = model:encode { "the cat" }
            local found = opened:search(query, { top_k = 2 })
            local best = model:similarity(query, embeddings)
            local joined = sentx.util.reciprocal_rank_fusion({ found, words:search("a dog") }, { top_k = 3 })
            sentx.util.write_bulk_documents(folder .. "/bulk.jsonl", model, embeddings, { index = "docs", texts = texts })
            local lines = 0
            for line in io.lines(folder .. "/bulk.jsonl") do lines = lines + 1 end
            return join(#index, #opened, #found[1], found[1][1].score == best[1][found[1][1].corpus_id]:item(),
              words:search("dog")[1][1].corpus_id, #joined[1], lines)
            """) == "3 3 2 true 3 3 6")
        #expect(lua.errorMessage("sentx.InvertedIndex(folder .. '/missing.index')").contains("missing.index: No such file"))
        #expect(lua.errorMessage("sentx.InvertedIndex(sentx.tensor { { 1.5, 2 } }):search(sentx.tensor { { 1.5 } })").contains("1 columns and the index 2"))
        #expect(lua.errorMessage("sentx.BM25({ 'a' }, { k2 = 1 })").contains("k2"))
        #expect(lua.errorMessage("sentx.util.reciprocal_rank_fusion({ {}, { {} } })").contains("0, 1 queries"))
    }

    @Test func modulesMakeAModelThatSavesAndLoads() throws {
        #expect(try lua.text("""
            local transformer = sentx.models.Transformer(fixtures .. "sentence-transformer", { transformer_task = "fill-mask" })
            local splade = { transformer, sentx.models.SpladePooling { pooling_strategy = "sum", activation_function = "log1p_relu" } }
            local query = sentx.models.SparseStaticEmbedding(fixtures .. "sentence-transformer", { frozen = true })
            local made = sentx.SparseEncoder { modules = { sentx.models.Router.for_query_document({ query }, splade) } }
            made:save_pretrained(folder .. "/router")
            local again = sentx.SparseEncoder(folder .. "/router")
            local a, b = made:encode_document({ "the cat" }):to_dense(), again:encode_document({ "the cat" }):to_dense()
            return join(((a - b) * (a - b)):sum():item(), again:sparsity(again:encode_query("the cat")).active_dims)
            """) == "0.0 2.0")
        // This transformer has one word more than its tokenizer: widths are told apart, and nothing is read beyond a row.
        #expect(lua.errorMessage("""
            local again = sentx.SparseEncoder(folder .. "/router")
            again:similarity(again:encode_query({ "the cat" }), again:encode_document({ "the cat" }))
            """).contains("similarity of embeddings of different dimension: 96 and 97"))
    }

    @Test func aMaskedLanguageModelIsTrained() throws {
        #expect(try lua.text("""
            local texts = {}
            for i = 1, 24 do texts[i] = ({ "the cat sleeps", "a dog runs to the house", "how people live" })[i % 3 + 1] end
            local dataset = sentx.Dataset.from_table { text = texts }
            local result = sentx.MaskedLanguageModelTrainer {
              model = model, train_dataset = dataset, eval_dataset = dataset,
              loss = sentx.losses.MaskedLanguageModelLoss(model, { whole_word_mask = true }),
              args = { output_dir = folder .. "/mlm", max_steps = 30, per_device_train_batch_size = 8, learning_rate = 1e-2, save_strategy = "no" },
            }:train()
            return join(result.verdict, result.score < result.baseline)
            """) == "WIN true")
    }

    @Test func sparseSearchIsMeasuredWithItsSparsity() throws {
        #expect(try lua.text("""
            local queries, corpus = { q = "the cat" }, { a = "the cat sleeps", b = "a dog runs", c = "how people live" }
            local evaluator = sentx.evaluation.SparseInformationRetrievalEvaluator {
              queries = queries, corpus = corpus, relevant_docs = { q = { "a" } }, max_active_dims = 3, name = "dev", ndcg_at_k = { 3 },
              score_functions = { dot = "dot", mine = function(a, b) return sentx.util.dot_score(a, b) end }, main_score_function = "dot",
            }
            local metrics = evaluator(model)
            local function rows(x) return x:to_dense():totable() end
            local q = rows(model:encode_query({ "the cat" }, { max_active_dims = 3 }))
            local d = rows(model:encode_document({ corpus.a, corpus.b, corpus.c }, { max_active_dims = 3 }))
            local flops, active = 0, 0
            for column = 1, #q[1] do
              for row = 1, 3 do
                if d[row][column] ~= 0 then
                  active = active + 1
                  if q[1][column] ~= 0 then flops = flops + 1 end
                end
              end
            end
            for _, key in ipairs(evaluator.metric_keys) do assert(metrics[key], key) end
            assert(metrics["dev_mine_ndcg@3"] == metrics["dev_dot_ndcg@3"])
            return join(evaluator.primary_metric, metrics.dev_query_active_dims, metrics.dev_corpus_active_dims == active / 3,
              math.abs(metrics.dev_query_sparsity_ratio - (1 - 3 / #q[1])) < 1e-12, math.abs(metrics.dev_avg_flops - flops / 3) < 1e-12)
            """) == "dev_dot_ndcg@3 3.0 true true true")
    }

    /// Every evaluator of sparse encoders, on its own and as a trainer's.
    @Test(arguments: [
        ("SparseInformationRetrievalEvaluator { queries = { 'the cat' }, corpus = texts, relevant_docs = { { 1 } } }", "dot_ndcg@10", true),
        ("SparseEmbeddingSimilarityEvaluator { sentences1 = texts, sentences2 = others, scores = { 3, 2, 1 } }", "spearman_dot", true),
        ("SparseBinaryClassificationEvaluator { sentences1 = texts, sentences2 = others, labels = { 1, 0, 1 } }", "dot_ap", true),
        ("SparseTripletEvaluator { anchors = texts, positives = others, negatives = { 'x', 'y', 'z' }, margin = 0.1 }", "dot_accuracy", true),
        ("SparseRerankingEvaluator { samples = { { query = 'the cat', positive = texts[1], negative = { texts[2] } } } }", "ndcg@10", true),
        ("SparseTranslationEvaluator { source_sentences = texts, target_sentences = others }", "mean_accuracy", true),
        ("SparseMSEEvaluator { source_sentences = texts, target_sentences = others, teacher_model = model }", "negative_mse", true),
        ("ReciprocalRankFusionEvaluator { dense_samples = found, sparse_samples = found }", "ndcg@10", false),
    ])
    func everySparseEvaluatorRunsAloneAndInTraining(code: String, primary: String, hasSparsity: Bool) throws {
        #expect(try lua.text("""
            local texts, others = { "the cat sleeps", "a dog runs", "how people live" }, { "the cat", "a dog", "people" }
            local found = { { query_id = 1, query = "q", positive = "b", documents = { "a", "b" } } }
            local evaluator = sentx.evaluation.\(code)
            local alone = evaluator(model, { output_path = folder .. "/csv" })
            for _, key in ipairs(evaluator.metric_keys) do assert(alone[key], key) end
            local result = sentx.SparseEncoderTrainer {
              model = model, evaluator = evaluator,
              train_dataset = sentx.Dataset.from_table({ anchor = texts, positive = others }, { columns = { "anchor", "positive" } }),
              loss = sentx.losses.SpladeLoss(model, sentx.losses.SparseMultipleNegativesRankingLoss(model), {
                query_regularizer_weight = 5e-5, document_regularizer_weight = 3e-5 }),
              args = { output_dir = folder .. "/out", max_steps = 1, per_device_train_batch_size = 3, save_strategy = "no" },
            }:train()
            return join(evaluator.primary_metric, result.score ~= nil)
            """) == "\(primary) true")
        let log = try FileManager.default.contentsOfDirectory(atPath: folder("logs")).filter { $0.hasSuffix(".log") }
        let verdict = try String(contentsOfFile: folder("logs/" + (log.first ?? "")), encoding: .utf8)
        #expect(verdict.contains("VERDICT:") && verdict.contains("query_active_dims=") == hasSparsity, "\(verdict.suffix(300))")
    }

    @Test(arguments: [
        ("SparseInformationRetrievalEvaluator { queries = { 'a' }, corpus = {}, relevant_docs = { { 1 } } }", "corpus is empty"),
        ("SparseInformationRetrievalEvaluator { queries = { 'a' }, corpus = { 'b' }, relevant_docs = { { 1 } }, truncate_dim = 3 }", "truncate_dim"),
        ("SparseEmbeddingSimilarityEvaluator { sentences1 = { 'a' }, sentences2 = { 'b', 'c' }, scores = { 1 } }",
         "sentences1 has 1 entries, sentences2 has 2"),
        ("SparseEmbeddingSimilarityEvaluator { sentences1 = { 'a', 'b' }, sentences2 = { 'b', 'c' }, scores = { 1, 0/0 } }", "score 2 is "),
        ("SparseEmbeddingSimilarityEvaluator { sentences1 = {}, sentences2 = {}, scores = {}, precision = 'int8' }", "precision"),
        ("SparseBinaryClassificationEvaluator { sentences1 = { 'a' }, sentences2 = { 'b' }, labels = { 0/0 } }", "labels"),
        ("SparseTripletEvaluator { anchors = {}, positives = {}, negatives = {} }", "SparseTripletEvaluator: anchors is empty"),
        ("SparseTripletEvaluator { anchors = { 'a' }, positives = { 'a' }, negatives = { 'a' }, max_active_dim = 3 }",
         "did you mean 'max_active_dims'?"),
        ("SparseTripletEvaluator { anchors = { 'a' }, positives = { 'a' }, negatives = { 'a' }, max_active_dims = 0 }", "must be at least 1"),
        ("SparseMSEEvaluator { source_sentences = { 'a' }, target_sentences = { 'a' }, "
            + "teacher_model = sentx.SentenceTransformer(fixtures .. 'sentence-transformer') }", "a SparseEncoder is wanted"),
        ("SparseTranslationEvaluator { source_sentences = { 'a' }, target_sentences = { 'a' } }"
            + "(sentx.SentenceTransformer(fixtures .. 'sentence-transformer'))", "needs a SparseEncoder, this model is a SentenceTransformer"),
        ("ReciprocalRankFusionEvaluator { dense_samples = {}, sparse_samples = {} }", "dense_samples is empty"),
        ("ReciprocalRankFusionEvaluator { dense_samples = { { query = 'a' } }, sparse_samples = {} }", "dense_samples[1].query_id"),
        ("ReciprocalRankFusionEvaluator { dense_samples = {}, sparse_samples = {}, rrfk = 3 }", "did you mean 'rrf_k'?"),
    ])
    func mistakesInSparseEvaluatorsAreNamed(code: String, message: String) {
        let error = lua.errorMessage("sentx.evaluation.\(code)")
        #expect(error.contains(message), "\(error)")
    }

    @Test func aFusionNeedsNoModel() throws {
        #expect(try lua.text("""
            local function sample(...) return { { query_id = "q", query = "a dog", positive = { "b" }, documents = { ... } } } end
            local evaluator = sentx.evaluation.ReciprocalRankFusionEvaluator {
              dense_samples = sample("a", "b"), sparse_samples = sample("b", "c"), name = "hybrid", write_predictions = true }
            local metrics = evaluator { output_path = folder .. "/fusion" }
            assert(io.open(folder .. "/fusion/ReciprocalRankFusion_evaluation_hybrid_predictions.jsonl"))
            return join(evaluator()["hybrid_mrr@10"], metrics["hybrid_dense_mrr@10"], evaluator(model)["hybrid_mrr@10"])
            """) == "1.0 0.5 1.0")
    }

    @Test func wrongModelsAreRefused() throws {
        #expect(lua.errorMessage("""
            local dense = sentx.SentenceTransformer(fixtures .. "sentence-transformer")
            sentx.losses.MaskedLanguageModelLoss(dense)
            """).contains("SparseEncoder"))
        #expect(lua.errorMessage("""
            sentx.SparseEncoder { modules = { sentx.models.Transformer(fixtures .. "sentence-transformer"), sentx.models.SpladePooling("max") } }
            """).contains("fill-mask"))
    }
}
