import Files
import LuaHost
import TestSupport
import Testing

/// What scripts may give by mistake: each argument and each option of a valid call is replaced by numbers at the ends of their types, by
/// what is no number, and by values of other types. Whatever is given, the host goes on, and says what was wrong.
@Suite struct ExtremeValueTests {
    private static let scratch = TemporaryFolder()

    /// The values, by the words that name them in a failure.
    private static let values = """
        local deep, loop = {}, {}
        for i = 1, 60 do deep = { deep } end
        loop.loop, loop[1] = loop, loop
        extremes = {
          { "mininteger", math.mininteger }, { "maxinteger", math.maxinteger }, { "0", 0 }, { "-1", -1 }, { "2^31", 1 << 31 }, { "2^62", 1 << 62 },
          { "1e300", 1e300 }, { "-1e300", -1e300 }, { "2^63", 2.0^63 }, { "nan", 0 / 0 }, { "inf", 1 / 0 }, { "-inf", -1 / 0 }, { "1.5", 1.5 },
          { "empty text", "" }, { "no UTF-8", "\\xff" }, { "true", true }, { "{}", {} }, { "{0}", { 0 } }, { "{mininteger}", { math.mininteger } },
          { "{2^62}", { 1 << 62 } }, { "{nan}", { 0 / 0 } }, { "{1e300}", { 1e300 } }, { "{{}}", { {} } }, { "{[5]=1}", { [5] = 1 } }, { "{a=1}", { a = 1 } },
          { "{1.5=1}", { [1.5] = 1 } }, { "deep", deep }, { "loop", loop }, { "function", function() return 0 / 0 end }, { "coroutine", coroutine.create(print) },
          { "no rows", sentx.zeros(0, 3) }, { "no columns", sentx.zeros(3, 0) }, { "nan tensor", sentx.tensor { { 0 / 0 } } }, { "scalar tensor", sentx.tensor(1) },
        }
        extremes_but_texts = {}
        for _, extreme in ipairs(extremes) do
          if type(extreme[2]) ~= "string" then extremes_but_texts[#extremes_but_texts + 1] = extreme end
        end
        function copy_of(call)
          local made = { options = call.options and {} }
          for i, make in ipairs(call.args or {}) do made[i] = make() end
          for name, value in pairs(call.options or {}) do made.options[name] = type(value) == "function" and value() or value end
          return made
        end
        function outcome(call, made)
          local count = #(call.args or {})
          if made.options then count = count + 1; made[count] = made.options end
          return pcall(function()
            local result = call.call(table.unpack(made, 1, count))
            if call.use then call.use(result) end
          end)
        end
        """

    private static func session() throws -> LuaSession {
        let lua = try LuaSession()
        try lua.state.globals.set("fixtures", .string(Path.join(LuaBlock.root, "Tests/EncodersTests/Fixtures/")))
        try lua.state.globals.set("scratch", .string(scratch.path))
        try lua.run("print = function() end")
        try lua.run(LuaCalls.source)
        try lua.run(values)
        return lua
    }

    /// The names of all calls.
    static let names: [String] = {
        guard let lua = try? session(), case .table(let calls)? = try? lua.state.globals.get("calls"), let pairs = try? calls.pairs() else { return [] }
        return pairs.compactMap { $0.key.asString }.sorted()
    }()

    /// What a message may say in place of the name of an option: the name that it goes under further in.
    private static let aliases = [
        "max_seq_length": "max_length", "anchor_column_name": "column", "positive_column_name": "column", "query_column_name": "column",
        "document_column_names": "column", "query_prompt_name": "prompt_name", "corpus_prompt_name": "prompt_name", "cache_folder": "folder",
        "score_function": "score function", "similarity_fct": "score function", "rescore_multiplier": "rescore", "evaluate": "evaluator",
        "route_mappings": "'route'", "output_path": "folder",
    ]

    /// Functions and options that take the name of a file or folder to write: any text would be one.
    private static let writesFiles: Set = ["sentx.util.write_bulk_documents", "cache_folder", "output_path"]

    @Test func everyFunctionHasACall() throws {
        let documented = try Self.session().state.documentation.entries.filter { entry in
            let isOurs = ["sentx.evaluation.", "sentx.models.", "sentx.cross_encoder.losses.", "sentx.sentence_transformer.losses.",
                          "sentx.sparse_encoder.losses."].contains { entry.path.hasPrefix($0) }
            return isOurs && [.function, .constructor].contains(entry.kind) && !entry.doc.options.isEmpty
        }
        #expect(documented.count > 70)
        for entry in documented where !entry.path.hasSuffix(".from_json") { #expect(Self.names.contains(entry.path), "\(entry.path)") }
    }

    @Test(arguments: names) func theValidCallSucceeds(_ name: String) throws {
        let lua = try Self.session()
        #expect(try lua.text("local ok, message = outcome(calls['\(name)'], copy_of(calls['\(name)'])); return ok and 'ok' or tostring(message)") == "ok")
    }

    @Test(arguments: names) func anArgumentOfAnyValueIsUsedOrRefused(_ name: String) throws {
        let lua = try Self.session()
        let failures = try lua.text("""
            local call, failures = calls['\(name)'], {}
            for place = 1, #(call.args or {}) do
              for _, extreme in ipairs(\(Self.writesFiles.contains(name) ? "extremes_but_texts" : "extremes")) do
                local made = copy_of(call)
                made[place] = extreme[2]
                local ok, message = outcome(call, made)
                if not ok and #tostring(message) < 10 then failures[#failures + 1] = place .. " = " .. extreme[1] .. ": " .. tostring(message) end
              end
            end
            return table.concat(failures, "\\n")
            """)
        #expect(failures == "")
    }

    @Test(arguments: names) func anOptionOfAnyValueIsUsedOrRefusedByItsName(_ name: String) throws {
        let lua = try Self.session()
        let path = name.split(separator: "#").first.map(String.init) ?? name
        let documented = lua.state.documentation.entries.first { $0.path == path && !$0.doc.options.isEmpty }
        for option in documented?.doc.options ?? [] {
            let failures = try lua.text("""
                local call, failures = calls['\(name)'], {}
                for _, extreme in ipairs(\(Self.writesFiles.contains(option.name) ? "extremes_but_texts" : "extremes")) do
                  local made = copy_of(call)
                  made.options["\(option.name)"] = extreme[2]
                  local ok, message = outcome(call, made)
                  message = tostring(message)
                  if not ok and not message:find("\(option.name)", 1, true) and not message:find("\(Self.aliases[option.name] ?? option.name)", 1, true) then
                    failures[#failures + 1] = extreme[1] .. ": " .. message:match("[^\\n]*")
                  end
                end
                return table.concat(failures, "\\n")
                """)
            #expect(failures == "", "\(name), option \(option.name)")
        }
    }

    @Test(arguments: [
        ("CrossEncoder:rank", "top_k"), ("sentx.util.semantic_search", "top_k"), ("sentx.util.paraphrase_mining", "top_k"),
        ("sentx.util.paraphrase_mining", "max_pairs"), ("sentx.util.community_detection", "min_community_size"), ("BM25:search", "top_k"),
        ("InvertedIndex:search", "top_k"), ("sentx.util.reciprocal_rank_fusion", "top_k"), ("sentx.mine_hard_negatives", "num_negatives"),
        ("sentx.mine_hard_negatives", "range_max"), ("sentx.evaluation.CrossEncoderRerankingEvaluator", "at_k"),
        ("sentx.evaluation.InformationRetrievalEvaluator", "corpus_chunk_size"), ("sentx.evaluation.ParaphraseMiningEvaluator", "top_k"),
        ("SentenceTransformer:encode", "batch_size"), ("SentenceTransformer:encode", "truncate_dim"),
        ("sentx.sentence_transformer.losses.MatryoshkaLoss", "n_dims_per_step"), ("sentx.models.SpladePooling", "chunk_size"),
    ])
    func aCountThatCountsNothingIsRefused(function: String, option: String) throws {
        let lua = try Self.session()
        for count in ["0", "-2", "math.mininteger", "0 / 0", "1e300"] {
            let message = try lua.text("""
                local made = copy_of(calls["\(function)"])
                made.options["\(option)"] = \(count)
                local ok, message = outcome(calls["\(function)"], made)
                return ok and "accepted" or message
                """)
            #expect(message.contains("option '\(option)'"), "\(function) \(option) = \(count): \(message)")
        }
    }

    @Test(arguments: ["mrr_at_k", "ndcg_at_k", "accuracy_at_k", "precision_recall_at_k", "map_at_k"])
    func ranksThatAreNoneAreRefused(option: String) throws {
        let lua = try Self.session()
        for ranks in ["{ 0 }", "{ 3, -1 }", "{ 0 / 0 }", "{ 1.5 }", "{ k = 3 }", "{ [2] = 3 }", "3"] {
            let message = lua.errorMessage("""
                local made = copy_of(calls["sentx.evaluation.InformationRetrievalEvaluator"]).options
                made["\(option)"] = \(ranks)
                sentx.evaluation.InformationRetrievalEvaluator(made)
                """)
            #expect(message.contains("option '\(option)'"), "\(ranks): \(message)")
        }
    }
}
