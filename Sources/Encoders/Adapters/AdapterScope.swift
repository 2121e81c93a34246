import Tensors

/// What adapters can change in a model: its transformer and the head that belongs to it in the reference.
struct AdapterScope {
    let family: TransformerConfiguration.Family
    /// Linear layers under their names in a file, without `.weight`.
    var linears: [(name: String, linear: Linear)]
    /// Every parameter under its name in a file.
    var parameters: [NamedParameter]
    /// The layers of a classification head.
    var headLayers: [String] = []
    /// Of those the ones that were made fresh.
    var freshLayers: [String] = []

    /// The classifier itself.
    var classifier: String? { headLayers.last }

    /// What a new adapter trains whole where nothing is said: the module of the classifier, which has to be learnt, and what
    /// else was made fresh.
    var defaultModulesToSave: [String] {
        guard let classifier else { return [] }
        let module = classifier.split(separator: ".").first.map(String.init) ?? classifier
        return freshLayers.filter { $0 != classifier && !$0.hasPrefix(module + ".") } + [module]
    }

    /// PEFT's choice where no target is named.
    /// - Throws: ``ModelError`` for families that it has none for.
    func defaultTargets() throws -> AdapterConfiguration.Targets {
        switch family {
        case .bert, .roberta, .xlmRoberta: return .names(["query", "value"])
        case .distilbert, .mpnet:
            let (query, value) = family == .mpnet ? ("q", "v") : ("q_lin", "v_lin")
            throw ModelError("""
                target_modules is required for a \(family.rawValue) model; name linear layers, such as { \"\(query)\", \"\(value)\" \
                }, or \"all-linear\"
                """)
        }
    }
}

extension AdapterScope {
    /// With a classification head.
    func including(_ head: ClassificationHead) -> AdapterScope {
        var scope = self
        scope.linears += head.linears
        scope.parameters += head.parameters
        scope.headLayers = head.linears.map(\.name)
        scope.freshLayers = head.freshLayers
        return scope
    }
}

extension Transformer {
    /// What adapters can change in the transformer alone.
    /// - Parameter prefix: stands before the names, as in ``parameters(prefix:)``.
    func adapterScope(prefix: String) -> AdapterScope {
        let names = TransformerNames(family: configuration.family)
        let linears = layers.enumerated().flatMap { index, layer -> [(name: String, linear: Linear)] in
            let layerNames = names.projections(index) + [names.attentionOutput(index), names.expansion(index), names.contraction(index)]
            return zip(layerNames, layer.linears).map { (name: prefix + $0, linear: $1) }
        }
        return AdapterScope(family: configuration.family, linears: linears, parameters: baseParameters(prefix: prefix))
    }
}
