import LuaHost
import TestSupport
import Testing

/// Models that a script builds of modules.
@Suite struct ModuleBuildingTests {
    let lua: LuaSession

    init() throws {
        lua = try LuaSession()
        let fixtures = String(#filePath.dropLast("BindingsTests/ModuleTests.swift".count)) + "EncodersTests/Fixtures/"
        try lua.state.globals.set("fixtures", .string(fixtures))
        try lua.run("""
            models = sentx.models
            body = models.Transformer(fixtures .. "modules/first", { max_seq_length = 9 })
            """)
    }

    @Test func aModelIsBuiltOfModulesSavedAndLoaded() throws {
        let folder = TemporaryFolder()
        try lua.state.globals.set("folder", .string(folder("saved")))
        let text = try lua.text("""
            local model = sentx.SentenceTransformer {
              modules = { body, models.Pooling(12, { "mean", "cls" }), models.Dense { in_features = 24, out_features = 6 }, models.Dropout(0.1),
                          models.LayerNorm(6), models.Normalize() },
              prompts = { query = "the ", passage = "a " }, default_prompt_name = "passage", truncate_dim = 5, similarity_fn_name = "dot",
            }
            assert(#model == 6 and model[1] == body and model[7] == nil and model:modules()[3].type == "Dense")
            assert(model:get_embedding_dimension() == 5 and model.max_seq_length == 9 and model.similarity_fn_name == "dot")
            model:save_pretrained(folder)
            local again = sentx.SentenceTransformer(folder)
            local a, b = model:encode { "the cat", "" }, again:encode { "the cat", "" }
            assert((a - b):abs():max():item() == 0)
            assert(again.default_prompt_name == "passage" and again.prompts.passage == "a " and again.truncate_dim == 5)
            assert(again:encode("cat")[1]:item() ~= again:encode("cat", { prompt = "" })[1]:item())
            local s = a:shape()
            return s[1] .. "x" .. s[2] .. " " .. tostring(again[2].pooling_mode[2])
            """)
        #expect(text == "2x5 cls")
    }

    @Test func routesShareModulesAndFollowTheTask() throws {
        let text = try lua.text("""
            local pooling = models.Pooling(12)
            local router = models.Router.for_query_document({ body, pooling, models.Dense(12, 4) }, { body, pooling, models.Dense(12, 4, { bias = false }) })
            local model = sentx.SentenceTransformer { modules = { router } }
            local query, document = model:encode_query("the cat"), model:encode_document("the cat")
            assert((model:encode("the cat") - document):abs():max():item() == 0)
            assert((model:encode("the cat", { task = "query" }) - query):abs():max():item() == 0)
            assert((query - document):abs():max():item() > 0)
            assert(router.default_route == "document" and #router.sub_modules.query == 3)
            return #model:parameters() - #body:parameters()
            """)
        #expect(text == "3")
    }

    @Test func tokenEmbeddingsComeAsOneTensorForEachText() throws {
        let text = try lua.text("""
            local model = sentx.SentenceTransformer { modules = { body, models.Pooling(12, "cls") } }
            local tokens = model:encode({ "the cat", "the cat runs" }, { output_value = "token_embeddings" })
            local one = model:encode("the cat", { output_value = "token_embeddings" })
            assert((one[1] - model:encode("the cat")):abs():max():item() < 1e-6)
            return #tokens .. " " .. tokens[1]:shape()[1] .. " " .. tokens[2]:shape()[1] .. " " .. #model:encode({}):shape()
            """)
        #expect(text == "2 4 5 2")
    }

    @Test func aStaticEmbeddingBeginsAtRandomOrWithGivenVectors() throws {
        let text = try lua.text("""
            local tokenizer = sentx.Tokenizer(fixtures .. "modules/static")
            local random = sentx.SentenceTransformer { modules = { models.StaticEmbedding(tokenizer, { embedding_dim = 7 }) } }
            assert(random:encode("the cat"):shape()[1] == 7 and random.max_seq_length == nil)
            local given = models.StaticEmbedding(tokenizer, { embedding_weights = sentx.ones({ #tokenizer, 3 }) })
            local model = sentx.SentenceTransformer { modules = { given, models.Dense { in_features = 3, out_features = 2 } } }
            local loaded = models.StaticEmbedding.from_model2vec(fixtures .. "modules/static")
            assert(given:get_embedding_dimension() == 3 and #model == 2 and loaded:get_embedding_dimension() == 12)
            return random:get_embedding_dimension()
            """)
        #expect(text == "7")
    }

    @Test func onlyRoutesThatAreWrittenInOrderHaveAFirstOne() throws {
        #expect(lua.errorMessage("models.Router({ a = { models.Normalize() }, b = { models.Normalize() } }, { allow_empty_key = true })")
            .contains("names in a Lua table have no order"))
        #expect(try lua.text("""
            local a, b = { models.Normalize() }, { models.Normalize() }
            local named = models.Router({ a = a, b = b })
            assert(named.default_route == nil and models.Router({ a = a }).default_route == "a")
            assert(models.Router({ a = a, b = b }, { default_route = "b" }).default_route == "b")
            return models.Router({ { "b", b }, { "a", a } }).default_route
            """) == "b")
    }

    @Test func mistakesAreNamed() {
        #expect(lua.errorMessage("sentx.SentenceTransformer {}").contains("option modules"))
        #expect(lua.errorMessage("sentx.SentenceTransformer { modules = { body } }").contains("Pooling"))
        #expect(lua.errorMessage("sentx.SentenceTransformer { modules = { body, 3 } }").contains("Module"))
        #expect(lua.errorMessage("models.Pooling(12, 'meen')").contains("did you mean 'mean'"))
        #expect(lua.errorMessage("models.Dense { in_features = 3, out_features = 2, activation_function = 'Tahn' }").contains("did you mean 'Tanh'"))
        #expect(lua.errorMessage("models.Dense { in_features = 3, outfeatures = 2 }").contains("out_features"))
        #expect(lua.errorMessage("models.Router({ query = {} })").contains("no modules"))
        #expect(lua.errorMessage("models.StaticEmbedding(body.tokenizer)").contains("embedding_dim"))
        #expect(lua.errorMessage("models.WordEmbeddings()").contains("no member 'WordEmbeddings'"))
        #expect(lua.errorMessage("""
            sentx.SentenceTransformer(fixtures .. 'modules/first'):encode('a', { precision = 'int8' })
            """).contains("range of a single embedding"))
    }
}
