import Tensors

/// Copies of modules that compute the same and share nothing that is trained. A module that stands in two places is copied once.
final class ModuleCopies {
    private var copies: [ObjectIdentifier: any Module] = [:]

    /// - Throws: ``ModelError``
    func copy(_ module: any Module) throws -> any Module {
        if let copy = copies[ObjectIdentifier(module)] { return copy }
        let copy = try make(module)
        copies[ObjectIdentifier(module)] = copy
        return copy
    }

    private func make(_ module: any Module) throws -> any Module {
        // Fresh weights are overwritten, and must not move the generator that the script uses.
        let generator = Generator(seed: 0)
        switch module {
        case let module as TransformerModule: return try TransformerModule(copyOf: module)
        case let module as Router:
            let routes = try module.routes.map { Router.Route($0.name, try $0.modules.map(copy)) }
            return try Router(routes: routes, defaultRoute: module.defaultRoute, allowsEmptyKey: module.allowsEmptyKey, mappings: module.mappings)
        case let module as Pooling: return Pooling(modes: module.modes, width: module.width, includesPrompt: module.includesPrompt)
        case let module as Normalize: return Normalize(feature: module.feature)
        case let module as DropoutModule: return try DropoutModule(probability: module.probability)
        case let module as SpladePooling:
            return SpladePooling(strategy: module.strategy, activation: module.activation, embeddingDimension: module.embeddingDimension,
                                 chunkSize: module.chunkSize)
        case let module as StaticEmbedding:
            // Reading the parameters brings rows up to date whose update was put off.
            let table = module.parameters[0].tensor
            return try StaticEmbedding(tokenizer: module.tokenizer!, weights: table.detach().contiguousCopy(), folder: module.folder)
        case let module as SparseStaticEmbedding:
            return try SparseStaticEmbedding(tokenizer: module.tokenizer!, weight: module.weight.detach().contiguousCopy(), isFrozen: module.isFrozen)
        case let module as WeightedLayerPooling:
            return try WeightedLayerPooling(dimension: module.dimension, layerCount: module.layerCount, firstLayer: module.firstLayer,
                                            weights: module.weights.floatArray())
        case let module as LayerNormModule: return withParameters(of: module, LayerNormModule(dimension: module.weight.count))
        case let module as Dense:
            return withParameters(of: module, try Dense(
                inputs: module.linear.inputCount, outputs: module.linear.outputCount, hasBias: module.linear.bias != nil,
                activation: module.activation, feature: module.feature, usesResidual: module.usesResidual, generator: generator))
        case let module as SparseAutoEncoder:
            let copy = try SparseAutoEncoder(module.options, generator: generator)
            copy.stepsSinceUse = module.stepsSinceUse
            return withParameters(of: module, copy)
        default: throw ModelError("a module \(module.type.rawValue) cannot be copied")
        }
    }

    private func withParameters<Copy: Module>(of module: Copy, _ copy: Copy) -> Copy {
        for (own, copied) in zip(module.parameters, copy.parameters) {
            copied.tensor.floats.update(from: own.tensor.detach().contiguous().floats, count: own.tensor.count)
        }
        return copy
    }
}
