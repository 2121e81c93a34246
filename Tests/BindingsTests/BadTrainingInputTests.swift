import Files
import Foundation
import LuaHost
import TestSupport
import Testing

/// What goes wrong in the training of embedding models, and the sentence that says so.
struct BadInput: Sendable, CustomTestStringConvertible {
    let what: String
    /// A chunk that raises.
    let script: String
    /// Part of the error.
    let part: String

    init(_ what: String, _ part: String, _ script: String) {
        self.what = what
        self.part = part
        self.script = script
    }

    var testDescription: String { what }
}

/// Bad input never ends the process, and never trains silently. On the small model of EncodersTests.
@Suite(.serialized) struct BadTrainingInputTests {
    let lua: LuaSession
    let folder = TemporaryFolder()

    init() throws {
        lua = try LuaSession()
        setenv("SENTX_LOG_DIR", folder("logs"), 1)
        try lua.state.globals.set("folder", .string(folder.path))
        try lua.state.globals.set("model_path", .string(Path.join(LuaBlock.root, "Tests/EncodersTests/Fixtures/sentence-transformer")))
        try lua.run("""
            losses, models, evaluation = sentx.sentence_transformer.losses, sentx.models, sentx.evaluation
            A, B = { "the cat", "a dog", "the river", "berlin" }, { "runs", "sleeps", "is blue", "is a city" }
            function model_of() return sentx.SentenceTransformer(model_path) end
            -- Without a Dense module, which would be trained beside adapters.
            function bare_model()
              local transformer = models.Transformer(model_path)
              return sentx.SentenceTransformer { modules = { transformer, models.Pooling(transformer:get_embedding_dimension()) } }
            end
            function pairs_with(columns)
              local names = { "a", "b" }
              local all = { a = A, b = B }
              for name, cells in pairs(columns or {}) do
                all[name] = cells
                if name ~= "a" and name ~= "b" then names[#names + 1] = name end
              end
              table.sort(names)
              return sentx.Dataset.from_table(all, { columns = names })
            end
            function train(model, data, loss, args, more)
              local all = { output_dir = folder .. "/out", max_steps = 1, per_device_train_batch_size = 2, save_strategy = "no", learning_rate = 1e-4 }
              for name, value in pairs(args or {}) do all[name] = value end
              local options = { model = model, train_dataset = data, loss = loss, args = all }
              for name, value in pairs(more or {}) do options[name] = value end
              return sentx.SentenceTransformerTrainer(options):train()
            end
            function trainer_of(more, args)
              local model = model_of()
              local all = { output_dir = folder .. "/out", max_steps = 2, per_device_train_batch_size = 2, save_strategy = "no", learning_rate = 1e-4 }
              for name, value in pairs(args or {}) do all[name] = value end
              local options = { model = model, train_dataset = pairs_with(), loss = losses.MultipleNegativesRankingLoss(model), args = all }
              for name, value in pairs(more or {}) do options[name] = value end
              return sentx.SentenceTransformerTrainer(options)
            end
            -- Trains while a callback, the evaluator or the loss calls the trainer back.
            function nested(call, where)
              local trainer
              local function back() call(trainer) return 1 end
              local more = { callback = { callbacks = { { [where or "on_step_end"] = back } } },
                             evaluator = { evaluator = back }, loss = { loss = back } }
              trainer = trainer_of(more[where] or more.callback, { logging_steps = 1 })
              trainer:train()
              return trainer
            end
            -- The same with one loss of the usual kind.
            function train_pairs(args, more, data)
              local model = model_of()
              return train(model, data or pairs_with(), losses.MultipleNegativesRankingLoss(model), args, more)
            end
            function complaint(chunk)
              local ok, message = pcall(chunk)
              return ok and "no error" or tostring(message)
            end
            function static(dimension) return models.StaticEmbedding(models.Transformer(model_path).tokenizer, { embedding_dim = dimension }) end
            """)
    }

    @Test(arguments: [
        BadInput("epochs without end", "is more than the", "train_pairs { num_train_epochs = 1e30, max_steps = -1 }"),
        BadInput("infinite epochs", "is more than the", "train_pairs { num_train_epochs = math.huge, max_steps = -1 }"),
        BadInput("steps without end", "max_steps: must be", "train_pairs { max_steps = math.maxinteger }"),
        BadInput("infinite interval", "logging_steps: must be a count", "train_pairs { logging_steps = math.huge }"),
        BadInput("a batch beyond all memory", "per_device_train_batch_size: must be",
            "train_pairs { per_device_train_batch_size = math.maxinteger }"),
        BadInput("accumulation without end", "gradient_accumulation_steps: must be", "train_pairs { gradient_accumulation_steps = math.maxinteger }"),
        BadInput("a step inside a step", "step() was called from inside a step of the same trainer", "nested(function(t) t:step() end)"),
        BadInput("resume inside a step", "resume() was called from inside", "nested(function(t) t:resume() end)"),
        BadInput("steps inside a step", "step() was called from inside", "nested(function(t) for _ in t:steps() do end end)"),
        BadInput("training inside a step", "train() was called from inside", "nested(function(t) t:train() end, 'on_log')"),
        BadInput("training before the first step", "train() was called from inside", "nested(function(t) t:train() end, 'on_train_begin')"),
        BadInput("a step in an evaluator", "step() was called from inside", "nested(function(t) t:step() end, 'evaluator')"),
        BadInput("a step in a loss", "step() was called from inside", "nested(function(t) t:step() end, 'loss')"),
        BadInput("an evaluation in an evaluator", "evaluate() was called from inside an evaluation", "nested(function(t) t:evaluate() end, 'evaluator')"),
        BadInput("an interval beyond all", "save_steps: must be a count", "train_pairs { save_steps = 1e300 }"),
        BadInput("an interval that is no number", "save_steps: must be a count", "train_pairs { save_steps = 0 / 0 }"),
        BadInput("an interval of what is switched off", "logging_steps: must be a count",
                 "train_pairs { logging_strategy = 'no', logging_steps = 1e300 }"),
        BadInput("a warm-up below zero", "num_warmup_steps: must be a whole number from 0",
                 "local w = sentx.zeros(1); w.requires_grad = true; sentx.get_scheduler('linear', sentx.optim.AdamW { w }, "
                     + "{ num_warmup_steps = math.mininteger, num_training_steps = 10 })"),
        BadInput("a learning rate that is no number", "a finite number of 0 or more is wanted",
                 "local w = sentx.zeros(1); w.requires_grad = true; sentx.optim.AdamW({ w }, { lr = 0 / 0 })"),
        BadInput("a layer below all", "keep_layers: argument 1 (layers)[1]: must be at least 1", "model_of():keep_layers { math.mininteger }"),
        BadInput("a classifier of more inputs than there are numbers", "(embedding_dimension): must be at most 16777216",
                 "losses.SoftmaxLoss(model_of(), math.maxinteger, 2)"),
        BadInput("a name with a path", "run_name: is a name, not a path", "train_pairs { run_name = '../../x' }"),
        BadInput("a name with a line break", "run_name: must not have a line break", "train_pairs { run_name = 'x\\nVERDICT: WIN' }"),
        BadInput("a learning rate that ruins the weights", "are no longer finite after step 1, so checkpoint-1 is not written",
                 "train_pairs { learning_rate = 1e38, save_strategy = 'steps', save_steps = 1, preflight = 'warn' }"),
        BadInput("no full batch without duplicates", "no batch of 4 rows without a text in common",
                 "train_pairs({ batch_sampler = 'no_duplicates', dataloader_drop_last = true, per_device_train_batch_size = 4 }, nil, "
                     + "pairs_with { a = { 'x', 'x', 'y', 'z' } })"),
        BadInput("a loss of another model", "make the loss with the model that the trainer has",
                 "train(model_of(), pairs_with(), losses.MultipleNegativesRankingLoss(model_of()))"),
        BadInput("merged adapters", "unmerge_adapter", """
            local model = bare_model()
            model:add_adapter { r = 2 }
            model:merge_adapter()
            train(model, pairs_with(), losses.MultipleNegativesRankingLoss(model))
            """),
        BadInput("adapters switched off", "enable_adapters", """
            local model = bare_model()
            model:add_adapter { r = 2 }
            model:disable_adapters()
            train(model, pairs_with(), losses.MultipleNegativesRankingLoss(model))
            """),
        BadInput("weights that are not finite", "were not finite before training", """
            local model = model_of()
            sentx.no_grad(function() model:parameters()[1]:fill_(0 / 0) end)
            train(model, pairs_with(), losses.MultipleNegativesRankingLoss(model))
            """),
        BadInput("NaN among labels of eval_dataset", "[label-nan]: eval_dataset: label column 'label' holds nan in row 3", """
            local model = model_of()
            train(model, pairs_with { label = { 1, 0, 1, 0 } }, losses.CoSENTLoss(model), { eval_strategy = "steps", eval_steps = 1 },
                  { eval_dataset = pairs_with { label = { 1, 0, 0 / 0, 1 } } })
            """),
        BadInput("no labels in eval_dataset", "the eval dataset has none", """
            local model = model_of()
            train(model, pairs_with { label = { 1, 0, 1, 0 } }, losses.CoSENTLoss(model), { eval_strategy = "steps", eval_steps = 1 },
                  { eval_dataset = pairs_with() })
            """),
        BadInput("eval_dataset without rows", "the eval dataset has no rows",
                 "train_pairs({ eval_strategy = 'steps', eval_steps = 1 }, { eval_dataset = pairs_with { a = {}, b = {} } })"),
        BadInput("one row for a loss that compares rows", "compares the rows of a batch with one another", """
            local model = model_of()
            train(model, sentx.Dataset.from_table({ a = { "x" }, b = { "y" }, label = { 1 } }, { columns = { "a", "b", "label" } }), losses.CoSENTLoss(model))
            """),
        BadInput("one text for all under in-batch negatives without duplicates", "[lone-rows]: MultipleNegativesRankingLoss takes the other rows", """
            local same = { "x", "x", "x", "x" }
            train_pairs({ batch_sampler = "no_duplicates" }, nil, pairs_with { a = same, b = same })
            """),
        BadInput("a batch of one pair for a loss that compares rows", "[lone-rows]: OnlineContrastiveLoss compares the rows of a batch", """
            local model = model_of()
            train(model, pairs_with { label = { 1, 0, 1, 0 } }, losses.OnlineContrastiveLoss(model), { per_device_train_batch_size = 1 })
            """),
        BadInput("a batch of one text for triplets in the batch", "[lone-rows]: BatchAllTripletLoss makes triplets of the rows of a batch", """
            local model = model_of()
            local texts = sentx.Dataset.from_table({ text = A, label = { 1, 0, 1, 0 } }, { columns = { "text", "label" } })
            train(model, texts, losses.BatchAllTripletLoss(model), { per_device_train_batch_size = 1 })
            """),
        BadInput("one class for triplets in the batch", "all 4 labels in 'label' are the number 1, so there is one class, and none to tell it from", """
            local model = model_of()
            train(model, sentx.Dataset.from_table({ text = A, label = { 1, 1, 1, 1 } }, { columns = { "text", "label" } }), losses.BatchHardTripletLoss(model))
            """),
        BadInput("lists for an embedding model", "Fix: put each text of a list into a row or a column of its own.",
                 "train_pairs({}, nil, pairs_with { b = { { 'x' }, { 'y' }, { 'z' }, { 'u' } } })"),
        BadInput("columns of eval_dataset in another order", "select_columns { \"a\", \"b\" }", """
            train_pairs({ eval_strategy = "steps", eval_steps = 1 }, { eval_dataset = pairs_with():select_columns { "b", "a" } })
            """),
        BadInput("three columns for a denoising loss", "[columns]: DenoisingAutoEncoderLoss reads 1 to 2 input columns, the training dataset has 3", """
            local model = bare_model()
            train(model, pairs_with { c = A }, losses.DenoisingAutoEncoderLoss(model))
            """),
        BadInput("a label that a loss refuses, in a batch of a training dataset", "the label in row 4 of the training dataset is 7.0, a number from", """
            local model = model_of()
            train(model, pairs_with { label = { 1, 0, 1, 7 } }, losses.ContrastiveLoss(model), { preflight = "warn", max_steps = 2 })
            """),
        BadInput("a label that a loss refuses, in a batch of a named dataset", "the label in row 3 of the training dataset 'ratings' is nan, a finite", """
            local model = model_of()
            train(model, { ratings = pairs_with { label = { 1, 0, 0 / 0, 0.5 } } }, losses.CoSENTLoss(model), { preflight = "warn", max_steps = 2 })
            """),
        BadInput("a label that a loss refuses, in an eval dataset", "the label in row 4 of the eval dataset is 7.0", """
            local model = model_of()
            train(model, pairs_with { label = { 1, 0, 1, 0 } }, losses.ContrastiveLoss(model),
                  { preflight = "warn", eval_strategy = "steps", eval_steps = 1, per_device_eval_batch_size = 3 },
                  { eval_dataset = pairs_with { label = { 1, 0, 1, 7 } } })
            """),
        BadInput("teacher scores of another number than documents", "reads 2 labels in each row of 3 input columns", """
            local model = model_of()
            local scores = { 1, 2, 3 }
            train(model, pairs_with { c = A, label = { scores, scores, scores, scores } }, losses.DistillKLDivLoss(model))
            """),
        BadInput("a margin for two negatives", "reads 2 or 3 labels in each row of 4 input columns", """
            local model = model_of()
            train(model, pairs_with { c = A, d = B, label = { 1, 2, 3, 4 } }, losses.MarginMSELoss(model))
            """),
        BadInput("one vector shorter than the others", "compute this row with the teacher of the others", """
            local model = model_of()
            local whole = model:encode("x"):totable()
            local short = { table.unpack(whole, 2) }
            train(model, sentx.Dataset.from_table({ text = A, label = { whole, short, whole, whole } }, { columns = { "text", "label" } }), losses.MSELoss(model))
            """),
        BadInput("routes of different lengths", "[route-widths]", """
            local model = sentx.SentenceTransformer { modules = { models.Router { query = { static(8) }, document = { static(9) } } } }
            train(model, pairs_with(), losses.MultipleNegativesRankingLoss(model), { router_mapping = { a = "query", b = "document" } })
            """),
        BadInput("layers of a model without", "AdaptiveLayerLoss: this model has no transformer layers", """
            local model = sentx.SentenceTransformer { modules = { static(8) } }
            train(model, pairs_with(), losses.AdaptiveLayerLoss(model, losses.MultipleNegativesRankingLoss(model)), { preflight = "warn" })
            """),
    ])
    func trainingIsRefused(_ input: BadInput) throws {
        let message = try lua.text("return complaint(function() \(input.script) end)")
        #expect(message.contains(input.part), "\(message)")
    }

    @Test(arguments: [
        BadInput("layer weights that add up to 0", "numbers whose sum is not 0",
            "models.WeightedLayerPooling(4, { num_hidden_layers = 2, layer_start = 2, layer_weights = { 0 } })"),
        BadInput("a length below 1", "must be 1 or more", "local model = model_of(); model.max_seq_length = 0"),
        BadInput("a Router that reads no texts", "none of its routes begins with a module that reads texts",
                 "sentx.SentenceTransformer { modules = { models.Router { a = { models.Pooling(4) } } } }"),
        BadInput("a rank of 0 in a pattern", "option 'rank_pattern'.query: must be at least 1, got number 0",
            "model_of():add_adapter { rank_pattern = { query = 0 } }"),
        BadInput("layers that are not there", "layers_to_transform", "model_of():add_adapter { layers_to_transform = { 99 } }"),
        BadInput("ids that are not in the corpus", "no id in relevant_docs is one of corpus",
                 "evaluation.InformationRetrievalEvaluator { queries = { q = 'a' }, corpus = { d = 'b' }, relevant_docs = { q = { 'e' } } }"),
        BadInput("an unknown main score function", "main_score_function 'foo' is not among", """
            evaluation.InformationRetrievalEvaluator { queries = { q = 'a' }, corpus = { d = 'b' }, relevant_docs = { q = { 'd' } }, main_score_function = "foo" }
            """),
        BadInput("scores that are not numbers", "it gave NaN", """
            local nan = function(a, b) return a:matmul(b:t()) * (0 / 0) end
            evaluation.InformationRetrievalEvaluator {
              queries = { q = 'a' }, corpus = { d = 'b' }, relevant_docs = { q = { 'd' } }, score_functions = { nan = nan } }(model_of())
            """),
        BadInput("no duplicates to find", "so there is nothing to find",
            "evaluation.ParaphraseMiningEvaluator { sentences_map = { a = 'x', b = 'y' } }"),
        BadInput("a margin that is not a number", "a finite number is wanted",
                 "evaluation.TripletEvaluator { anchors = A, positives = B, negatives = A, margin = 0 / 0 }"),
    ])
    func aModelOrEvaluatorIsRefused(_ input: BadInput) throws {
        let message = try lua.text("return complaint(function() \(input.script) end)")
        #expect(message.contains(input.part), "\(message)")
    }

    @Test func aCallbackMayMeasureAndSave() throws {
        #expect(try lua.text("""
            local seen = 0
            local trainer = nested(function(t)
              t:save_model(folder .. "/saved")
              t.learning_rate = t.learning_rate * 0.5
              seen = seen + #t:preflight()
            end)
            return trainer.state.global_step
            """) == "2")
    }

    @Test func classesOfASoftmaxLossPassPreflight() throws {
        #expect(try lua.text("""
            local model = model_of()
            local result = train(model, pairs_with { label = { 0, 1, 2, 1 } }, losses.SoftmaxLoss(model, model:get_embedding_dimension(), 3))
            return result.global_step
            """) == "1")
    }

    @Test func aCheckpointOfAnotherLossIsNotResumed() throws {
        #expect(try lua.text("""
            local settings = { output_dir = folder .. "/resumed", save_strategy = "steps", save_steps = 1 }
            train_pairs(settings)
            settings.max_steps, settings.resume_from_checkpoint = 2, true
            local model = model_of()
            return complaint(function() train(model, pairs_with(), losses.MegaBatchMarginLoss(model), settings) end)
            """).contains("it was trained by MultipleNegativesRankingLoss, this run has MegaBatchMarginLoss"))
    }

    @Test func aScoreThatIsNoNumberIsARegressionAndSaysSo() throws {
        let result = try lua.text("""
            local evaluator = evaluation.EmbeddingSimilarityEvaluator { sentences1 = { "x", "x" }, sentences2 = { "x", "x" }, scores = { 0, 1 } }
            train_pairs({ output_dir = folder .. "/nan", run_name = "nan" }, { evaluator = evaluator })
            return "done"
            """)
        #expect(result == "done")
        let log = try String(contentsOfFile: folder("logs/nan.log"), encoding: .utf8)
        #expect(log.contains("warning: eval_spearman_cosine is not a number"))
        #expect(log.contains("VERDICT: REGRESSION | score=nan"))
    }
}
