import Files
import Foundation
import LuaHost
import TestSupport
import Testing

/// Training of embedding models from Lua, on the small model of EncodersTests. Runs share the process's random numbers and
/// log folder, so they run one after another.
@Suite(.serialized) struct SentenceTransformerTrainerTests {
    let lua: LuaSession
    let folder = TemporaryFolder()

    init() throws {
        lua = try LuaSession()
        setenv("SENTX_LOG_DIR", folder("logs"), 1)
        try lua.state.globals.set("folder", .string(folder.path))
        try lua.state.globals.set("model_path", .string(Path.join(LuaBlock.root, "Tests/EncodersTests/Fixtures/sentence-transformer")))
        try lua.run("""
            model = sentx.SentenceTransformer(model_path)
            local subjects, verbs = { "the cat", "a dog", "the river", "berlin" }, { "runs", "sleeps", "is blue", "is a city" }
            local a, b, score = {}, {}, {}
            for i, subject in ipairs(subjects) do
              for j, verb in ipairs(verbs) do
                a[#a + 1], b[#b + 1], score[#score + 1] = subject .. " " .. verb, subjects[i % 4 + 1] .. " " .. verb, (i + j) % 3 / 2
              end
            end
            ratings = sentx.Dataset.from_table({ sentence1 = a, sentence2 = b, score = score })
            pairs_ = sentx.Dataset.from_table({ anchor = a, positive = b }):select_columns({ "anchor", "positive" })
            -- Squared distance of the cosine from the label.
            function cosine_loss(options)
              options = options or {}
              return {
                name = "LuaCosine", parameters = options.parameters,
                forward = function(self, inputs, labels, routes)
                  if options.seen then options.seen[#options.seen + 1] = routes end
                  routes = routes or { {}, {} }
                  local u = model:embeddings(inputs[1], routes[1])
                  local v = model:embeddings(inputs[2], routes[2])
                  local cosine = (u * v):sum(2) / (u:norm(2) * v:norm(2))
                  local target = labels or sentx.ones(cosine:shape()[1])
                  if options.parameters then cosine = cosine * options.parameters.scale end
                  local difference = cosine - target
                  return (difference * difference):mean()
                end,
              }
            end
            function new_trainer(options)
              local args = { output_dir = folder .. "/out", per_device_train_batch_size = 4, num_train_epochs = 2, learning_rate = 2e-4,
                             save_strategy = "no" }
              for name, value in pairs(options.args or {}) do args[name] = value end
              return sentx.SentenceTransformerTrainer {
                model = model, args = args, train_dataset = options.train_dataset or ratings, eval_dataset = options.eval_dataset,
                loss = options.loss or cosine_loss(), evaluator = options.evaluator, callbacks = options.callbacks,
              }
            end
            """)
    }

    @Test func aLossAnEvaluatorAndACallbackWrittenInLuaTrainAModel() throws {
        #expect(try lua.text("""
            local steps = 0
            local evaluator = { name = "closeness", primary_metric = "cosine", evaluate = function(self, model, info)
              local e = model:encode({ "the cat sleeps", "a dog sleeps" })
              return { cosine = sentx.util.cos_sim(e, e)[1][2]:item() }
            end }
            local trainer = new_trainer {
              eval_dataset = ratings, evaluator = evaluator, callbacks = { { on_step_end = function() steps = steps + 1 end } },
              args = { eval_strategy = "epoch", save_strategy = "epoch", load_best_model_at_end = true, metric_for_best_model = "loss" },
            }
            local before = trainer:evaluate().eval_loss
            local result = trainer:train()
            assert(steps == 8 and result.global_step == 8 and result.metrics.eval_closeness_cosine)
            assert(trainer:evaluate().eval_loss < before)
            assert(tostring(trainer):find("^SentenceTransformerTrainer%(out, LuaCosine, step 8%)$"), tostring(trainer))
            local again = sentx.SentenceTransformer(result.best_model_checkpoint)
            local a, b = again:encode("the cat"), model:encode("the cat")
            return tostring(((a - b) * (a - b)):sum():item() < 1e-10)
            """) == "true")
    }

    @Test func datasetsAndLossesByNameTrainTogether() throws {
        #expect(try lua.text("""
            local scale = sentx.tensor { 1.0 }
            scale.requires_grad = true
            local trainer = new_trainer {
              train_dataset = { sts = ratings, nli = pairs_ }, eval_dataset = { sts = ratings },
              loss = { sts = cosine_loss { parameters = { scale = scale } }, nli = cosine_loss() },
              args = { multi_dataset_batch_sampler = "round_robin", batch_sampler = "no_duplicates_hashed", max_steps = 6, save_strategy = "steps",
                       save_steps = 3 },
            }
            assert(trainer.args.multi_dataset_batch_sampler == "round_robin")
            local metrics = trainer:evaluate()
            assert(metrics.eval_sts_loss and not metrics.eval_loss)
            trainer:train()
            assert(scale:sum():item() ~= 1.0, "the loss learns")
            local learned, weight = scale:sum():item(), model:encode("berlin")
            sentx.no_grad(function() scale[1] = 5.0 end)
            -- Going on from the middle ends at the same numbers.
            local again = new_trainer {
              train_dataset = { sts = ratings, nli = pairs_ }, eval_dataset = { sts = ratings },
              loss = { sts = cosine_loss { parameters = { scale = scale } }, nli = cosine_loss() },
              args = { multi_dataset_batch_sampler = "round_robin", batch_sampler = "no_duplicates_hashed", max_steps = 6, save_strategy = "no",
                       resume_from_checkpoint = folder .. "/out/checkpoint-3" },
            }
            again:train()
            local difference = (model:encode("berlin") - weight):abs():max()
            return tostring(scale:sum():item() == learned) .. " " .. tostring(difference:item() == 0)
            """) == "true true")
    }

    @Test func promptsReachALossWrittenInLua() throws {
        #expect(try lua.text("""
            local seen = {}
            new_trainer({ loss = cosine_loss { seen = seen }, args = { prompts = { sentence1 = "the query: " }, max_steps = 1 } }):train()
            assert(seen[1][1].prompt == "the query: " and seen[1][2].prompt == nil)
            -- As encode does it: this model's pooling leaves the prompt's tokens out.
            local encoded = model:encode({ "the cat" }, { prompt = "the query: " })
            local prompted = model:embeddings({ "the cat" }, { prompt = "the query: " })
            return tostring((encoded - prompted):abs():max():item() < 1e-6)
            """) == "true")
    }

    @Test(arguments: [
        ("sentx.CrossEncoderTrainer { model = model, train_dataset = ratings, loss = print }", "use sentx.SentenceTransformerTrainer for this model"),
        ("sentx.SentenceTransformerTrainer { model = model, args = sentx.CrossEncoderTrainingArguments {}, train_dataset = ratings, loss = print }",
         "expected SentenceTransformerTrainingArguments, got CrossEncoderTrainingArguments"),
        ("new_trainer { train_dataset = { ratings, pairs_ } }", "several datasets are given by name"),
        ("new_trainer { train_dataset = {} }", "the table holds no dataset"),
        ("new_trainer { train_dataset = { sts = ratings, nli = 3 } }", "option 'train_dataset'.nli: expected Dataset, got number 3"),
        ("new_trainer { train_dataset = { sts = ratings }, loss = { stss = cosine_loss() } }",
            "no loss is given for 'sts' of train_dataset (it has 'stss')"),
        ("new_trainer { loss = { sts = cosine_loss() } }", "losses by name need train_dataset to be a table of datasets by the same names"),
        ("new_trainer { loss = cosine_loss { parameters = { scale = sentx.ones(1) } } }",
            "parameter 'scale' must be a float32 tensor of its own with requires_grad"),
        ("new_trainer { args = { prompts = { sentense1 = 'a' } } }", "prompts: there is no column 'sentense1' (did you mean 'sentence1'?)"),
        ("new_trainer { args = { prompts = { sentence1 = 4 } } }", "option 'prompts'.sentence1: expected string or table, got number 4"),
        ("new_trainer { args = { router_mapping = 'query' } }", "a route is wanted for each column"),
        ("sentx.SentenceTransformerTrainingArguments { batch_sampler = 'no_duplicate' }", "(did you mean 'no_duplicates'?)"),
        ("sentx.SentenceTransformerTrainingArguments { learning_rate = -1 }",
            "SentenceTransformerTrainingArguments: learning_rate: must be 0 or more"),
        ("sentx.SentenceTransformerTrainer { model = model, train_data = ratings, loss = cosine_loss() }",
            "SentenceTransformerTrainer: unknown option 'train_data' (did you mean 'train_dataset'?)"),
        ("new_trainer { callbacks = { { on_step_end = function(_, _, _, control) control.should_stop = true end } } }:train()",
            "or 'should_training_stop'?)"),
        ("model:embeddings({ 'a' }, { promt = 'x' })", "unknown option 'promt' (did you mean 'prompt'?)"),
    ])
    func aMistakeIsOneLineThatSaysWhatToDo(_ code: String, _ part: String) {
        let message = lua.errorMessage("return " + code)
        #expect(message.contains(part), "\(message)")
    }

    /// The advice of preflight is a line that works: after it, the run is sound.
    @Test func theAdviceOnRatingsMakesThemLabels() throws {
        #expect(try lua.text("""
            local dataset = ratings:map(function(row) return { score = row.score * 5 } end)
            local function finding()
              local trainer = new_trainer { train_dataset = dataset, loss = sentx.losses.CosineSimilarityLoss(model) }
              for _, finding in ipairs(trainer:preflight()) do if finding.code == "label-range" then return finding.fix end end
            end
            local fix = finding()
            local line = fix:match("dataset = .- end%)")
            dataset = load("local dataset = ...; " .. line .. "; return dataset")(dataset)
            return tostring((finding())) .. " " .. fix
            """) == "nil scale them: dataset = dataset:map(function(row) return { score = row.score / 5.0 } end); or use CoSENTLoss, which takes "
                + "numbers of any size")
    }

    @Test func promptsAreReadBackInTheShapeTheyWereGivenIn() throws {
        #expect(try lua.text("""
            local one = sentx.SentenceTransformerTrainingArguments { prompts = "p: " }
            local deep = sentx.SentenceTransformerTrainingArguments { prompts = { nli = { anchor = "a: " }, sts = "s: " } }
            assert(sentx.SentenceTransformerTrainingArguments({}).prompts == nil)
            assert(tostring(one):find('prompts = "p: "', 1, true), tostring(one))
            return one.prompts .. deep.prompts.nli.anchor .. deep.prompts.sts
            """) == "p: a: s: ")
    }
}
