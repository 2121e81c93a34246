import Testing

/// The forms in which a script says which documents belong to a query.
@Suite struct RelevanceJudgementTests {
    let lua: LuaSession

    /// Three documents, found in the order of their numbers, under ids that are numbers or texts; gives the reciprocal rank and the recall at 1.
    init() throws {
        lua = try LuaSession()
        try lua.run("""
            local weights = sentx.tensor { { 0, 0 }, { 1, 0 }, { 0.9, 0.4 }, { 0.8, 0.6 }, { 0.7, 0.7 } }
            local path = os.tmpname()
            os.remove(path)
            os.execute("mkdir -p " .. path)
            local file = assert(io.open(path .. "/tokenizer.json", "w"))
            file:write([[{"version":"1.0","added_tokens":[],"normalizer":null,"pre_tokenizer":{"type":"WhitespaceSplit"},"post_processor":null,
              "decoder":null,"model":{"type":"WordLevel","vocab":{"[UNK]":0,"q":1,"a":2,"b":3,"c":4},"unk_token":"[UNK]"}}]])
            file:close()
            local static = sentx.models.StaticEmbedding(sentx.Tokenizer(path), { embedding_weights = weights })
            os.execute("rm -r " .. path)
            model = sentx.SentenceTransformer { modules = { static } }
            function search(relevant, corpus)
              local evaluator = sentx.evaluation.InformationRetrievalEvaluator {
                queries = { q = "q", r = "q" }, corpus = corpus or { "a", "b", "c" }, relevant_docs = relevant, precision_recall_at_k = { 1 },
              }
              local results = evaluator(model)
              return string.format("%.3f %.3f", results["cosine_mrr@10"], results["cosine_recall@1"])
            end
            """)
    }

    @Test(arguments: [
        // Lists of ids.
        ("{ q = { 3 } }", "0.333 0.000"), ("{ q = { 1, 3 } }", "1.000 0.500"), ("{ q = { \"2\" } }", "0.500 0.000"), ("{ q = 2 }", "0.500 0.000"),
        ("{ q = { 2, 1 } }", "1.000 0.500"), ("{ q = { \"9\", 2 } }", "0.500 0.000"),
        // Booleans and grades under ids.
        ("{ q = { [3] = true } }", "0.333 0.000"), ("{ q = { [2] = true, [1] = false } }", "0.500 0.000"),
        ("{ q = { [3] = 1 } }", "0.333 0.000"), ("{ q = { [2] = 1, [3] = 2 } }", "0.500 0.000"), ("{ q = { [\"3\"] = 1, [\"2\"] = 0 } }", "0.333 0.000"),
        ("{ q = { [\"1\"] = -1, [\"3\"] = 0.5 } }", "0.333 0.000"), ("{ q = { [1] = 2, [2] = 1 } }", "1.000 0.500"),
        ("{ q = { [3] = 1 }, r = { [2] = 1 } }", "0.417 0.000"),
    ])
    func aFormHasOneMeaning(relevant: String, result: String) throws {
        #expect(try lua.text("return search(\(relevant))") == result)
    }

    @Test func gradesOfIdsThatAreTextsAreRead() throws {
        #expect(try lua.text("return search({ q = { d3 = 1, d1 = 0 } }, { d1 = 'a', d2 = 'b', d3 = 'c' })") == "0.333 0.000")
        #expect(try lua.text("return search(sentx.json.decode('{\"q\": {\"3\": 1, \"1\": 0}}'), { ['1'] = 'a', ['2'] = 'b', ['3'] = 'c' })")
            == "0.333 0.000")
    }

    @Test(arguments: [
        ("{ q = { [1] = 1, [2] = 1 } }", "a list would name an id twice"), ("{ q = { [1] = 1, [2] = 0 } }", "'0' is no id of a document"),
        ("{ q = { 9, 2 } }", "'9' is no id of a document"), ("{ q = { [1] = 0 } }", "'0' is no id of a document"), ("{ q = { [3] = 1 }, r = { [1] = 2 } }", "'q' has grades"),
        ("{ q = { [1] = 0.5 } }", "a table with the keys 1 to 1 is a list of ids"), ("{ q = { [3] = 0 / 0 } }", "the grade of '3' is not a number"),
        ("{ q = { [3] = '1' } }", "under the key '3' is something else"), ("{ q = { 'a', b = 1 } }", "under the key '1' is something else"),
        ("{ q = { { 1 } } }", "ids are strings or whole numbers"), ("{ [1] = { 3 }, ['1'] = { 2 } }", "the id '1' is there twice"),
    ])
    func whatHasTwoMeaningsIsRefused(relevant: String, message: String) {
        let said = lua.errorMessage("return search(\(relevant))")
        #expect(said.contains("option 'relevant_docs'") && said.contains(message), "\(said)")
    }

    @Test func duplicatesHaveTheSameForms() throws {
        for duplicates in ["{ a = { 'b' } }", "{ a = { b = 1, c = 0 } }", "{ a = { b = true } }", "{ a = 'b' }"] {
            let result = try lua.text("""
                return sentx.evaluation.ParaphraseMiningEvaluator {
                  sentences_map = { a = "a", b = "b", c = "q" }, duplicates_dict = \(duplicates) }(model).average_precision
                """)
            #expect(result == "1.0", "\(duplicates)")
        }
    }
}
