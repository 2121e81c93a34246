import LuaHost
import Testing

/// Losses of bi-encoders on the tiny model that the encoder tests compare with the reference.
@Suite struct EmbeddingLossTests {
    let lua: LuaSession

    private static let fixtures = String(#filePath.dropLast("BindingsTests/EmbeddingLossTests.swift".count)) + "EncodersTests/Fixtures/"

    init() throws {
        lua = try LuaSession()
        try lua.state.globals.set("fixtures", .string(Self.fixtures))
        try lua.run("""
            model = sentx.SentenceTransformer(fixtures .. "sentence-transformer")
            guide = sentx.SentenceTransformer(fixtures .. "sentence-transformer")
            ranker = sentx.CrossEncoder(fixtures .. "ranker")
            losses = sentx.losses
            queries, positives, negatives = { "the dog", "a cat", "red water" }, { "runs", "sleeps in the house", "is blue" }, { "berlin", "the city", "people" }
            function ranking(options) return losses.MultipleNegativesRankingLoss(model, options) end
            -- The gradient's squared length over all parameters.
            function gradient(value)
              for _, parameter in ipairs(model:parameters()) do parameter.grad = nil end
              value:backward()
              local sum = 0
              for _, parameter in ipairs(model:parameters()) do
                if parameter.grad then sum = sum + parameter.grad:square():sum():item() end
              end
              return sum
            end
            """)
    }

    @Test(arguments: [
        "losses.MultipleNegativesRankingLoss(model)",
        "losses.MultipleNegativesRankingLoss(model, { scale = 1, similarity_fct = 'dot' })",
        "losses.MultipleNegativesRankingLoss(model, { scale = 2, similarity_fct = function(a, b) return a:matmul(b:t()):tanh() end })",
        "losses.MultipleNegativesRankingLoss(model, { similarity_fct = sentx.util.cos_sim, gather_across_devices = true })",
        """
            losses.MultipleNegativesRankingLoss(model, { directions = { 'query_to_doc', 'query_to_query', 'doc_to_query', \
            'doc_to_doc' }, hardness_mode = 'all_negatives', hardness_strength = 5 })
            """,
        "losses.MultipleNegativesRankingLoss(model, { directions = { 'query_to_doc', 'doc_to_query' }, partition_mode = 'per_direction' })",
        "losses.CachedMultipleNegativesRankingLoss(model, { mini_batch_size = 2 })",
        "losses.CachedMultipleNegativesRankingLoss(model, { mini_batch_num_tokens = 12 })",
        "losses.MultipleNegativesSymmetricRankingLoss(model, { scale = 10 })",
        "losses.CachedMultipleNegativesSymmetricRankingLoss(model, { mini_batch_size = 1, similarity_fct = 'manhattan' })",
        "losses.GISTEmbedLoss(model, guide, { temperature = 0.1, margin_strategy = 'relative', margin = 0.05 })",
        "losses.CachedGISTEmbedLoss(model, guide, { temperature = 0.1, contrast_anchors = false, mini_batch_size = 2 })",
        "losses.GlobalOrthogonalRegularizationLoss(model, { aggregation = 'sum', mean_weight = 0 })",
        "losses.MatryoshkaLoss(model, ranking(), { 8, 4 }, { matryoshka_weights = { 1, 0.5 } })",
        "losses.AdaptiveLayerLoss(model, ranking(), { n_layers_per_step = -1, layer_weighting = 'log' })",
        "losses.Matryoshka2dLoss(model, losses.CachedMultipleNegativesRankingLoss(model, { mini_batch_size = 2 }), { 8, 4 }, { kl_temperature = 1 })",
        "losses.MatryoshkaLoss(model, losses.CachedGISTEmbedLoss(model, guide, { temperature = 0.1 }), { 8, 2 }, { n_dims_per_step = 1 })",
    ])
    func a_loss_has_a_value_whose_gradient_reaches_the_model(construction: String) throws {
        let results = try lua.run("""
            local loss = \(construction)
            local value = loss({ queries, positives, negatives })
            return value:item(), gradient(value)
            """)
        #expect(results[0].asNumber.map { $0.isFinite && $0 > 0 } == true, "value \(results[0])")
        #expect(results[1].asNumber.map { $0.isFinite && $0 > 0 } == true, "gradient \(results[1])")
    }

    @Test func a_cached_loss_trains_as_the_plain_one_does() throws {
        let results = try lua.run("""
            local function train(loss)
              model = sentx.SentenceTransformer(fixtures .. "sentence-transformer")
              local inner = loss(model)
              local optimizer = sentx.optim.AdamW(model:parameters(), { lr = 0.01 })
              local values = {}
              for step = 1, 8 do
                optimizer:zero_grad()
                local value = inner({ queries, positives, negatives })
                value:backward()
                optimizer:step()
                values[step] = value:item()
              end
              return values
            end
            local plain = train(function(m) return losses.MultipleNegativesRankingLoss(m) end)
            local cached = train(function(m) return losses.CachedMultipleNegativesRankingLoss(m, { mini_batch_size = 2 }) end)
            local pairs_ = train(function(m) return losses.MatryoshkaLoss(m, losses.MultipleNegativesRankingLoss(m), { 8 }) end)
            local worst = 0
            for i = 1, 8 do worst = math.max(worst, math.abs(plain[i] - cached[i]), math.abs(plain[i] - pairs_[i])) end
            return worst, plain[8] < 0.5 * plain[1]
            """)
        #expect(results[0].asNumber.map { $0 < 1e-3 } == true, "curves differ by \(results[0])")
        #expect(results[1] == .boolean(true))
    }

    @Test func layers_can_be_trained_with_gradient_caching() throws {
        let results = try lua.run("""
            local options = { n_layers_per_step = -1 }
            local plain = losses.AdaptiveLayerLoss(model, ranking(), options)
            local cached = losses.AdaptiveLayerLoss(model, losses.CachedMultipleNegativesRankingLoss(model, { mini_batch_size = 2 }), options)
            local a, b = plain({ queries, positives }), cached({ queries, positives })
            return a:item() - b:item(), gradient(a) / gradient(b) - 1
            """)
        #expect(results.allSatisfy { $0.asNumber.map { abs($0) < 1e-4 } == true }, "\(results)")
    }

    @Test func two_columns_suffice_for_the_losses_of_pairs() throws {
        let results = try lua.run("""
            local mega = losses.MegaBatchMarginLoss(model, { positive_margin = 0.9, mini_batch_size = 2 })
            local whole = losses.MegaBatchMarginLoss(model, { positive_margin = 0.9, use_mini_batched_version = false })
            local batch = { queries, positives }
            return mega(batch):item() - whole(batch):item(), gradient(mega(batch)) > 0
            """)
        #expect(results[0].asNumber.map { abs($0) < 1e-5 } == true && results[1] == .boolean(true))
    }

    @Test func losses_of_one_model_can_be_combined_over_the_same_embeddings() throws {
        let results = try lua.run("""
            local first, second = ranking(), losses.GlobalOrthogonalRegularizationLoss(model)
            local embeddings = { model:embeddings(queries), model:embeddings(positives) }
            local sum = first:compute_loss_from_embeddings(embeddings) + second:compute_loss_from_embeddings(embeddings)
            local batch = { queries, positives }
            return sum:item() - first(batch):item() - second(batch):item(), gradient(sum) > 0
            """)
        #expect(results[0].asNumber.map { abs($0) < 1e-5 } == true && results[1] == .boolean(true))
    }

    @Test func a_name_that_two_kinds_of_model_have_means_the_loss_of_the_one_given() throws {
        #expect(try lua.text("return losses.MultipleNegativesRankingLoss(model)").contains("hardness_strength"))
        #expect(try lua.text("return losses.MultipleNegativesRankingLoss(ranker)").contains("num_negatives"))
        #expect(try lua.text("return sentx.sentence_transformer.losses.CachedMultipleNegativesRankingLoss(model)").contains("similarity_fct"))
        #expect(try lua.text("return sentx.cross_encoder.losses.CachedMultipleNegativesRankingLoss(ranker)").contains("num_negatives"))
    }

    @Test func settings_are_told_under_the_names_of_the_reference() throws {
        let text = try lua.text("""
            local config = losses.Matryoshka2dLoss(model, ranking({ similarity_fct = "dot_score", scale = 1 }), { 4, 8 }, {
              n_layers_per_step = -1, layer_weighting = function(layer) return layer + 1 end }):get_config_dict()
            return table.concat({ config.loss, config.n_layers_per_step, config.layer_weighting, table.concat(config.matryoshka_dims, "+"), config.n_dims_per_step }, " ")
            """)
        #expect(text == "MultipleNegativesRankingLoss -1 lua function 8+4 1")
        #expect(try lua.text("return losses.AdaptiveLayerLoss(model, ranking(), { layer_weighting = 'log', kl_temperature = 0 })")
            == "AdaptiveLayerLoss { loss = \"MultipleNegativesRankingLoss\", n_layers_per_step = 1, last_layer_weight = 1.0, prior_layers_weight = 1.0, "
            + "kl_div_weight = 1.0, kl_temperature = 0.0, layer_weighting = \"log\" }")
    }

    @Test(arguments: [
        ("losses.MultipleNegativesRankingLoss(5)",
            "MultipleNegativesRankingLoss: argument 1 (model): expected CrossEncoder or SentenceTransformer, got"),
        ("losses.GISTEmbedLoss(ranker, guide)", "GISTEmbedLoss: argument 1 (model): expected SentenceTransformer, got CrossEncoder"),
        ("losses.GISTEmbedLoss(model, { temperature = 1 })", "GISTEmbedLoss: argument 2 (guide): expected SentenceTransformer, got table"),
        ("losses.BinaryCrossEntropyLoss(model)", "BinaryCrossEntropyLoss: argument 1 (model): expected CrossEncoder, got SentenceTransformer"),
        ("sentx.sentence_transformer.losses.MultipleNegativesRankingLoss(ranker)", "expected SentenceTransformer, got CrossEncoder"),
        ("ranking({ num_negatives = 4 })", "unknown option 'num_negatives'"),
        ("ranking({ similarity_fct = 'cosine_sim' })", "(did you mean"),
        ("ranking({ similarity_fct = 5 })", "option 'similarity_fct': expected name of a similarity or function"),
        ("ranking({ similarity_fct = function(a, b) return 1 end })({ queries, positives })", "similarity_fct: result: expected Tensor, got"),
        ("ranking({ similarity_fct = sentx.util.pairwise_cos_sim })({ queries, positives })", "similarity_fct 'lua function' gave shape [3]"),
        ("ranking({ directions = { 'query_to_docs' } })", "(did you mean 'query_to_doc'?)"),
        ("ranking({ directions = { 'doc_to_query' } })", "directions must contain \"query_to_doc\""),
        ("ranking({ hardness_mode = 'hard' })", "option 'hardness_mode': expected one of"),
        ("ranking()({ queries })", "expects a query and a positive column, and any number of negatives, the batch has 1 input column"),
        ("losses.MatryoshkaLoss(model, ranking(), { 16, 4 })", "matryoshka_dims holds 16, the model's embeddings have 8 numbers"),
        ("losses.MatryoshkaLoss(model, ranking(), { matryoshka_dims = 8 })", "option 'matryoshka_dims': expected table of integers"),
        ("losses.MatryoshkaLoss(model, losses.AdaptiveLayerLoss(model, ranking()), { 8 })",
            "write AdaptiveLayerLoss(model, MatryoshkaLoss(model, loss, dims))"),
        ("losses.MatryoshkaLoss(model, losses.BinaryCrossEntropyLoss(ranker), { 8 })", "BinaryCrossEntropyLoss does not work on embeddings alone"),
        ("losses.AdaptiveLayerLoss(model, losses.MultipleNegativesRankingLoss(guide))", "was made with another model"),
        ("losses.AdaptiveLayerLoss(model, 'MSELoss')", "argument 2 (loss): expected loss over embeddings"),
        ("losses.GISTEmbedLoss(model, guide):compute_loss_from_embeddings({ model:embeddings(queries), model:embeddings(positives) })",
            "call the loss with texts"),
        ("ranking():compute_loss_from_embeddings({ model:embeddings(queries), model:embeddings({ 'one' }) })", "equally many rows"),
        ("losses.BinaryCrossEntropyLoss(ranker):compute_loss_from_embeddings({})", "does not work on embeddings alone; call it with texts"),
    ] as [(String, String)])
    func mistakes_are_told_in_one_line(code: String, message: String) {
        let error = lua.errorMessage("return " + code)
        #expect(error.contains(message), "\(error)")
    }
}
