import LuaHost
import TestSupport
import Testing

@Suite struct DistillationTests {
    let lua: LuaSession
    let folder = TemporaryFolder()

    private static let fixtures = String(#filePath.dropLast("BindingsTests/DistillationTests.swift".count)) + "EncodersTests/Fixtures/"

    init() throws {
        lua = try LuaSession()
        try lua.state.globals.set("fixtures", .string(Self.fixtures))
        try lua.state.globals.set("folder", .string(folder.path))
        try lua.run("""
            embedder = sentx.SentenceTransformer(fixtures .. "sentence-transformer")
            ranker = sentx.CrossEncoder(fixtures .. "ranker")
            rows = sentx.Dataset.from_table({
              query = { "the dog", "a cat", "the dog" }, good = { "runs", "sleeps", "runs" }, bad = { "berlin", "water", "house" }, label = { 1, 0, 1 },
            }, { columns = { "query", "good", "bad", "label" } })
            function far(a, b) return (a - b):abs():max():item() end
            """)
    }

    @Test func teachersScoreTheDocumentsOfEachRow() throws {
        try lua.run("""
            local scores = sentx.util.teacher_scores(ranker, rows, { target = "scores" })
            assert(scores:shape()[1] == 3 and scores:shape()[2] == 2)
            local pairs_ = { { "the dog", "runs" }, { "a cat", "sleeps" }, { "the dog", "runs" } }
            assert(far(scores:select(2, 1), ranker:predict(pairs_, { activation_fn = "identity" })) < 1e-5)
            local margins = sentx.util.teacher_scores(ranker, rows)
            assert(#margins:shape() == 1 and far(margins, scores:select(2, 1) - scores:select(2, 2)) < 1e-6)
            local cosines = sentx.util.teacher_scores(embedder, rows, { target = "scores", document_column_names = { "bad" } })
            local e = function(column) return embedder:encode(rows[column]) end
            assert(far(cosines, sentx.util.pairwise_cos_sim(embedder:encode_query(rows.query), embedder:encode_document(rows.bad))) < 1e-5)
            local labelled = rows:add_column("scores", scores)
            assert(#labelled.scores[2] == 2)
            """)
        #expect(lua.errorMessage("sentx.util.teacher_scores(ranker, rows, { query_column_name = 'q' })").contains("there is no column \"q\""))
        #expect(lua.errorMessage("sentx.util.teacher_scores(ranker, rows:select_columns { 'query', 'good' })").contains("2 or more of documents"))
        #expect(lua.errorMessage("sentx.util.teacher_scores(3, rows)").contains("expected CrossEncoder or SentenceTransformer"))
    }

    @Test func embeddingsAreComputedOnceAndKept() throws {
        try lua.run("""
            local texts = { "the dog runs", "a cat", "the dog runs" }
            local plain = sentx.util.precompute_embeddings(embedder, texts)
            assert(far(plain, embedder:encode(texts)) < 1e-6)
            local kept = sentx.util.precompute_embeddings(embedder, texts, { cache_folder = folder })
            assert(far(kept, plain) < 1e-6)
            local again = sentx.util.precompute_embeddings(embedder, texts, { cache_folder = folder })
            assert(far(again, kept) == 0)
            -- Another model does not get what is not its own.
            local words = embedder:parameters()[1]
            sentx.no_grad(function() words:copy_(words * 2) end)
            local changed = sentx.util.precompute_embeddings(embedder, texts, { cache_folder = folder })
            assert(far(changed, embedder:encode(texts)) < 1e-6 and far(changed, kept) > 1e-3)
            assert(#sentx.util.precompute_embeddings(embedder, {}):shape() == 2)
            local dataset = sentx.Dataset.from_table({ text = texts }):add_column("label", changed)
            assert(#dataset.label[3] == 8)
            """)
        #expect(folder.entries.count == 1)
    }

    @Test func principalComponentsShortenEmbeddings() throws {
        #expect(try lua.text("""
            local embeddings = sentx.randn({ 40, 6 }):matmul(sentx.randn({ 6, 6 }))
            local pca = sentx.util.principal_components(embeddings, { n_components = 3 })
            assert(pca.components:shape()[1] == 3 and pca.components:shape()[2] == 6 and pca.mean:shape()[1] == 6)
            local variance = (embeddings - embeddings:mean(1)):matmul(pca.components:transpose(1, 2)):var(1)
            assert(far(variance, pca.explained_variance) < 1e-3)
            return #sentx.util.principal_components(embeddings).explained_variance_ratio:totable()
            """) == "6")
        #expect(lua.errorMessage("sentx.util.principal_components(sentx.zeros({ 3 }))").contains("[n, width] is wanted"))
    }
}
