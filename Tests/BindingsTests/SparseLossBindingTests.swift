import Files
import Foundation
import LuaHost
import TestSupport
import Testing

/// Losses and training of sparse encoders from Lua, on a small model of EncodersTests. Runs share random numbers and log folder.
@Suite(.serialized) struct SparseLossBindingTests {
    let lua: LuaSession
    let folder = TemporaryFolder()

    init() throws {
        lua = try LuaSession()
        setenv("SENTX_LOG_DIR", folder("logs"), 1)
        try lua.state.globals.set("folder", .string(folder.path))
        try lua.state.globals.set("fixtures", .string(Path.join(LuaBlock.root, "Tests/EncodersTests/Fixtures/")))
        try lua.run("""
            model = sentx.SparseEncoder(fixtures .. "sparse/bert-max")
            dense = sentx.SentenceTransformer(fixtures .. "sentence-transformer")
            rows = sentx.Dataset.from_table { query = { "the cat", "a dog", "how people live", "to the house" },
                                              passage = { "the cat sleeps", "a dog runs", "people live", "the house" } }
            """)
    }

    @Test func lossesOfDenseAndOfSparseModelsRefuseEachOther() {
        #expect(lua.errorMessage("sentx.losses.MultipleNegativesRankingLoss(model)").contains("SpladeLoss"))
        #expect(lua.errorMessage("sentx.losses.SparseTripletLoss(dense)").contains("sentx.losses.TripletLoss(model)"))
        #expect(lua.errorMessage("sentx.losses.SpladeLoss(model, sentx.losses.FlopsLoss(model), { document_regularizer_weight = 1 })")
            .contains("FlopsLoss"))
    }

    @Test func aRegularizerCanBePartOfALossOfOnesOwn() throws {
        #expect(try lua.text("""
            local embeddings = { sentx.tensor { { 1.0, 0.0, 2.0 }, { 3.0, 0.0, 0.0 } }, sentx.tensor { { 0.0, 0.0, 4.0 }, { 0.0, 0.0, 2.0 } } }
            return sentx.losses.FlopsLoss(model):compute_loss_from_embeddings(embeddings):item()
            """) == "5.0")
        #expect(lua.errorMessage("sentx.losses.FlopsLoss(model)({ { 'a' } })").contains("regularizer"))
    }

    @Test func aTrainerSchedulesTheWeightsAndLogsTheTerms() throws {
        #expect(try lua.text("""
            local logs, weights = {}, {}
            local trainer = sentx.SparseEncoderTrainer {
              model = model, train_dataset = rows, eval_dataset = rows,
              callbacks = { { on_log = function(_, _, _, _, info) if info.logs.loss then logs[#logs + 1] = info.logs end end } },
              args = { output_dir = folder .. "/splade", max_steps = 6, per_device_train_batch_size = 4, logging_steps = 1, save_strategy = "no",
                       batch_sampler = "no_duplicates" },
            }
            local result = trainer:train()
            local last = logs[6]
            return table.concat({ tostring(logs[1].document_regularizer_weight == 0), tostring(math.abs(logs[2].query_regularizer_weight - 1.25e-5) < 1e-9),
              tostring(last.document_regularizer_weight == 3e-5), tostring(math.abs(last.base_loss + last.document_regularizer_loss
              + last.query_regularizer_loss - last.loss) < 1e-4) }, " ")
            """) == "true true true true")
    }

    @Test func aRankingWithoutAPenaltyDoesNotPassPreflight() throws {
        #expect(try lua.text("""
            return sentx.SparseEncoderTrainer {
              model = model, train_dataset = rows, loss = sentx.losses.SparseMultipleNegativesRankingLoss(model),
              args = { output_dir = folder .. "/bare", max_steps = 1 },
            }:preflight()[1].code
            """) == "no-regularizer")
    }

    @Test func anAutoEncoderIsTrainedSavedAndLoaded() throws {
        #expect(try lua.text("""
            local transformer = sentx.models.Transformer(fixtures .. "sentence-transformer")
            local width = 24
            local made = sentx.SparseEncoder { modules = { transformer, sentx.models.Pooling(width, "mean"),
              sentx.models.SparseAutoEncoder(width, { hidden_dim = 64, k = 4, k_aux = 16 }) } }
            sentx.SparseEncoderTrainer { model = made, train_dataset = rows, loss = sentx.losses.CSRLoss(made),
              args = { output_dir = folder .. "/csr", max_steps = 2, per_device_train_batch_size = 4, save_strategy = "no",
                       batch_sampler = "no_duplicates" } }:train()
            made:save_pretrained(folder .. "/csr-model")
            local again = sentx.SparseEncoder(folder .. "/csr-model")
            local a, b = made:encode({ "the cat" }):to_dense(), again:encode({ "the cat" }):to_dense()
            return ((a - b) * (a - b)):sum():item() .. " " .. tostring(again:sparsity(again:encode("the cat")).active_dims <= 4)
            """) == "0.0 true")
    }

    @Test func aCalibratedHeadIsSparse() throws {
        #expect(try lua.text("""
            local texts = rows.passage
            local before = model:sparsity(model:encode(texts)).active_dims
            model:calibrate_head(texts, { deviations = 1.2 })
            local after = model:sparsity(model:encode(texts)).active_dims
            return tostring(after < before and after > 0)
            """) == "true")
    }
}
