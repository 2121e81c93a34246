/// One valid call of every function and constructor of evaluators, retrieval, distillation, models and losses, for tests that replace one
/// argument or option of it.
enum LuaCalls {
    /// Lua that fills the global `calls`, by the path of a function in the documentation, with `#` and a word behind it for a second way to call it.
    ///
    /// A call has `call`, the function; `args`, functions that make its arguments; `options`, its option table, whose functions make their value;
    /// and `use`, what is done with the result. The globals `fixtures` and `scratch` name folders.
    static let source = #"""
        local F = fixtures
        local E, U, M, L = sentx.evaluation, sentx.util, sentx.models, sentx.losses
        local function lazy(make) local value; return function() if not value then value = make() end; return value end end
        local dense = lazy(function() return sentx.SentenceTransformer(F .. "sentence-transformer") end)
        local ranker = lazy(function() return sentx.CrossEncoder(F .. "ranker") end)
        local sparse = lazy(function() return sentx.SparseEncoder(F .. "sparse/bert-max") end)
        local csr = lazy(function() return sentx.SparseEncoder(F .. "sparse/csr") end)
        local function fresh() return sentx.SentenceTransformer(F .. "sentence-transformer") end
        local texts = { "a dog", "a cat", "the rain", "a dog" }
        local function rows() return sentx.tensor { { 1.0, 0.5, 0.25 }, { 0.5, 1.0, 0.0 }, { 0.1, 0.2, 0.9 }, { 0.7, 0.1, 0.3 } } end
        local function encoded() return dense():encode(texts) end
        local function words() return sparse():encode(texts) end
        local function dataset() return sentx.Dataset.from_table({ query = { "a dog", "a cat", "rain" }, answer = { "the dog", "the cat", "the rain" } },
                                                                  { columns = { "query", "answer" } }) end
        local function labelled() return sentx.Dataset.from_table { text = { "a dog", "rain" }, label = { 1, 0 } } end
        local none = function() end
        local function run_with(model) return function(evaluator) return evaluator(model(), { show_progress_bar = false }) end end
        local pairs_ = { { "a dog", "the dog" }, { "a dog", "rain" }, { "rain", "the rain" } }
        local samples = { { query = "a dog", positive = { "the dog" }, negative = { "rain", "a cat" } } }
        local search = { queries = { q1 = "a dog" }, corpus = { d1 = "the dog", d2 = "rain" }, relevant_docs = { q1 = { "d1" } } }
        local graded = { sentences1 = { "a", "a dog" }, sentences2 = { "a cat", "rain" }, scores = { 0.5, 1 } }
        local yesno = { sentences1 = { "a", "a dog" }, sentences2 = { "a cat", "rain" }, labels = { 0, 1 } }
        local triplets = { anchors = { "a dog" }, positives = { "the dog" }, negatives = { "rain" } }
        local translations = { source_sentences = { "a dog", "rain" }, target_sentences = { "the dog", "the rain" } }
        local function copy(t, more) local r = {}; for k, v in pairs(t) do r[k] = v end; for k, v in pairs(more or {}) do r[k] = v end; return r end
        local fused = { query_id = "q1", query = "a dog", positive = { "puppy" }, documents = { "kennel", "puppy" } }
        local function method(name) return function(object, ...) return object[name](object, ...) end end
        local function forward(...) local columns, labels = ...; return function(loss) return loss:forward(columns, labels) end end
        local two, three = { { "a dog", "rain", "a cat" }, { "the dog", "the rain", "the cat" } }, { { "a dog", "rain" }, { "the dog", "the rain" }, { "a cat", "a dog" } }
        local one = { { "a dog", "rain", "a cat" } }
        local lists = { { "a dog", "rain" }, { { "the dog", "rain", "cat" }, { "the rain", "dog" } } }
        local function vector(n) local v = {}; for i = 1, n do v[i] = 0.5 end; return v end
        local function width() return dense():get_embedding_dimension() end

        calls = {
          -- retrieval
          ["sentx.util.semantic_search"] = { call = U.semantic_search, args = { rows, rows }, options = {} },
          ["sentx.util.semantic_search#binary"] = { call = U.semantic_search, args = { rows, function() return U.quantize_embeddings(rows(), "binary") end }, options = {} },
          ["sentx.util.semantic_search#int8"] = { call = U.semantic_search, args = { rows, function() return U.quantize_embeddings(rows(), "int8") end }, options = {} },
          ["sentx.util.reciprocal_rank_fusion"] = { call = U.reciprocal_rank_fusion, args = { function() return { { { { corpus_id = 1, score = 1 } } } } end }, options = {} },
          ["sentx.util.write_bulk_documents"] = { call = U.write_bulk_documents, args = { function() return scratch .. "/bulk.jsonl" end, sparse, words }, options = {} },
          ["sentx.util.paraphrase_mining"] = { call = U.paraphrase_mining, args = { dense, function() return texts end }, options = {} },
          ["sentx.util.paraphrase_mining_embeddings"] = { call = U.paraphrase_mining_embeddings, args = { rows }, options = {} },
          ["sentx.util.community_detection"] = { call = U.community_detection, args = { rows }, options = { min_community_size = 1 } },
          ["sentx.util.quantize_embeddings"] = { call = U.quantize_embeddings, args = { rows }, options = { precision = "int8" } },
          ["sentx.util.precompute_embeddings"] = { call = U.precompute_embeddings, args = { dense, function() return texts end }, options = {} },
          ["sentx.util.teacher_scores"] = { call = U.teacher_scores, args = { ranker, dataset }, options = { target = "scores" } },
          ["sentx.util.principal_components"] = { call = U.principal_components, args = { rows }, options = {} },
          ["sentx.mine_hard_negatives"] = { call = sentx.mine_hard_negatives, args = { dataset, dense }, options = { num_negatives = 1, verbose = false } },
          ["sentx.mine_hard_negatives#all"] = { call = sentx.mine_hard_negatives, args = { dataset, dense }, options = { num_negatives = 1, verbose = false, sampling_strategy = "random", relative_margin = 0.1, output_format = "n-tuple", output_scores = true, range_max = 2 } },
          ["sentx.InvertedIndex"] = { call = sentx.InvertedIndex, args = { words } },
          ["InvertedIndex:search"] = { call = method "search", args = { function() return sentx.InvertedIndex(words()) end, words }, options = {} },
          ["sentx.BM25"] = { call = sentx.BM25, args = { function() return texts end }, options = {} },
          ["BM25:search"] = { call = method "search", args = { function() return sentx.BM25(texts) end, function() return texts end }, options = {} },
          -- evaluators
          ["sentx.evaluation.CrossEncoderRerankingEvaluator"] = { call = E.CrossEncoderRerankingEvaluator, options = { samples = samples }, use = run_with(ranker) },
          ["sentx.evaluation.CrossEncoderClassificationEvaluator"] = { call = E.CrossEncoderClassificationEvaluator, options = { sentence_pairs = pairs_, labels = { 1, 0, 1 } }, use = run_with(ranker) },
          ["sentx.evaluation.CrossEncoderCorrelationEvaluator"] = { call = E.CrossEncoderCorrelationEvaluator, options = { sentence_pairs = pairs_, scores = { 1, 0, 0.5 } }, use = run_with(ranker) },
          ["sentx.evaluation.InformationRetrievalEvaluator"] = { call = E.InformationRetrievalEvaluator, options = search, use = run_with(dense) },
          ["sentx.evaluation.SparseInformationRetrievalEvaluator"] = { call = E.SparseInformationRetrievalEvaluator, options = search, use = run_with(sparse) },
          ["sentx.evaluation.EmbeddingSimilarityEvaluator"] = { call = E.EmbeddingSimilarityEvaluator, options = graded, use = run_with(dense) },
          ["sentx.evaluation.SparseEmbeddingSimilarityEvaluator"] = { call = E.SparseEmbeddingSimilarityEvaluator, options = graded, use = run_with(sparse) },
          ["sentx.evaluation.BinaryClassificationEvaluator"] = { call = E.BinaryClassificationEvaluator, options = yesno, use = run_with(dense) },
          ["sentx.evaluation.SparseBinaryClassificationEvaluator"] = { call = E.SparseBinaryClassificationEvaluator, options = yesno, use = run_with(sparse) },
          ["sentx.evaluation.TripletEvaluator"] = { call = E.TripletEvaluator, options = triplets, use = run_with(dense) },
          ["sentx.evaluation.SparseTripletEvaluator"] = { call = E.SparseTripletEvaluator, options = triplets, use = run_with(sparse) },
          ["sentx.evaluation.RerankingEvaluator"] = { call = E.RerankingEvaluator, options = { samples = samples }, use = run_with(dense) },
          ["sentx.evaluation.SparseRerankingEvaluator"] = { call = E.SparseRerankingEvaluator, options = { samples = samples }, use = run_with(sparse) },
          ["sentx.evaluation.ParaphraseMiningEvaluator"] = { call = E.ParaphraseMiningEvaluator, options = { sentences_map = { a = "a dog", b = "the dog", c = "rain" }, duplicates_list = { { "a", "b" } } }, use = run_with(dense) },
          ["sentx.evaluation.TranslationEvaluator"] = { call = E.TranslationEvaluator, options = translations, use = run_with(dense) },
          ["sentx.evaluation.SparseTranslationEvaluator"] = { call = E.SparseTranslationEvaluator, options = translations, use = run_with(sparse) },
          ["sentx.evaluation.MSEEvaluator"] = { call = E.MSEEvaluator, options = copy(translations, { teacher_model = dense }), use = run_with(dense) },
          ["sentx.evaluation.SparseMSEEvaluator"] = { call = E.SparseMSEEvaluator, options = copy(translations, { teacher_model = sparse }), use = run_with(sparse) },
          ["sentx.evaluation.LabelAccuracyEvaluator"] = { call = E.LabelAccuracyEvaluator, options = { dataset = labelled, softmax_model = function() return function(a) return a end end }, use = run_with(dense) },
          ["sentx.evaluation.ReciprocalRankFusionEvaluator"] = { call = E.ReciprocalRankFusionEvaluator, options = { dense_samples = { fused }, sparse_samples = { fused } }, use = function(e) return e() end },
          ["sentx.evaluation.SequentialEvaluator"] = { call = E.SequentialEvaluator, args = { function() return { E.TripletEvaluator(copy(triplets)) } end }, options = {}, use = run_with(dense) },
          ["sentx.evaluation.Evaluator"] = { call = E.Evaluator, options = { evaluate = function() return function() return { x = 1 } end end, primary_metric = "x" }, use = run_with(dense) },
          ["Evaluator:evaluate"] = { call = method "evaluate", args = { function() return E.TripletEvaluator(copy(triplets, { write_csv = false })) end, dense }, options = {} },
          -- models
          ["sentx.CrossEncoder"] = { call = sentx.CrossEncoder, args = { function() return F .. "ranker" end }, options = {} , use = function(m) return m:predict { { "a dog", "rain" } } end},
          ["CrossEncoder:predict"] = { call = method "predict", args = { ranker, function() return pairs_ end }, options = {} },
          ["CrossEncoder:logits"] = { call = method "logits", args = { ranker, function() return pairs_ end } },
          ["CrossEncoder:rank"] = { call = method "rank", args = { ranker, function() return "a dog" end, function() return texts end }, options = {} },
          ["sentx.SentenceTransformer"] = { call = sentx.SentenceTransformer, args = { function() return F .. "sentence-transformer" end }, options = {}, use = function(m) return m:encode { "a dog" } end },
          ["SentenceTransformer:encode"] = { call = method "encode", args = { dense, function() return texts end }, options = {} },
          ["SentenceTransformer:encode_query"] = { call = method "encode_query", args = { dense, function() return texts end }, options = {} },
          ["SentenceTransformer:encode_document"] = { call = method "encode_document", args = { dense, function() return texts end }, options = {} },
          ["SentenceTransformer:embeddings"] = { call = method "embeddings", args = { dense, function() return texts end }, options = {} },
          ["SentenceTransformer:similarity"] = { call = method "similarity", args = { dense, encoded, encoded } },
          ["SentenceTransformer:similarity_pairwise"] = { call = method "similarity_pairwise", args = { dense, encoded, encoded } },
          ["SentenceTransformer:set_pooling_include_prompt"] = { call = method "set_pooling_include_prompt", args = { fresh, function() return true end } },
          ["SparseMatrix:row"] = { call = method "row", args = { words, function() return 1 end } },
          ["sentx.SparseEncoder"] = { call = sentx.SparseEncoder, args = { function() return F .. "sparse/bert-max" end }, options = {}, use = function(m) return m:encode { "a dog" } end },
          ["sentx.SparseEncoder#csr"] = { call = sentx.SparseEncoder, args = { function() return F .. "sparse/csr" end }, options = {}, use = function(m) return m:encode { "a dog" } end },
          ["SparseEncoder:encode"] = { call = method "encode", args = { sparse, function() return texts end }, options = {} },
          ["SparseEncoder:encode#csr"] = { call = method "encode", args = { csr, function() return texts end }, options = {} },
          ["SparseEncoder:encode_query"] = { call = method "encode_query", args = { sparse, function() return texts end }, options = {} },
          ["SparseEncoder:encode_document"] = { call = method "encode_document", args = { sparse, function() return texts end }, options = {} },
          ["SparseEncoder:embeddings"] = { call = method "embeddings", args = { sparse, function() return texts end }, options = {} },
          ["SparseEncoder:calibrate_head"] = { call = method "calibrate_head", args = { function() return sentx.SparseEncoder(F .. "sparse/bert-max") end, function() return texts end }, options = {} },
          ["SparseEncoder:similarity"] = { call = method "similarity", args = { sparse, words, words } },
          ["SparseEncoder:similarity_pairwise"] = { call = method "similarity_pairwise", args = { sparse, words, words } },
          ["SparseEncoder:decode"] = { call = method "decode", args = { sparse, words, function() return 2 end } },
          ["SparseEncoder:sparsity"] = { call = method "sparsity", args = { sparse, words } },
          ["SparseEncoder:intersection"] = { call = method "intersection", args = { sparse, function() return words():row(1) end, words } },
          ["Model:add_adapter"] = { call = method "add_adapter", args = { fresh }, options = { target_modules = { "query" } } },
          ["Model:keep_layers"] = { call = method "keep_layers", args = { fresh, function() return { 1 } end } },
          ["Model:train"] = { call = method "train", args = { fresh, function() return false end } },
          ["Model:set_adapter"] = { call = method "set_adapter", args = { function() local m = fresh(); m:add_adapter { adapter_name = "x", target_modules = { "query" } }; return m end, function() return "x" end } },
          ["Model:load_adapter"] = { call = method "load_adapter", args = { fresh, function() return F .. "adapter-st" end }, options = {} },
          ["sentx.models.Transformer"] = { call = M.Transformer, args = { function() return F .. "sentence-transformer" end }, options = {} },
          ["sentx.models.Pooling"] = { call = M.Pooling, args = { function() return 8 end, function() return "mean" end }, options = {} },
          ["sentx.models.Dense"] = { call = M.Dense, options = { in_features = 8, out_features = 4 } },
          ["sentx.models.Dense#positional"] = { call = M.Dense, args = { function() return 8 end, function() return 4 end }, options = {} },
          ["sentx.models.Normalize"] = { call = M.Normalize, options = {} },
          ["sentx.models.LayerNorm"] = { call = M.LayerNorm, args = { function() return 8 end } },
          ["sentx.models.Dropout"] = { call = M.Dropout, args = { function() return 0.5 end } },
          ["sentx.models.WeightedLayerPooling"] = { call = M.WeightedLayerPooling, args = { function() return 8 end }, options = { num_hidden_layers = 3, layer_start = 1 } },
          ["sentx.models.StaticEmbedding"] = { call = M.StaticEmbedding, args = { function() return F .. "sentence-transformer" end }, options = { embedding_dim = 4 } },
          ["sentx.models.StaticEmbedding.from_distillation"] = { call = M.StaticEmbedding.from_distillation, args = { function() return F .. "sentence-transformer" end }, options = { pca_dims = 4 } },
          ["sentx.models.Router"] = { call = M.Router, args = { function() return { query = fresh(), document = fresh() } end }, options = {} },
          ["sentx.models.Router.for_query_document"] = { call = M.Router.for_query_document, args = { fresh, fresh }, options = {} },
          ["sentx.models.SpladePooling"] = { call = M.SpladePooling, args = { function() return "max" end }, options = {}, use = function(p) return sentx.SparseEncoder { modules = { sparse():modules()[1], p } }:encode { "a dog" } end },
          ["sentx.models.SparseStaticEmbedding"] = { call = M.SparseStaticEmbedding, args = { function() return F .. "sentence-transformer" end }, options = {} },
          ["sentx.models.SparseAutoEncoder"] = { call = M.SparseAutoEncoder, args = { function() return 24 end }, options = { hidden_dim = 32, k = 4 }, use = function(a) return sentx.SparseEncoder { modules = { fresh():modules()[1], M.Pooling(24, "mean"), a } }:encode { "a dog" } end },
        }
        -- losses
        local function ce(name, batch, labels, more) calls["sentx.cross_encoder.losses." .. name] = { call = sentx.cross_encoder.losses[name], args = { ranker }, options = more or {}, use = function(loss) return loss:forward(batch, labels) end } end
        ce("BinaryCrossEntropyLoss", two, { 1, 0, 1 }); ce("MSELoss", two, { 1, 0, 1 }); ce("MarginMSELoss", three, { 1, 0 })
        ce("CrossEntropyLoss", two, { 0, 0, 0 })
        ce("MultipleNegativesRankingLoss", two); ce("CachedMultipleNegativesRankingLoss", two)
        for _, name in ipairs { "LambdaLoss", "RankNetLoss", "ListNetLoss", "ListMLELoss", "PListMLELoss", "ADRMSELoss" } do ce(name, lists, { { 1, 0, 0 }, { 1, 0 } }) end
        calls["sentx.cross_encoder.losses.CrossEntropyLoss"].args = { function() return sentx.CrossEncoder(F .. "cross-encoder") end }
        calls["sentx.cross_encoder.losses.NDCGLoss2PPScheme"] = { call = sentx.cross_encoder.losses.NDCGLoss2PPScheme, options = {}, use = function(s) return sentx.cross_encoder.losses.LambdaLoss(ranker(), { weighting_scheme = s }):forward(lists, { { 1, 0, 0 }, { 1, 0 } }) end }
        calls["sentx.cross_encoder.losses.PListMLELambdaWeight"] = { call = sentx.cross_encoder.losses.PListMLELambdaWeight, options = {} }
        local function st(name, batch, labels, args, more)
          local list = { dense }; for _, a in ipairs(args or {}) do list[#list + 1] = a end
          calls["sentx.sentence_transformer.losses." .. name] = { call = sentx.sentence_transformer.losses[name], args = list, options = more or {}, use = function(loss) return loss:forward(batch, type(labels) == "function" and labels() or labels) end }
        end
        local mnrl = function() return sentx.sentence_transformer.losses.MultipleNegativesRankingLoss(dense()) end
        for _, name in ipairs { "MultipleNegativesRankingLoss", "CachedMultipleNegativesRankingLoss", "MultipleNegativesSymmetricRankingLoss", "CachedMultipleNegativesSymmetricRankingLoss", "MegaBatchMarginLoss", "GlobalOrthogonalRegularizationLoss", "ContrastiveTensionLoss" } do st(name, two) end
        st("GISTEmbedLoss", two, nil, { dense }); st("CachedGISTEmbedLoss", two, nil, { dense })
        for _, name in ipairs { "CosineSimilarityLoss", "CoSENTLoss", "AnglELoss", "ContrastiveLoss", "OnlineContrastiveLoss" } do st(name, two, { 1, 0, 1 }) end
        st("SoftmaxLoss", two, { 1, 0, 1 }, {}, { num_labels = 2 })
        st("TripletLoss", three)
        for _, name in ipairs { "BatchAllTripletLoss", "BatchHardTripletLoss", "BatchSemiHardTripletLoss", "BatchHardSoftMarginTripletLoss" } do st(name, one, { 1, 0, 1 }) end
        st("MarginMSELoss", three, { 1, 0 }); st("DistillKLDivLoss", three, { { 1, 0 }, { 0, 1 } })
        local function vectors() return { vector(width()), vector(width()) } end
        st("MSELoss", { { "a dog", "rain" } }, vectors); st("EmbedDistillLoss", { { "a dog", "rain" } }, vectors)
        st("ContrastiveTensionLossInBatchNegatives", one); st("DenoisingAutoEncoderLoss", one)
        calls["sentx.sentence_transformer.losses.DenoisingAutoEncoderLoss"].args = { function() local t = sentx.models.Transformer(F .. "sentence-transformer"); return sentx.SentenceTransformer { modules = { t, M.Pooling(24, "cls") } } end }
        st("MatryoshkaLoss", two, nil, { mnrl }, { matryoshka_dims = { 4, 2 } }); st("AdaptiveLayerLoss", two, nil, { mnrl }); st("Matryoshka2dLoss", two, nil, { mnrl }, { matryoshka_dims = { 4, 2 } })
        calls["sentx.sentence_transformer.losses.delete_words"] = { call = sentx.sentence_transformer.losses.delete_words, args = { function() return "a dog barks" end }, options = {} }
        local function sp(name, batch, labels, args, more, model)
          local list = { model or sparse }; for _, a in ipairs(args or {}) do list[#list + 1] = a end
          calls["sentx.sparse_encoder.losses." .. name] = { call = sentx.sparse_encoder.losses[name], args = list, options = more or {}, use = batch and function(loss) return loss:forward(batch, labels) end }
        end
        local smnrl = function() return sentx.sparse_encoder.losses.SparseMultipleNegativesRankingLoss(sparse()) end
        sp("MaskedLanguageModelLoss", one)
        sp("SpladeLoss", two, nil, { smnrl }, { document_regularizer_weight = 1e-3 }); sp("CachedSpladeLoss", two, nil, { smnrl }, { document_regularizer_weight = 1e-3 })
        sp("FlopsLoss"); sp("L1Loss"); sp("CSRReconstructionLoss")
        sp("CSRLoss", two, nil, {}, {}, csr)
        local plain = sp
        local function sparse_inner(name, batch, labels) plain(name, batch, labels); calls["sentx.sparse_encoder.losses." .. name].use = function(loss) return sentx.sparse_encoder.losses.SpladeLoss(sparse(), loss, { document_regularizer_weight = 1e-3 }):forward(batch, labels) end end
        sp = sparse_inner
        sp("SparseMultipleNegativesRankingLoss", two); sp("SparseTripletLoss", three)
        for _, name in ipairs { "SparseCoSENTLoss", "SparseAnglELoss", "SparseCosineSimilarityLoss" } do sp(name, two, { 1, 0, 1 }) end
        sp("SparseMarginMSELoss", three, { 1, 0 }); sp("SparseDistillKLDivLoss", three, { { 1, 0 }, { 0, 1 } })
        for _, name in ipairs { "FlopsLoss", "L1Loss" } do
          calls["sentx.sparse_encoder.losses." .. name].use = function(r) return sentx.sparse_encoder.losses.SpladeLoss(sparse(), smnrl(), { document_regularizer_weight = 1e-3, document_regularizer = r }):forward(two) end
        end
        """#
}
