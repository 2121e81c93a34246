import Encoders
import LuaHost
import Tensors
import Tokenizers

/// `sentx.models`, also as `sentx.sentence_transformer.models`: the modules that a SentenceTransformer can be built of.
func registerModules(_ sentx: LuaModule) throws {
    let models = try sentx.submodule("models", doc: "The modules that a SentenceTransformer is built of, under the reference's names.")
    try models.class(moduleClass)
    try models.class(transformerClass)
    try models.class(poolingClass)
    try models.class(denseClass)
    try models.class(normalizeClass)
    try models.class(layerNormClass)
    try models.class(dropoutClass)
    try models.class(weightedLayerPoolingClass)
    try models.class(staticEmbeddingClass)
    try models.class(routerClass)
    try models.class(spladePoolingClass)
    try models.class(sparseStaticEmbeddingClass)
    try models.class(sparseAutoEncoderClass)
    try sentx.submodule("sparse_encoder", doc: "What belongs to sparse encoders alone.").alias("models", to: .table(models.table))
    try sentx.submodule("sentence_transformer", doc: "What belongs to sentence-embedding models alone.").alias("models", to: .table(models.table))
}

/// What every module has.
private let moduleClass = LuaClass<any Module>("Module", doc: "One step of a SentenceTransformer.") { c in
    c.property("type", doc: "The class name, such as \"Pooling\".") { module, _ in .string(module.type.rawValue) }
    c.method("get_embedding_dimension",
        doc: Doc("Elements of what the module gives; nil where it passes on what it gets.", returns: "integer")) { module, _ in
        .optional(module.embeddingDimension)
    }
    c.method("get_config_dict", doc: Doc("Its settings, under the names of its constructor.", returns: "table")) { module, call in
        try call.record(module.settings.map { ($0.key, try call.state.value(of: $0.value)) })
    }
    c.method("parameters", doc: Doc("Its tensors that can be trained.", returns: "table of Tensors")) { module, call in
        try call.list(module.parameters.map { .object($0.tensor) })
    }
    c.method("named_parameters", doc: Doc("Its tensors under their names in the module.", returns: "table of { name, tensor }")) { module, call in
        try call.list(module.parameters.map { try call.record([("name", .string($0.name)), ("tensor", .object($0.tensor))]) })
    }
    c.meta(.tostring) { module, _ in .string(describe(module)) }
    c.oneLine(describe)
}

private func describe(_ module: any Module) -> String {
    let settings = module.settings.filter { !$0.value.isNull }.map { "\($0.key) = \($0.value.serialized())" }
    return "\(module.type.rawValue)(\(settings.joined(separator: ", ")))"
}

private let transformerClass = LuaClass<TransformerModule>(
    "Transformer", doc: "A tokenizer and a transformer: texts become token embeddings.", base: "Module"
) { c in
    c.constructor(doc: Doc(
        "Loads the transformer of a model folder.",
        parameters: [.init("path", "string", "a model folder, or a name in the hub cache or below models/")],
        options: [
            .init("max_seq_length", "integer", optional: true, "the most tokens of a text; by default the folder's"),
            .init("do_lower_case", "boolean", optional: true, "whether texts are lowered before they are tokenised; by default the folder's"),
            .init("output_hidden_states", "boolean", optional: true,
                "whether the outputs of all layers are kept, for WeightedLayerPooling; by default the folder's"),
            .init("transformer_task", "string", optional: true,
                "\"feature-extraction\" for token embeddings, \"fill-mask\" for the masked-language-model head of a SparseEncoder, which is made "
                    + "where the folder has none; by default the folder's"),
        ], returns: "Transformer", example: """
            local transformer = sentx.models.Transformer(\"models/all-MiniLM-L6-v2\", { max_seq_length = 256 })
            """)) { call in
        let path = try call.string(1)
        let given = try call.options(2)
        let length = try given.optionalPositiveInteger("max_seq_length"), lowers = try given.optionalBool("do_lower_case")
        let keeps = try given.optionalBool("output_hidden_states")
        let task = try given.optionalChoice("transformer_task", TransformerModule.Task.allCases.map(\.rawValue))
        try given.finish()
        let module = try TransformerModule(path: path, maximumLength: length, lowersCase: lowers,
                                           task: task.flatMap { TransformerModule.Task(rawValue: $0) })
        if let keeps { module.outputsAllLayers = keeps }
        return module
    }
    c.property("max_seq_length", doc: "The most tokens of a text, special tokens included.", { module, _ in .optional(module.maximumLength) },
               set: { try $0.setMaximumLength($1.integer()) })
    c.property("tokenizer", doc: "The Tokenizer.") { module, _ in .optional(module.tokenizer) }
}

private let poolingModes = Pooling.Mode.allCases.map(\.rawValue)

private let poolingClass = LuaClass<Pooling>("Pooling", doc: "Makes one vector of a text's token embeddings.", base: "Module") { c in
    c.constructor(doc: Doc(
        "A way to pool, or several whose results are joined end to end.",
        parameters: [.init("embedding_dimension", "integer", "elements of a token embedding"),
                     .init("pooling_mode", "string or table of strings", default: "\"mean\"",
                         poolingModes.map { "\"\($0)\"" }.joined(separator: ", "))],
        options: [
            .init("pooling_mode", "string or table of strings", default: "\"mean\"", "in place of the second argument"),
            .init("include_prompt", "boolean", default: "true", "whether tokens of the prompt are pooled too"),
        ], returns: "Pooling", example: "local pooling = sentx.models.Pooling(384, \"mean\")")) { call in
        let width = try call.slot(1).dimension()
        var names: LuaSlot?
        var position = 2
        if case .table(let table) = call.value(2), table.count == 0 {} else if call.has(2) {
            names = call.slot(2)
            position = 3
        }
        let given = try call.options(position)
        if given.has("pooling_mode") { names = given.slot("pooling_mode", nil) }
        let includesPrompt = try given.bool("include_prompt", default: true)
        try given.finish()
        return Pooling(modes: try names.map(modes) ?? [.mean], width: width, includesPrompt: includesPrompt)
    }
    c.property("include_prompt", doc: "Whether tokens of the prompt are pooled too.", { module, _ in .boolean(module.includesPrompt) },
               set: { $0.includesPrompt = try $1.bool() })
    c.property("pooling_mode", doc: "The way to pool, or the list of ways.") { module, call in
        let names = module.modes.map { LuaValue.string($0.rawValue) }
        return names.count == 1 ? names[0] : try call.list(names)
    }
}

private func modes(_ slot: LuaSlot) throws -> [Pooling.Mode] {
    if case .string = slot.value { return [Pooling.Mode(rawValue: try slot.choice(poolingModes))!] }
    let modes = try slot.list().map { Pooling.Mode(rawValue: try $0.choice(poolingModes))! }
    guard !modes.isEmpty else { throw slot.invalid("at least one mode is wanted") }
    return modes
}

private let activationNames = DenseActivation.allCases.map(\.rawValue)

private let denseClass = LuaClass<Dense>("Dense", doc: "A linear map with an activation.", base: "Module") { c in
    c.constructor(doc: Doc(
        "A fresh one, with random weights.",
        parameters: [.init("options", "table", "or in_features, out_features and a table of the others")],
        options: [
            .init("in_features", "integer", "elements of the input"), .init("out_features", "integer", "elements of the output"),
            .init("bias", "boolean", default: "true", "whether a learned vector is added"),
            .init("activation_function", "string", default: "\"Tanh\"", "a class of torch.nn: \(activationNames.joined(separator: ", "))"),
            .init("init_weight", "Tensor", optional: true, "the weights to begin with, [out_features, in_features]"),
            .init("init_bias", "Tensor", optional: true, "the bias to begin with, [out_features]"),
            .init("module_input_name", "string", default: "\"sentence_embedding\"", "\"sentence_embedding\" or \"token_embeddings\""),
            .init("module_output_name", "string", optional: true, "the same as module_input_name"),
            .init("use_residual", "boolean", default: "false", "whether the input is added to the result, projected where sizes differ"),
        ], returns: "Dense",
        example: "local dense = sentx.models.Dense { in_features = 384, out_features = 128, activation_function = \"Identity\" }")) { call in
        let isPositional = call.value(1).asInteger != nil
        let given = try call.options(isPositional ? 3 : 1)
        let inputs = try isPositional ? call.slot(1, "in_features").dimension() : given.dimension("in_features")
        let outputs = try isPositional ? call.slot(2, "out_features").dimension() : given.dimension("out_features")
        let feature = try moduleFeature(given)
        var activation = DenseActivation.tanh
        if let name = try given.optionalString("activation_function") {
            guard let known = DenseActivation(path: name) else {
                _ = try given.slot("activation_function", nil).choice(activationNames)
                throw given.slot("activation_function", nil).mismatch("an activation function")
            }
            activation = known
        }
        let dense = try Dense(inputs: inputs, outputs: outputs, hasBias: given.bool("bias", default: true), activation: activation, feature: feature,
                              usesResidual: given.bool("use_residual", default: false))
        try fill(dense.linear.weight, from: given.slot("init_weight", nil))
        let bias = given.slot("init_bias", nil)
        if let target = dense.linear.bias {
            try fill(target, from: bias)
        } else if !bias.isNil {
            throw bias.invalid("there is no bias to begin with")
        }
        try given.finish()
        return dense
    }
}

/// Overwrites a parameter by a tensor of the same shape, if one was given.
private func fill(_ parameter: Tensor, from slot: LuaSlot) throws {
    if slot.isNil { return }
    let values = try slot.object(Tensor.self)
    guard values.shape == parameter.shape, values.dtype == .float32 else {
        throw slot.invalid("a float32 tensor of shape \(parameter.shape) is wanted")
    }
    parameter.floats.update(from: values.contiguous().floats, count: parameter.count)
    parameter.storage.didChange()
}

/// `module_input_name` and `module_output_name`.
private func moduleFeature(_ given: LuaOptions) throws -> FeatureName {
    let names = FeatureName.allCases.map(\.rawValue)
    let input = try given.choice("module_input_name", names, default: FeatureName.sentenceEmbedding.rawValue)
    if let output = try given.optionalChoice("module_output_name", names), output != input {
        throw given.slot("module_output_name", nil).invalid("must be the same as module_input_name")
    }
    return FeatureName(rawValue: input)!
}

private let normalizeClass = LuaClass<Normalize>("Normalize", doc: "Scales embeddings to length 1.", base: "Module") { c in
    c.constructor(doc: Doc("Normalises sentence embeddings, or token embeddings.", options: [
        .init("module_input_name", "string", default: "\"sentence_embedding\"", "\"sentence_embedding\" or \"token_embeddings\""),
        .init("module_output_name", "string", optional: true, "the same as module_input_name"),
    ], returns: "Normalize")) { call in
        let given = try call.options(1)
        let feature = try moduleFeature(given)
        try given.finish()
        return Normalize(feature: feature)
    }
}

private let layerNormClass = LuaClass<LayerNormModule>("LayerNorm", doc: "Layer normalisation of sentence embeddings.", base: "Module") { c in
    c.constructor(doc: Doc("A fresh one.", parameters: [.init("dimension", "integer", "elements of an embedding")], returns: "LayerNorm")) { call in
        try call.requireAtMost(1)
        return LayerNormModule(dimension: try call.slot(1).dimension())
    }
}

private let dropoutClass = LuaClass<DropoutModule>("Dropout", doc: "Dropout of sentence embeddings while training.", base: "Module") { c in
    c.constructor(doc: Doc("A dropout layer.", parameters: [.init("dropout", "number", default: "0.2", "the share of elements set to 0")],
        returns: "Dropout")) { call in
        try call.requireAtMost(1)
        return try DropoutModule(probability: call.number(1, default: 0.2))
    }
}

private let weightedLayerPoolingClass = LuaClass<WeightedLayerPooling>(
    "WeightedLayerPooling", doc: "Token embeddings as the weighted mean of what the layers of a Transformer give, with weights that learn.",
        base: "Module"
) { c in
    c.constructor(doc: Doc(
        "A fresh one. In a model it switches the outputs of all layers of its Transformer on.",
        parameters: [.init("embedding_dimension", "integer", "elements of a token embedding")],
        options: [
            .init("num_hidden_layers", "integer", default: "12", "layers of the transformer"),
            .init("layer_start", "integer", default: "4", "the first layer that takes part; 0 is the embedding layer"),
            .init("layer_weights", "table of numbers", optional: true, "the weights to begin with; all 1 by default"),
        ], returns: "WeightedLayerPooling")) { call in
        let given = try call.options(2)
        let layers = given.slot("num_hidden_layers", nil)
        let layerCount = layers.isNil ? 12 : try layers.integer(from: 1, to: 10_000)
        let module = try WeightedLayerPooling(
            dimension: call.slot(1).dimension(), layerCount: layerCount, firstLayer: given.optionalCount("layer_start") ?? 4, weights: given.optionalFiniteNumbers("layer_weights")?.map { Float($0) })
        try given.finish()
        return module
    }
}
