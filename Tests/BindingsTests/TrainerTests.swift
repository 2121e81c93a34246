import Encoders
import Files
import Glibc
import JSON
import CrossEncoderLosses
import Losses
import LuaHost
import SafeTensors
import Tensors
import TestSupport
import Testing

/// A model of one weight.
private final class OneWeight: EncoderModel {
    let kind = "CrossEncoder"
    let weight = Tensor([0] as [Float])
    var isTraining = false
    var usesGradientCheckpointing = false

    init() { weight.requiresGrad = true }

    var parameters: [NamedParameter] { [NamedParameter(name: "weight", tensor: weight)] }

    func save(to folder: String) throws {
        try AtomicFolder.replace(folder) { temporary in
            let bytes = UnsafeRawBufferPointer(start: weight.floats, count: 4)
            try SafeTensorsWriter.write(to: temporary + "/model.safetensors",
                                        tensors: [SafeTensorsOutput(name: "weight", dtype: .float32, shape: [1], bytes: bytes)])
        }
    }
}

/// How far the weight is from the labels.
private final class Distance: Loss {
    let model: OneWeight
    let name = "Distance"
    let requirements: LossRequirements? = nil
    let configuration: JSONObject = [:]

    init(_ model: OneWeight) { self.model = model }

    func value(of batch: LossBatch) throws -> Tensor {
        let labels = batch.labels!.map { Float($0.asDouble!) }
        let weight = model.weight.floatArray()[0], count = Float(labels.count)
        return Tensor.scalar(labels.reduce(0) { $0 + (weight - $1) * (weight - $1) } / count).recorded(as: "distance",
            from: [model.weight]) { gradient in
            [Tensor([labels.reduce(0) { $0 + 2 * (weight - $1) } / count * gradient.floatArray()[0]])]
        }
    }
}

/// Training from Lua. Runs share the process's random numbers and log folder, so they run one after another.
@Suite(.serialized) struct TrainerTests {
    let lua: LuaSession
    let folder = TemporaryFolder()

    init() throws {
        lua = try LuaSession()
        try lua.state.preload("fakes", doc: "") { module in
            try module.class(LuaClass<OneWeight>("OneWeight", doc: "") { c in
                c.constructor(doc: "") { _ in OneWeight() }
                c.property("weight", doc: "") { model, _ in .object(model.weight) }
                c.property("value", doc: "") { model, _ in .number(Double(model.weight.floatArray()[0])) }
            })
            try module.class(LuaClass<Distance>("Distance", doc: "") { c in
                c.constructor(doc: "") { call in Distance(try call.object(1, OneWeight.self)) }
            })
        }
        setenv("SENTX_LOG_DIR", folder("logs"), 1)
        try lua.state.globals.set("folder", .string(folder.path))
        try lua.run("""
            fakes = require "fakes"
            local rows = { text = {}, label = {} }
            for i = 1, 24 do rows.text[i] = "text " .. i; rows.label[i] = i % 2 + 0.5 end
            function new_trainer(options)
              model = fakes.OneWeight()
              local args = { output_dir = folder .. "/out", per_device_train_batch_size = 4, num_train_epochs = 2, learning_rate = 0.1,
                             preflight = "warn", save_strategy = "no" }
              for name, value in pairs(options.args or {}) do args[name] = value end
              return sentx.CrossEncoderTrainer {
                model = model, args = args, train_dataset = sentx.Dataset.from_table(rows), loss = fakes.Distance(model),
                evaluator = options.evaluator, callbacks = options.callbacks,
              }
            end
            """)
    }

    @Test func trainingReturnsTheVerdictAndItsNumbers() throws {
        let text = try lua.text("""
            local trainer = new_trainer {
              evaluator = { evaluate = function(self, model) return { closeness = -math.abs(model.value - 1) } end, primary_metric = "closeness" },
              args = { eval_strategy = "epoch", save_strategy = "epoch", load_best_model_at_end = true, logging_steps = 2 },
            }
            local result = trainer:train()
            assert(result.metrics.eval_closeness == result.score and trainer.result.score == result.score)
            assert(trainer.state.global_step == 12 and #trainer.state.log_history == 8)
            assert(trainer.args.metric_for_best_model == "closeness" and trainer.args.greater_is_better)
            assert(trainer.state.best_model_checkpoint == result.best_model_checkpoint)
            return ("%d %s %.1f"):format(result.global_step, result.verdict, result.baseline)
            """)
        #expect(text == "12 WIN -1.0")
        #expect(try contents(folder("logs/out.log")).split(separator: "\n").last?.hasPrefix("VERDICT: WIN | score=-0.") == true)
    }

    @Test func stepsHandControlBackAndTheLearningRateCanBeSet() throws {
        #expect(try lua.text("""
            local trainer, seen = new_trainer {}, {}
            for step in trainer:steps() do
              assert(step.step == trainer.state.global_step and step.loss > 0 and step.grad_norm >= 0 and math.abs(step.epoch - step.step / 6) < 1e-9)
              if step.step == 6 then trainer.learning_rate = 0.01 end
              seen[#seen + 1] = ("%.4f"):format(step.learning_rate)
            end
            assert(trainer:step() == nil and trainer.result.global_step == 12)
            return seen[1] .. " " .. seen[6] .. " " .. seen[7] .. " " .. #seen
            """) == "0.1000 0.0583 0.0100 12")
    }

    @Test func callbacksInLuaSeeEventsAndSteer() throws {
        #expect(try lua.text("""
            local seen = {}
            local callback = { name = "stopper" }
            function callback:on_step_end(args, state, control)
              seen[#seen + 1] = state.global_step
              if state.global_step == 3 then control.should_training_stop = true end
              assert(args.learning_rate == 0.1 and self == callback)
            end
            function callback:on_log(args, state, control, info) seen.loss = info.logs.loss end
            local result = new_trainer({ callbacks = { callback }, args = { logging_steps = 1 } }):train()
            assert(type(seen.loss) == "number")
            return table.concat(seen, " ") .. " " .. result.global_step
            """) == "1 2 3 3")
    }

    @Test func anErrorInACallbackComesThroughAndTrainingCanGoOn() throws {
        #expect(try lua.text("""
            local fails = true
            local callback = { on_pre_optimizer_step = function(self, args, state) if fails and state.global_step == 4 then error("look here") end end }
            local trainer = new_trainer { callbacks = { callback } }
            local ok, message = pcall(trainer.train, trainer)
            assert(not ok and message:find("look here"), message)
            fails = false
            local whole = new_trainer {}
            local weight = whole:train() and model.value
            trainer:resume()
            return trainer.state.global_step == 12 and trainer.model.value == weight
            """) == "true")
    }

    @Test func resumingFromACheckpointGivesTheSameWeight() throws {
        #expect(try lua.text("""
            local args = { save_strategy = "steps", save_steps = 3 }
            new_trainer({ args = args }):train()
            local weight = model.value
            local callback = { on_save = function(self, args, state, control) control.should_training_stop = state.global_step == 6 end }
            args.output_dir = folder .. "/other"
            local first = new_trainer { args = args, callbacks = { callback } }
            for step in first:steps() do if step.step == 5 then break end end
            local second = new_trainer { args = args }
            local result = second:train { resume_from_checkpoint = true }
            return result.global_step .. " " .. tostring(model.value == weight)
            """) == "12 true")
    }

    @Test func preflightGivesItsFindings() throws {
        #expect(try lua.text("""
            local findings = new_trainer({ args = { report_to = "wandb" } }):preflight()
            local codes = {}
            for i, finding in ipairs(findings) do codes[i] = finding.severity .. ":" .. finding.code end
            return table.concat(codes, " ")
            """) == "warning:no-verdict warning:learning-rate warning:report-to")
    }

    @Test(arguments: [
        ("sentx.CrossEncoderTrainingArguments { learning_rat = 1 }", "unknown option 'learning_rat' (did you mean 'learning_rate'?)"),
        ("sentx.CrossEncoderTrainingArguments { learning_rate = 'fast' }", "option 'learning_rate': expected number, got"),
        ("sentx.CrossEncoderTrainingArguments { learning_rate = -1 }", "learning_rate: must be 0 or more"),
        ("sentx.CrossEncoderTrainingArguments { eval_strategy = 'step' }", "(did you mean 'steps'?)"),
        ("sentx.CrossEncoderTrainingArguments { fp16 = true }", "float16 is not supported"),
        ("sentx.CrossEncoderTrainingArguments { warmup_ratio = 0.1, warmup_steps = 10 }", "together with warmup_steps"),
        ("sentx.EarlyStoppingCallback { early_stopping_patience = 0 }", "early_stopping_patience: must be 1 or more"),
        ("new_trainer { callbacks = { { on_stepend = print } } }", "there is no event 'on_stepend' (did you mean 'on_step_end'?)"),
        ("new_trainer { callbacks = { {} } }", "functions such as on_step_end"),
        ("sentx.CrossEncoderTrainer { args = {} }", "option 'model' is required"),
        ("new_trainer({}):resume()", "there is no paused training"),
        ("sentx.optim.AdamW({})", "must hold at least one parameter"),
        ("sentx.optim.AdamW({ sentx.zeros(2) })", "requires_grad"),
        ("sentx.get_scheduler('cosine', sentx.optim.AdamW({ fakes.OneWeight().weight }))", "needs num_training_steps"),
        ("sentx.get_scheduler('linaer', 1)", "(did you mean 'linear'?)"),
    ])
    func aMistakeIsOneLineThatSaysWhatToDo(_ code: String, _ part: String) {
        let message = lua.errorMessage("return " + code)
        #expect(message.contains(part), "\(message)")
    }

    @Test func argumentsAreReadBackAndArgumentsWithoutEffectAreKeptForPreflight() throws {
        #expect(try lua.text("""
            local args = sentx.CrossEncoderTrainingArguments { output_dir = "models/a", warmup_ratio = 0.1, eval_steps = 0.25, save_steps = 100,
              report_to = "none", lr_scheduler_type = "polynomial", lr_scheduler_kwargs = { power = 2 }, dataloader_num_workers = 2,
              resume_from_checkpoint = true, optim = "adamw_torch_fused" }
            assert(args.run_name == "a" and args.warmup_steps == 0.1 and args.eval_steps == 0.25 and args.save_steps == 100)
            assert(args.lr_scheduler_kwargs.power == 2 and args.resume_from_checkpoint == true and args.optim == "adamw_torch" and args.seed == 42)
            return args.logging_steps
            """) == "500")
    }

    @Test func aLoopWrittenByHandTrains() throws {
        #expect(try lua.text("""
            local model = fakes.OneWeight()
            local loss = fakes.Distance(model)
            local optimizer = sentx.optim.AdamW({ { params = { model.weight }, lr = 0.5 } }, { weight_decay = 0 })
            local schedule = sentx.get_scheduler("linear", optimizer, { num_warmup_steps = 2, num_training_steps = 4 })
            local rates = { optimizer.lr }
            for step = 1, 4 do
              optimizer:zero_grad()
              model.weight.grad = sentx.tensor { -1.0 }
              sentx.optim.clip_grad_norm_({ model.weight }, 0.5)
              optimizer:step()
              schedule:step()
              rates[#rates + 1] = optimizer.lr
            end
            assert(schedule.last_epoch == 4 and schedule:get_last_lr()[1] == 0)
            return table.concat(rates, " ") .. " " .. ("%.3f"):format(model.value)
            """) == "0.0 0.25 0.5 0.25 0.0 1.000")
    }
}
