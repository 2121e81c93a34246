import Encoders
import LuaHost
import Tensors
import Training

/// `sentx.optim` and `sentx.get_scheduler`: for training loops written in Lua.
enum OptimizerBindings {
    static func register(_ sentx: LuaModule) throws {
        let optim = try sentx.submodule("optim", doc: "Optimizers for training loops written by hand; a trainer makes its own.")
        try optim.class(optimizerClass)
        try optim.class(adamWClass)
        try optim.class(sgdClass)
        try sentx.class(schedulerClass)
        try optim.function("clip_grad_norm_", doc: Doc(
            "Scales gradients in place so that their global norm is at most max_norm.",
            parameters: [.init("parameters", "table of Tensors", "those without a gradient are passed over"),
                .init("max_norm", "number", "the limit")],
            returns: "number, the norm before", example: "local norm = sentx.optim.clip_grad_norm_(parameters, 1.0)")) { call in
            let parameters = try numbered(call.objects(1, Tensor.self))
            let limit = try call.number(2)
            guard limit >= 0 else { throw call.slot(2).invalid("must be 0 or more") }
            return .number(try GradientNorm.clip(parameters, to: limit))
        }
        try sentx.function("get_scheduler", doc: Doc(
            "A learning rate schedule over an optimizer. It sets the rate of the first step at once; call step() after each optimizer step.",
            parameters: [.init("name", "string", "one of " + SchedulerType.allCases.map(\.rawValue).joined(separator: ", ")),
                         .init("optimizer", "Optimizer", "its present learning rates are the peaks")],
            options: [.init("num_warmup_steps", "integer", default: "0", "steps of linear warm-up"),
                      .init("num_training_steps", "integer", optional: true, "steps of the whole run; the decaying shapes need it"),
                      .init("scheduler_specific_kwargs", "table", optional: true, "settings such as num_cycles, power, lr_end, timescale")],
            returns: "LRScheduler",
            example: "local schedule = sentx.get_scheduler(\"linear\", optimizer, { num_warmup_steps = 10, num_training_steps = 100 })"),
            makeScheduler)
    }

    private static let optimizerClass = LuaClass<any Optimizer>("Optimizer", doc: "Turns gradients into new values of parameters.") { c in
        c.method("step", doc: "Updates every parameter that has a gradient.") { optimizer, call in
            try call.requireAtMost(0)
            try optimizer.step(gradientScale: 1)
            return .nil
        }
        c.method("zero_grad", doc: "Forgets the gradients of all parameters.") { optimizer, call in
            try call.requireAtMost(0)
            optimizer.zeroGrad()
            return .nil
        }
        c.property("lr", doc: "The learning rate of the first group; setting it sets that of all groups.") { optimizer, _ in
            .number(optimizer.groups.first?.learningRate ?? 0)
        } set: { optimizer, slot in
            let rate = try slot.number()
            guard rate.isFinite, rate >= 0 else { throw slot.invalid("must be 0 or more") }
            for index in optimizer.groups.indices { optimizer.groups[index].learningRate = rate }
        }
        c.property("param_groups", doc: "One table a group: lr, weight_decay, params.") { optimizer, call in
            try call.list(try optimizer.groups.map { group in
                try call.record([("lr", .number(group.learningRate)), ("weight_decay", .number(group.weightDecay)),
                                 ("params", try call.list(group.parameters.map { .object($0.tensor) }))])
            })
        }
        c.oneLine { "\(type(of: $0))(\($0.parameters.count) parameters, lr \($0.groups.first?.learningRate ?? 0))" }
    }

    private static let adamWClass = LuaClass<AdamW>("AdamW", doc: "Adam with decoupled weight decay.", base: "Optimizer") { c in
        c.constructor(doc: Doc(
            "An optimizer over parameters.", parameters: [parametersDoc],
            options: [.init("lr", "number", default: "1e-3", "learning rate"),
                .init("betas", "table of two numbers", default: "{0.9, 0.999}", "decay rates of the moments"),
                      .init("eps", "number", default: "1e-8", "added to the root of the second moment"),
                      .init("weight_decay", "number", default: "0.01", "decoupled weight decay")],
            example: "local optimizer = sentx.optim.AdamW({ weight, bias }, { lr = 1e-2, weight_decay = 0 })")) { call in
            let options = try call.options(2)
            let rate = try setting(options, "lr", default: 1e-3)
            let betas = try options.optionalNumbers("betas") ?? [0.9, 0.999]
            guard betas.count == 2, betas.allSatisfy({ $0 >= 0 && $0 < 1 }) else {
                throw options.slot("betas").invalid("must be two numbers from 0 to below 1")
            }
            let epsilon = try setting(options, "eps", default: 1e-8)
            let decay = try setting(options, "weight_decay", default: 0.01)
            try options.finish()
            return AdamW(groups: try groups(call, rate, decay), beta1: betas[0], beta2: betas[1], epsilon: epsilon)
        }
    }

    private static let sgdClass = LuaClass<SGD>("SGD", doc: "Gradient descent, with momentum if wanted.", base: "Optimizer") { c in
        c.constructor(doc: Doc(
            "An optimizer over parameters.", parameters: [parametersDoc],
            options: [.init("lr", "number", default: "1e-3", "learning rate"),
                .init("momentum", "number", default: "0", "share of the last direction that is kept"),
                      .init("weight_decay", "number", default: "0", "L2 penalty")],
            example: "local optimizer = sentx.optim.SGD({ weight }, { lr = 0.1, momentum = 0.9 })")) { call in
            let options = try call.options(2)
            let rate = try setting(options, "lr", default: 1e-3)
            let momentum = try setting(options, "momentum", default: 0)
            let decay = try setting(options, "weight_decay", default: 0)
            try options.finish()
            return SGD(groups: try groups(call, rate, decay), momentum: momentum)
        }
    }

    private static let parametersDoc = Doc.Parameter("parameters", "table", """
        tensors with requires_grad, or groups { params = {...}, lr = ..., weight_decay = ... } where some are to have their own settings
        """)

    /// Tensors under their positions as names, since an optimizer keeps its memory by name.
    private static func numbered(_ tensors: [Tensor], from first: Int = 1) -> [NamedParameter] {
        tensors.enumerated().map { NamedParameter(name: "\(first + $0)", tensor: $1) }
    }

    private static func groups(_ call: LuaCall, _ rate: Double, _ decay: Double) throws -> [ParameterGroup] {
        let entries = try call.slot(1).list()
        if entries.isEmpty { throw call.slot(1).invalid("must hold at least one parameter") }
        guard case .table = entries[0].value else {
            return [ParameterGroup(parameters: numbered(try checked(entries)), learningRate: rate, weightDecay: decay)]
        }
        var count = 0
        return try entries.map { entry in
            let options = try entry.options()
            let tensors = try checked(options.slot("params").list())
            let group = ParameterGroup(parameters: numbered(tensors, from: count + 1), learningRate: try setting(options, "lr", default: rate),
                                       weightDecay: try setting(options, "weight_decay", default: decay))
            try options.finish()
            count += tensors.count
            return group
        }
    }

    /// A finite number of 0 or more.
    private static func setting(_ options: LuaOptions, _ name: String, default standard: Double) throws -> Double {
        let value = try options.number(name, default: standard)
        guard value.isFinite, value >= 0 else { throw options.slot(name).invalid("a finite number of 0 or more is wanted") }
        return value
    }

    private static func checked(_ slots: [LuaSlot]) throws -> [Tensor] {
        try slots.map { slot in
            let tensor = try slot.object(Tensor.self)
            guard tensor.requiresGrad, tensor.node == nil else {
                throw slot.invalid("must be a leaf with requires_grad, which an optimizer can change")
            }
            guard tensor.dtype == .float32, tensor.isContiguous else { throw slot.invalid("must be a contiguous float32 tensor; clone() makes one") }
            return tensor
        }
    }

    // MARK: Schedules

    private static let schedulerClass = LuaClass<OptimizerSchedule>("LRScheduler", doc: "A learning rate schedule over an optimizer.") { c in
        c.method("step", doc: "Sets the learning rates of the next optimizer step.") { schedule, call in
            try call.requireAtMost(0)
            schedule.step()
            return .nil
        }
        c.method("get_last_lr", doc: Doc("The learning rates that are set now, one for each group.", returns: "table of numbers")) { schedule, call in
            try call.list(schedule.optimizer.groups.map { .number($0.learningRate) })
        }
        c.property("last_epoch", doc: "How often step() was called.") { schedule, _ in .integer(schedule.stepsDone) }
    }

    private static func makeScheduler(_ call: LuaCall) throws -> LuaValue {
        let name = try call.choice(1, SchedulerType.allCases.map(\.rawValue))
        let optimizer = try call.object(2, (any Optimizer).self)
        let options = try call.options(3)
        let warmup = try options.integer("num_warmup_steps", default: 0)
        let total = try options.optionalInteger("num_training_steps")
        var settings: [String: Double] = [:]
        for (key, value) in try options.optionalTable("scheduler_specific_kwargs")?.pairs() ?? [] {
            guard let key = key.asString, let number = value.asNumber else {
                throw options.slot("scheduler_specific_kwargs").mismatch("table of numbers by name")
            }
            settings[key] = number
        }
        try options.finish()
        let type = SchedulerType(rawValue: name) ?? .linear
        if total == nil, ![.constant, .constantWithWarmup, .inverseSqrt].contains(type) {
            throw call.error("the schedule '\(name)' needs num_training_steps")
        }
        do {
            let schedule = try LearningRateSchedule(type, warmupSteps: warmup, totalSteps: total ?? TrainingPlan.mostSteps, settings: settings,
                                                    peak: optimizer.groups.first?.learningRate ?? 0)
            return .object(OptimizerSchedule(optimizer, schedule))
        } catch {
            throw call.error("\(error)")
        }
    }
}

/// A schedule that sets the learning rates of an optimizer.
final class OptimizerSchedule {
    let optimizer: any Optimizer
    private let schedule: LearningRateSchedule
    private let peaks: [Double]
    private(set) var stepsDone = 0

    init(_ optimizer: any Optimizer, _ schedule: LearningRateSchedule) {
        self.optimizer = optimizer
        self.schedule = schedule
        peaks = optimizer.groups.map(\.learningRate)
        apply()
    }

    func step() {
        stepsDone += 1
        apply()
    }

    private func apply() {
        for index in optimizer.groups.indices { optimizer.groups[index].learningRate = peaks[index] * schedule.factor(at: stepsDone) }
    }
}
