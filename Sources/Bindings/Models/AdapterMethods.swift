import Encoders
import LuaHost
import Tensors

/// The LoRA methods of every model with a transformer.
func registerAdapterMethods(_ c: LuaClass<any EncoderModel>) {
    c.method("add_adapter", doc: Doc(
        """
            Adds a LoRA adapter: small updates of linear layers, which alone are trained from then on, with what \
            modules_to_save names. It becomes the active one. Behind a Router the first transformer gets it.
            """,
        options: configurationOptions + [
            .init("adapter_name", "string", default: "\"default\"", "its name"),
            .init("seed", "integer", optional: true, "of the fresh updates; by default the shared generator goes on"),
        ],
        example: """
            model:add_adapter { r = 16, lora_alpha = 32, lora_dropout = 0.05, target_modules = { \"query\", \"key\", \"value\" \
            } }
            """)) { model, call in
        let given = try call.options(1)
        let configuration = try AdapterConfiguration(given)
        let name = try given.string("adapter_name", default: "default")
        let seed = try given.optionalInteger("seed").map { UInt64(bitPattern: Int64($0)) }
        try given.finish()
        try adapters(model).add(configuration, name: name, generator: seed.map { Generator(seed: $0) } ?? .shared)
        return .nil
    }
    c.method("load_adapter", doc: Doc(
        "Adds the LoRA adapter that a PEFT folder holds. It becomes the active one, for use alone unless is_trainable is set.",
        parameters: [.init("path", "string", "the folder of adapter_config.json and adapter_model.safetensors")],
        options: [
            .init("adapter_name", "string", default: "\"default\"", "its name"),
            .init("is_trainable", "boolean", default: "false", "whether it is trained"),
        ])) { model, call in
        let given = try call.options(2)
        let name = try given.string("adapter_name", default: "default"), isTrainable = try given.bool("is_trainable", default: false)
        try given.finish()
        try adapters(model).load(folder: call.string(1), name: name, isTrainable: isTrainable)
        return .nil
    }
    c.method("set_adapter", doc: Doc(
        "Makes adapters the active ones, and trains them and no others. Updates of several add up.",
        parameters: [.init("adapter_name", "string or table of strings", "one name or several")])) { model, call in
        try adapters(model).activate(names(call.slot(1)))
        return .nil
    }
    c.method("active_adapters", doc: Doc("The names of the active adapters.", returns: "table of strings")) { model, call in
        try call.list(adapters(model).activeNames().map { .string($0) })
    }
    c.method("enable_adapters", doc: "Switches the active adapters on again.") { model, _ in
        try adapters(model).setEnabled(true)
        return .nil
    }
    c.method("disable_adapters", doc: "Switches all adapters off: the model computes what it did without them.") { model, _ in
        try adapters(model).setEnabled(false)
        return .nil
    }
    c.method("delete_adapter", doc: Doc(
        "Removes adapters. Without any, the model's own parameters are trained as before the first one.",
        parameters: [.init("adapter_names", "string or table of strings", "one name or several")])) { model, call in
        try adapters(model).delete(names(call.slot(1)))
        return .nil
    }
    c.method("merge_adapter", doc: """
        Adds the active updates to the weights that they change, so that they cost no time; unmerge_adapter takes it back.
        """) { model, _ in
        try adapters(model).merge()
        return .nil
    }
    c.method("unmerge_adapter", doc: "Gives merged weights their old values back.") { model, _ in
        try adapters(model).unmerge()
        return .nil
    }
    c.method("merge_and_unload", doc: Doc(
        "Adds the active updates to the weights for good and removes all adapters. The model is then saved whole.",
            returns: "the model")) { model, _ in
        try adapters(model).mergeAndUnload()
        return .object(model)
    }
    c.method("get_adapter_state_dict", doc: Doc(
        "The tensors of an adapter under their names in a PEFT file, without its prefix.",
        parameters: [.init("adapter_name", "string", optional: true, "its name; by default the active one's")],
        returns: "table of Tensors by name")) { model, call in
        try call.record(adapters(model).state(of: call.optionalString(1)).map { ($0.name, .object($0.tensor)) })
    }
    c.method("keep_layers", doc: Doc(
        """
            Keeps some layers of the transformer (behind a Router, of the first one) and drops the others: a smaller student that \
            starts from the weights of its teacher.
            """,
        parameters: [.init("layers", "table of integers", "the layers to keep, from 1, ascending")], returns: "the model",
        example: "local student = sentx.SentenceTransformer(teacher_path):keep_layers { 2, 4, 6 }")) { model, call in
        guard let body = (model as? any AdaptableModel)?.body else { throw call.error("this \(model.kind) has no transformer") }
        try call.requireAtMost(1)
        try body.keepLayers(call.slot(1).places().map { $0 - 1 })
        return .object(model)
    }
}

private func adapters(_ model: any EncoderModel) throws -> AdapterSet {
    guard let adapters = (model as? any AdaptableModel)?.adapters else {
        throw ModelError("this \(model.kind) has no transformer, so it can have no adapters")
    }
    return adapters
}

/// One name or a list of them.
private func names(_ slot: LuaSlot) throws -> [String] {
    if case .string(let name) = slot.value { return [name] }
    return try slot.strings()
}

private let configurationOptions: [Doc.Parameter] = [
    .init("r", "integer", default: "8", "the rank of the updates"),
    .init("lora_alpha", "number", default: "8", "updates are multiplied by lora_alpha / r"),
    .init("lora_dropout", "number", default: "0", "the share of an update's input that is dropped while training"),
    .init("target_modules", "table of strings or string", optional: true,
          """
              the linear layers to change: their names or ends of names, one regular expression of whole names, or \
              \"all-linear\"; by default query and value
              """),
    .init("exclude_modules", "table of strings or string", optional: true, "linear layers to leave out"),
    .init("modules_to_save", "table of strings", optional: true,
          "modules that are trained whole and saved with the adapter; by default the classifier of a model that has one"),
    .init("bias", "string", default: "\"none\"", "which biases are trained too: \"none\", \"all\" or \"lora_only\", those of the changed layers"),
    .init("use_rslora", "boolean", default: "false", "whether to multiply by lora_alpha / sqrt(r) instead"),
    .init("init_lora_weights", "boolean or string", default: "true", "true: A uniform and B zero; \"gaussian\": A normal; false: both random"),
    .init("layers_to_transform", "table of integers", optional: true, "the transformer layers to change, from 1; by default all"),
    .init("layers_pattern", "string", optional: true, "the name before a layer's number, where several lists of layers have numbers"),
    .init("rank_pattern", "table", optional: true, "other ranks by layer name or regular expression"),
    .init("alpha_pattern", "table", optional: true, "other values of lora_alpha by layer name or regular expression"),
    .init("task_type", "string", optional: true, "kept for other programs, such as \"FEATURE_EXTRACTION\""),
]

extension AdapterConfiguration {
    fileprivate init(_ given: LuaOptions) throws {
        self.init()
        rank = try given.optionalDimension("r") ?? 8
        alpha = try given.finiteNumber("lora_alpha", default: 8)
        let share = try given.number("lora_dropout", default: 0)
        guard (0..<1).contains(share) else { throw given.slot("lora_dropout").invalid("must be from 0 to below 1") }
        dropout = Float(share)
        targets = try Self.targets(given.slot("target_modules"))
        excluded = try Self.targets(given.slot("exclude_modules"))
        modulesToSave = try given.optionalStrings("modules_to_save")
        bias = Bias(rawValue: try given.choice("bias", Bias.allCases.map(\.rawValue), default: "none")) ?? .none
        usesRankStabilization = try given.bool("use_rslora", default: false)
        let initial = given.slot("init_lora_weights")
        switch initial.value {
        case .nil: break
        case .boolean(let isZero): initialization = isZero ? .uniform : .random
        default:
            _ = try initial.choice(["gaussian"])
            initialization = .gaussian
        }
        layers = given.has("layers_to_transform") ? try given.slot("layers_to_transform").places().map { $0 - 1 } : nil
        layersPattern = try given.optionalString("layers_pattern").map { [$0] } ?? []
        rankPattern = try Self.pattern(given.slot("rank_pattern")) { try $0.dimension() }.map { (pattern: $0, rank: $1) }
        alphaPattern = try Self.pattern(given.slot("alpha_pattern")) { try $0.finiteNumber() }.map { (pattern: $0, alpha: $1) }
        taskType = try given.optionalString("task_type")
        // What PEFT writes into a folder of an adapter for use alone.
        if try given.bool("inference_mode", default: false) {
            throw given.slot("inference_mode").invalid("a fresh adapter that is not trained changes nothing; leave it out, or see load_adapter")
        }
    }

    private static func targets(_ slot: LuaSlot) throws -> Targets? {
        switch slot.value {
        case .nil: return nil
        case .string(let text): return text.lowercased() == "all-linear" ? .allLinear : .pattern(text)
        default: return .names(try slot.strings())
        }
    }

    /// A table of values by name, in the order of the names, since Lua's own is arbitrary.
    private static func pattern<Value>(_ slot: LuaSlot, _ read: (LuaSlot) throws -> Value) throws -> [(String, Value)] {
        guard case .table(let table) = slot.value else {
            if slot.isNil { return [] }
            throw slot.mismatch("table of values by name")
        }
        return try table.pairs().map { key, value in
            guard let name = key.asString else { throw slot.mismatch("table of values by name") }
            return (name, try read(slot.field(name, value)))
        }.sorted { $0.0 < $1.0 }
    }
}
