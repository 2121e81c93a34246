import Encoders
import LuaHost
import Retrieval
import Tensors
import Testing

/// An embedder stand-in: texts are near to each other if their lengths are.
private final class LengthEmbedder: TextEmbedder {
    let similarityFunction = SimilarityFunction.cosine
    func encode(_ texts: [String], as role: TextRole, options: EncodeOptions) throws -> Tensor {
        let angles = texts.map { Double($0.count) / 20 }
        return try Tensor(angles.flatMap { [Float($0), 1] }, shape: [texts.count, 2]).normalize(dim: 1)
    }
}

@Suite struct MiningTests {
    let lua: LuaSession

    init() throws {
        lua = try LuaSession()
        try lua.state.preload("fakes", doc: "") { module in
            try module.class(LuaClass<LengthEmbedder>("LengthEmbedder", doc: "") { c in c.constructor(doc: "") { _ in LengthEmbedder() } })
        }
        try lua.run("""
            model = require('fakes').LengthEmbedder()
            pairs_ = sentx.Dataset.from_table { query = { "a", "bbbb" }, answer = { "c", "dddd" } }
            corpus = { "ee", "fff", "gggggggg" }
            """)
    }

    @Test func miningGivesADatasetInTheWantedFormat() throws {
        #expect(try lua.text("""
            local mined = sentx.mine_hard_negatives(pairs_, model, { corpus = corpus, num_negatives = 2, output_format = "n-tuple", verbose = false })
            local rows = {}
            for i, row in mined:iter() do rows[i] = table.concat({ row.query, row.answer, row.negative_1, row.negative_2 }, " ") end
            return table.concat(rows, "; ")
            """) == "a c ee fff; bbbb dddd fff ee")
    }

    @Test func labelsAndScoresAreColumns() throws {
        #expect(try lua.text("""
            local labelled = sentx.mine_hard_negatives(pairs_, model, { num_negatives = 1, output_format = "labeled-pair", verbose = false })
            local scored = sentx.mine_hard_negatives(pairs_, model, { num_negatives = 1, output_format = "n-tuple-scores", verbose = false })
            return labelled.label_column .. " " .. table.concat(labelled:column("label"), ",") .. " " .. table.concat(scored.column_names, ",")
            """) == "label 1,0,1,0 query,answer,negative_1,scores")
    }

    @Test func semanticSearchCountsRowsFromOne() throws {
        #expect(try lua.text("""
            local corpus = sentx.tensor { { 1.0, 0.0 }, { 0.0, 1.0 }, { 1.0, 1.0 } }
            local hits = sentx.util.semantic_search(sentx.tensor { { 0.0, 2.0 } }, corpus, { top_k = 2 })
            return string.format("%d %.3f %d %.3f", hits[1][1].corpus_id, hits[1][1].score, hits[1][2].corpus_id, hits[1][2].score)
            """) == "2 1.000 3 0.707")
    }

    @Test(arguments: [
        ("sentx.mine_hard_negatives(pairs_, model, { num_negative = 1 })", "unknown option 'num_negative' (did you mean 'num_negatives'?)"),
        ("sentx.mine_hard_negatives(pairs_, model, { use_faiss = true })", "unknown option 'use_faiss': search is exact"),
        ("sentx.mine_hard_negatives(pairs_, model, { margin = 0.1 })", "use absolute_margin or relative_margin"),
        ("sentx.mine_hard_negatives(pairs_, model, { output_format = 'tuple' })", "expected one of 'triplet', 'n-tuple'"),
        ("sentx.mine_hard_negatives(pairs_, model, { anchor_column_name = 'qery', verbose = false })", "there is no column \"qery\""),
        ("sentx.mine_hard_negatives(pairs_, model, { num_negatives = 0, verbose = false })", "option 'num_negatives': must be at least 1"),
        ("sentx.mine_hard_negatives(pairs_, 3)", "argument 2 (model)"),
        ("sentx.mine_hard_negatives(sentx.Dataset.from_table({ q = { 'a' }, n = { 3 } }, { columns = { 'q', 'n' } }), model, { verbose = false })",
         "column \"n\", row 1 holds"),
        ("sentx.mine_hard_negatives(sentx.Dataset.from_table { q = { 'a' } }, model, { verbose = false })", "it has only \"q\""),
        ("sentx.util.semantic_search(sentx.ones({ 1, 2 }), sentx.ones({ 1, 3 }))", "different dimension: 2 and 3"),
        ("sentx.util.semantic_search(sentx.ones({ 1, 2 }), sentx.ones({ 1, 2 }), { top_k = 0 })", "must be at least 1"),
    ])
    func mistakesAreNamed(code: String, message: String) {
        #expect(lua.errorMessage(code).contains(message), "\(lua.errorMessage(code))")
    }
}
