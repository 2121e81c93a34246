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
