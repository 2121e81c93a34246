import LuaHost
import Training

/// One training argument as Lua sees it: its documentation, how it is read from options, and how it is shown.
struct TrainingArgumentField {
    let name: String
    let type: String
    let defaultText: String?
    let summary: String
    let read: (LuaOptions, inout TrainingArguments) throws -> Void
    let value: (TrainingArguments, LuaState) throws -> LuaValue

    var parameter: Doc.Parameter { Doc.Parameter(name, type, default: defaultText, optional: true, summary) }
}

extension TrainingArgumentField {
    static func number(_ name: String, _ path: WritableKeyPath<TrainingArguments, Double>, _ text: String, _ summary: String) -> Self {
        Self(name: name, type: "number", defaultText: text, summary: summary,
             read: { options, arguments in if let value = try options.optionalNumber(name) { arguments[keyPath: path] = value } },
             value: { arguments, _ in .number(arguments[keyPath: path]) })
    }

    static func integer(_ name: String, _ path: WritableKeyPath<TrainingArguments, Int>, _ text: String, _ summary: String) -> Self {
        Self(name: name, type: "integer", defaultText: text, summary: summary,
             read: { options, arguments in if let value = try options.optionalInteger(name) { arguments[keyPath: path] = value } },
             value: { arguments, _ in .integer(arguments[keyPath: path]) })
    }

    static func bool(_ name: String, _ path: WritableKeyPath<TrainingArguments, Bool>, _ text: String, _ summary: String) -> Self {
        Self(name: name, type: "boolean", defaultText: text, summary: summary,
             read: { options, arguments in if let value = try options.optionalBool(name) { arguments[keyPath: path] = value } },
             value: { arguments, _ in .boolean(arguments[keyPath: path]) })
    }

    static func steps(_ name: String, _ path: WritableKeyPath<TrainingArguments, StepInterval>, _ text: String, _ summary: String) -> Self {
        Self(name: name, type: "integer or fraction", defaultText: text, summary: summary,
             read: { options, arguments in if let value = try options.optionalNumber(name) { arguments[keyPath: path] = StepInterval(value) } },
             value: { arguments, _ in interval(arguments[keyPath: path]) })
    }

    static func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, _ path: WritableKeyPath<TrainingArguments, Choice>, _ text: String, _ summary: String
    ) -> Self where Choice.RawValue == String {
        let words = Choice.allCases.map(\.rawValue)
        return Self(name: name, type: words.map { "\"\($0)\"" }.joined(separator: " | "), defaultText: "\"\(text)\"", summary: summary,
                    read: { options, arguments in
                        if let word = try options.optionalChoice(name, words), let value = Choice(rawValue: word) { arguments[keyPath: path] = value }
                    },
                    value: { arguments, _ in .string(arguments[keyPath: path].rawValue) })
    }

    static func columnTexts(_ name: String, _ path: WritableKeyPath<TrainingArguments, ColumnTexts>, type: String, _ summary: String) -> Self {
        Self(name: name, type: type, defaultText: nil, summary: summary,
             read: { options, arguments in
                 let slot = options.slot(name)
                 if !slot.isNil { arguments[keyPath: path] = try ColumnTexts(lua: slot, depth: 2) }
             },
             value: { arguments, state in arguments[keyPath: path].isEmpty ? .nil : try arguments[keyPath: path].lua(state) })
    }

    static func seed(_ name: String, _ summary: String, default text: String?, set: @escaping (inout TrainingArguments, UInt64) -> Void,
                     get: @escaping (TrainingArguments) -> UInt64?) -> Self {
        Self(name: name, type: "integer", defaultText: text, summary: summary,
             read: { options, arguments in
                 guard let value = try options.optionalInteger(name) else { return }
                 guard value >= 0 else { throw options.slot(name).invalid("must be 0 or more") }
                 set(&arguments, UInt64(value))
             },
             value: { arguments, _ in .optional(get(arguments).flatMap { Int(exactly: $0) }) })
    }

    private static func interval(_ interval: StepInterval) -> LuaValue {
        Int(exactly: interval.value).map { .integer($0) } ?? .number(interval.value)
    }

    // MARK: All of them

    static let all: [TrainingArgumentField] = place + duration + batches + texts + optimizer + schedule + evaluation + saving + logging + rest

    private static let place: [TrainingArgumentField] = [
        Self(name: "output_dir", type: "string", defaultText: "\"trainer_output\"", summary: "folder for checkpoints and evaluation results",
             read: { options, arguments in if let value = try options.optionalString("output_dir") { arguments.outputDir = value } },
             value: { arguments, _ in .string(arguments.outputDir) }),
        Self(name: "run_name", type: "string", defaultText: nil,
            summary: "name in logs/RUN_NAME.log and the record; the last part of output_dir by default",
             read: { options, arguments in arguments.runName = try options.optionalString("run_name") ?? arguments.runName },
             value: { arguments, _ in .string(arguments.effectiveRunName) }),
    ]

    private static let duration: [TrainingArgumentField] = [
        number("num_train_epochs", \.numTrainEpochs, "3", "passes over the training data; may be fractional"),
        integer("max_steps", \.maxSteps, "-1", "number of optimizer steps; overrides num_train_epochs if positive"),
    ]

    private static let batches: [TrainingArgumentField] = [
        integer("per_device_train_batch_size", \.trainBatchSize, "8", "rows of a training batch"),
        integer("per_device_eval_batch_size", \.evalBatchSize, "8", "rows of a batch of eval_dataset"),
        integer("gradient_accumulation_steps", \.gradientAccumulationSteps, "1", "batches averaged before each optimizer step"),
        bool("dataloader_drop_last", \.dataloaderDropLast, "false", "whether an incomplete last batch is left out"),
        choice("batch_sampler", \.batchSampler, "batch_sampler", "how rows are grouped into batches"),
        choice("multi_dataset_batch_sampler", \.multiDatasetBatchSampler, "proportional", "in which order the batches of several datasets come"),
    ]

    private static let texts: [TrainingArgumentField] = [
        columnTexts("prompts", \.prompts, type: "string or table", """
            what is put before texts: one prompt for all, or by column, by dataset, or by dataset and column
            """),
        columnTexts("router_mapping", \.routerMapping, type: "table",
            "the route of each column through a model with several, by column, or by dataset and column"),
    ]

    private static let optimizer: [TrainingArgumentField] = [
        Self(name: "optim", type: "\"adamw_torch\" | \"sgd\"", defaultText: "\"adamw_torch\"",
            summary: "the optimizer; \"adamw_torch_fused\" and \"adamw\" mean the same AdamW",
             read: { options, arguments in
                 let words = ["adamw_torch", "adamw_torch_fused", "adamw", "sgd"]
                 if let word = try options.optionalChoice("optim", words) { arguments.optimizer = word == "sgd" ? .sgd : .adamW }
             },
             value: { arguments, _ in .string(arguments.optimizer.rawValue) }),
        number("learning_rate", \.learningRate, "5e-5", "peak learning rate"),
        Self(name: "learning_rate_mapping", type: "table", defaultText: nil, summary: "learning rates by regular expression over parameter names",
             read: readLearningRateMapping,
             value: { arguments, state in
                 .table(try state.record(arguments.learningRateMapping.map { ($0.pattern, .number($0.learningRate)) }))
             }),
        number("weight_decay", \.weightDecay, "0", "decoupled weight decay; biases and norm weights are exempt"),
        number("adam_beta1", \.adamBeta1, "0.9", "decay rate of the first moment"),
        number("adam_beta2", \.adamBeta2, "0.999", "decay rate of the second moment"),
        number("adam_epsilon", \.adamEpsilon, "1e-8", "added to the root of the second moment"),
        number("max_grad_norm", \.maxGradNorm, "1", "global norm that gradients are clipped to; 0 turns it off"),
    ]

    private static let schedule: [TrainingArgumentField] = [
        choice("lr_scheduler_type", \.lrSchedulerType, "linear", "shape of the learning rate over the run"),
        Self(name: "lr_scheduler_kwargs", type: "table", defaultText: nil,
            summary: "settings of the schedule, such as num_cycles, power, lr_end, timescale",
             read: { options, arguments in
                 guard let table = try options.optionalTable("lr_scheduler_kwargs") else { return }
                 for (key, value) in try table.pairs() {
                     guard let key = key.asString, let number = value.asNumber else {
                         throw options.slot("lr_scheduler_kwargs").mismatch("table of numbers by name")
                     }
                     arguments.lrSchedulerKwargs[key] = number
                 }
             },
             value: { arguments, state in
                 .table(try state.record(arguments.lrSchedulerKwargs.sorted { $0.key < $1.key }.map { ($0.key, .number($0.value)) }))
             }),
        steps("warmup_steps", \.warmupSteps, "0", "steps of linear warm-up, as a count or as a fraction of the run"),
        Self(name: "warmup_ratio", type: "number", defaultText: nil, summary: "older name for warmup_steps as a fraction",
             read: { options, arguments in
                 guard let ratio = try options.optionalNumber("warmup_ratio") else { return }
                 guard ratio >= 0, ratio < 1 else { throw options.slot("warmup_ratio").invalid("must be at least 0 and less than 1") }
                 if options.has("warmup_steps") { throw options.slot("warmup_ratio").invalid("cannot be given together with warmup_steps") }
                 arguments.warmupSteps = StepInterval(ratio)
             },
             value: { arguments, _ in arguments.warmupSteps.isFraction ? .number(arguments.warmupSteps.value) : .nil }),
    ]

    private static let evaluation: [TrainingArgumentField] = [
        choice("eval_strategy", \.evalStrategy, "no", "when the evaluator and the loss on eval_dataset are run"),
        Self(name: "eval_steps", type: "integer or fraction", defaultText: nil, summary: "steps between evaluations; logging_steps by default",
             read: { options, arguments in if let value = try options.optionalNumber("eval_steps") { arguments.evalSteps = StepInterval(value) } },
             value: { arguments, _ in arguments.evalSteps.map(interval) ?? .nil }),
        number("eval_delay", \.evalDelay, "0", "steps, or epochs with the epoch strategy, before the first evaluation"),
        bool("eval_on_start", \.evalOnStart, "false", "whether the evaluation before training is logged like the others"),
        bool("load_best_model_at_end", \.loadBestModelAtEnd, "false", "whether the best checkpoint is loaded at the end"),
        Self(name: "metric_for_best_model", type: "string", defaultText: nil,
            summary: "metric that decides between checkpoints; the evaluator's primary one by default",
             read: { options, arguments in arguments.metricForBestModel = try options.optionalString("metric_for_best_model") },
             value: { arguments, _ in .optional(arguments.metricForBestModel) }),
        Self(name: "greater_is_better", type: "boolean", defaultText: nil,
            summary: "direction of that metric; told from evaluator or name by default",
             read: { options, arguments in arguments.greaterIsBetter = try options.optionalBool("greater_is_better") },
             value: { arguments, _ in .optional(arguments.greaterIsBetter) }),
    ]

    private static let saving: [TrainingArgumentField] = [
        choice("save_strategy", \.saveStrategy, "steps", "when checkpoints are written"),
        steps("save_steps", \.saveSteps, "500", "steps between checkpoints, as a count or as a fraction of the run"),
        Self(name: "save_total_limit", type: "integer", defaultText: nil, summary: "checkpoints kept, the best one always; all by default",
             read: { options, arguments in arguments.saveTotalLimit = try options.optionalInteger("save_total_limit") },
             value: { arguments, _ in .optional(arguments.saveTotalLimit) }),
        bool("save_only_model", \.saveOnlyModel, "false", "whether checkpoints leave out what a resume needs"),
        Self(name: "resume_from_checkpoint", type: "boolean or string", defaultText: "false",
            summary: "true goes on from the newest checkpoint, a string from that folder",
             read: { options, arguments in
                 if let point = try ResumePoint(lua: options.slot("resume_from_checkpoint")) { arguments.resumeFromCheckpoint = point }
             },
             value: { arguments, _ in
                 switch arguments.resumeFromCheckpoint {
                 case .none: return .boolean(false)
                 case .latest: return .boolean(true)
                 case .folder(let folder): return .string(folder)
                 }
             }),
    ]

    private static let logging: [TrainingArgumentField] = [
        choice("logging_strategy", \.loggingStrategy, "steps", "when the training loss is logged"),
        steps("logging_steps", \.loggingSteps, "500", "steps between log lines, as a count or as a fraction of the run"),
        bool("logging_first_step", \.loggingFirstStep, "false", "whether the first step is logged too"),
        Self(name: "report_to", type: "string or table of strings", defaultText: "\"none\"", summary: "trackers; this version has none",
             read: { options, arguments in
                 let slot = options.slot("report_to")
                 if !slot.isNil { arguments.reportTo = try slot.value.asString.map { [$0] } ?? slot.strings() }
             },
             value: { arguments, state in .table(try state.list(arguments.reportTo.map { .string($0) })) }),
        bool("disable_tqdm", \.disableProgressBar, "false", "whether the progress bar is off"),
    ]

    private static let rest: [TrainingArgumentField] = [
        seed("seed", "seed of dropout and of the order of rows", default: "42", set: { $0.seed = $1 }, get: { $0.seed }),
        seed("data_seed", "seed of the order of rows, if it is to be another", default: nil, set: { $0.dataSeed = $1 }, get: { $0.dataSeed }),
        bool("gradient_checkpointing", \.gradientCheckpointing, "false", "whether activations are computed again instead of kept"),
        bool("bf16", \.bf16, "false", "whether the model's products are computed in bfloat16, with float32 sums and weights"),
        Self(name: "fp16", type: "boolean", defaultText: "false", summary: "refused: float16 is not supported; leave it out",
             read: { options, _ in
                 if try options.optionalBool("fp16") == true {
                     throw options.slot("fp16").invalid("float16 is not supported on processors; leave it out, or use bf16")
                 }
             },
             value: { _, _ in .boolean(false) }),
        bool("push_to_hub", \.pushToHub, "false", "asks for a push; no hub token can be configured in this version"),
        choice("preflight", \.preflight, "error", "whether preflight errors stop the run or are only printed"),
    ]

    private static func readLearningRateMapping(_ options: LuaOptions, _ arguments: inout TrainingArguments) throws {
        guard let table = try options.optionalTable("learning_rate_mapping") else { return }
        let pairs = try table.pairs().map { key, value -> LearningRateRule in
            guard let pattern = key.asString, let rate = value.asNumber else {
                throw options.slot("learning_rate_mapping").mismatch("table of learning rates by pattern")
            }
            return LearningRateRule(pattern: pattern, learningRate: rate)
        }
        // A Lua table has no order, and where patterns overlap the later one wins.
        arguments.learningRateMapping = pairs.sorted { $0.pattern < $1.pattern }
    }
}

extension ColumnTexts {
    /// A string, or a table from names to strings or, while `depth` allows it, to tables.
    fileprivate init(lua slot: LuaSlot, depth: Int) throws {
        switch slot.value {
        case .string(let text): self = .all(text)
        case .table(let table) where depth > 0:
            var members: [String: ColumnTexts] = [:]
            for (key, value) in try table.pairs() {
                guard let name = key.asString else { throw slot.mismatch("string, or table of strings by the names of columns or datasets") }
                members[name] = try ColumnTexts(lua: slot.field(name, value), depth: depth - 1)
            }
            self = .named(members)
        default: throw slot.mismatch(depth > 0 ? "string or table" : "string")
        }
    }

    fileprivate func lua(_ state: LuaState) throws -> LuaValue {
        switch self {
        case .all(let text): return .string(text)
        case .named(let members):
            return .table(try state.record(try members.sorted { $0.key < $1.key }.map { ($0.key, try $0.value.lua(state)) }))
        }
    }
}

extension ResumePoint {
    /// `true`, `false` or a folder; nil if nothing was given.
    init?(lua slot: LuaSlot) throws {
        switch slot.value {
        case .nil: return nil
        case .boolean(let latest): self = latest ? .latest : .none
        case .string(let folder): self = .folder(folder)
        default: throw slot.mismatch("true, false or a folder")
        }
    }
}
