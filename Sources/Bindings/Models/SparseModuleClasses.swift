import Encoders
import LuaHost
import Tensors
import Tokenizers

let spladePoolingClass = LuaClass<SpladePooling>(
    "SpladePooling", doc: "Makes one weight for every word out of the scores that a vocabulary head gives the tokens of a text.", base: "Module"
) { c in
    let strategies = SpladePooling.Strategy.allCases.map(\.rawValue), activations = SpladePooling.Activation.allCases.map(\.rawValue)
    c.constructor(doc: Doc(
        "A way to pool.",
        parameters: [.init("pooling_strategy", "string", default: "\"max\"", "\"max\" or \"sum\"")],
        options: [
            .init("pooling_strategy", "string", default: "\"max\"", "in place of the first argument"),
            .init("activation_function", "string", default: "\"relu\"", "\"relu\" for log(1 + relu(x)), \"log1p_relu\" for the logarithm twice"),
            .init("embedding_dimension", "integer", optional: true, "words of the vocabulary; by default those of the head"),
            .init("chunk_size", "integer", optional: true, "accepted; scores are pooled in tiles whatever it says"),
        ], returns: "SpladePooling", example: "local pooling = sentx.models.SpladePooling(\"max\")")) { call in
        let isNamed: Bool
        if case .string = call.value(1) { isNamed = true } else { isNamed = false }
        let given = try call.options(isNamed ? 2 : 1)
        let name = try isNamed ? call.slot(1).choice(strategies) : given.choice("pooling_strategy", strategies, default: "max")
        let activation = try given.choice("activation_function", activations, default: "relu")
        let dimension = try given.optionalDimension("embedding_dimension"), chunk = try given.optionalPositiveInteger("chunk_size")
        try given.finish()
        return SpladePooling(strategy: .init(rawValue: name)!, activation: .init(rawValue: activation)!, embeddingDimension: dimension,
                             chunkSize: chunk)
    }
    c.property("pooling_strategy", doc: "\"max\" or \"sum\".") { module, _ in .string(module.strategy.rawValue) }
    c.property("activation_function", doc: "\"relu\" or \"log1p_relu\".") { module, _ in .string(module.activation.rawValue) }
}

let sparseStaticEmbeddingClass = LuaClass<SparseStaticEmbedding>(
    "SparseStaticEmbedding", doc: "One weight for each token, such as its inverse document frequency: queries without a transformer.",
    base: "Module"
) { c in
    let frozen = Doc.Parameter("frozen", "boolean", default: "false", "whether the weights stay as they are in training")
    c.constructor(doc: Doc(
        "Weights for the tokens of a tokenizer.",
        parameters: [.init("tokenizer", "Tokenizer or string", "a tokenizer, or the folder of one")],
        options: [.init("weight", "Tensor", optional: true, "[vocabulary]; ones by default"), frozen],
        returns: "SparseStaticEmbedding")) { call in
        let tokenizer = try tokenizer(call.slot(1))
        let given = try call.options(2)
        let weight = try given.optionalObject("weight", Tensor.self), isFrozen = try given.bool("frozen", default: false)
        try given.finish()
        return try SparseStaticEmbedding(tokenizer: tokenizer, weight: weight?.detach().contiguousCopy(), isFrozen: isFrozen)
    }
    c.function("from_json", doc: Doc(
        "Weights from a JSON file that maps tokens to numbers.",
        parameters: [.init("path", "string", "the file, or a folder with idf.json"),
                     .init("tokenizer", "Tokenizer or string", "a tokenizer, or the folder of one")],
        options: [frozen], returns: "SparseStaticEmbedding")) { call in
        let path = try call.string(1), tokenizer = try tokenizer(call.slot(2))
        let given = try call.options(3)
        let isFrozen = try given.bool("frozen", default: false)
        try given.finish()
        return .object(try SparseStaticEmbedding(json: path, tokenizer: tokenizer, isFrozen: isFrozen))
    }
    c.property("weight", doc: "The weights, [vocabulary].") { module, _ in .object(module.weight) }
}

let sparseAutoEncoderClass = LuaClass<SparseAutoEncoder>(
    "SparseAutoEncoder", doc: "Rewrites a dense embedding as a longer one of which only the greatest elements stay; trained by CSRLoss.",
    base: "Module"
) { c in
    c.constructor(doc: Doc(
        "A fresh one.",
        parameters: [.init("input_dim", "integer", "elements of the dense embedding")],
        options: [
            .init("hidden_dim", "integer", default: "512", "elements of the sparse embedding"),
            .init("k", "integer", default: "8", "elements that stay"),
            .init("k_aux", "integer", default: "512", "unused elements that learn on their own in training; 0 for none"),
            .init("normalize", "boolean", default: "false", "whether inputs get mean 0 and deviation 1"),
            .init("dead_threshold", "integer", default: "30", "counts without use after which an element is unused; a step counts twice"),
        ], returns: "SparseAutoEncoder",
        example: "local auto_encoder = sentx.models.SparseAutoEncoder(384, { hidden_dim = 1536, k = 64 })")) { call in
        let isNamed = call.value(1).asInteger == nil
        let given = try call.options(isNamed ? 1 : 2)
        var options = SparseAutoEncoderOptions(inputDimension: isNamed ? try given.dimension("input_dim") : try call.slot(1, "input_dim").dimension())
        options.hiddenDimension = try given.optionalDimension("hidden_dim") ?? options.hiddenDimension
        options.k = try given.positiveInteger("k", default: options.k)
        options.auxiliaryK = try given.optionalCount("k_aux") ?? options.auxiliaryK
        options.normalizes = try given.bool("normalize", default: false)
        options.deadThreshold = try given.optionalCount("dead_threshold") ?? options.deadThreshold
        try given.finish()
        return try SparseAutoEncoder(options)
    }
    c.property("k", doc: "Elements that stay.") { module, _ in .integer(module.options.k) }
}

private func tokenizer(_ slot: LuaSlot) throws -> Tokenizer {
    if case .string(let folder) = slot.value { return try Tokenizer(folder: folder) }
    return try slot.object(Tokenizer.self)
}
