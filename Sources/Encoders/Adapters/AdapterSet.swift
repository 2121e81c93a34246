import Tensors
import TextFormat

/// The LoRA adapters of a transformer and of the head that belongs to it: which there are, and which are in force.
///
/// With the first adapter the model's own parameters are frozen, and they are as before when the last one has gone. The
/// names of methods and what they do are those of PEFT and of transformers' adapter methods.
public final class AdapterSet {
    /// Says what adapters can change; set when the model is put together.
    var describe: () -> AdapterScope = { AdapterScope(family: .bert, linears: [], parameters: []) }
    private var scope: AdapterScope { describe() }
    /// The folder or the name that the model's own weights came from, for `adapter_config.json`.
    public internal(set) var baseModelName: String?
    /// Linear layers that the reference's model has and this one does not compute: BERT's pooler. A saved adapter names them
    /// as left out.
    var unusedLayers: [String] = []
    private(set) var adapters: [Adapter] = []
    private var active: [String] = []
    /// Whether active adapters are in force.
    public private(set) var isEnabled = true
    /// The values of the weights that updates are merged into; nil while none is merged.
    private var unmerged: [(weight: Tensor, values: Tensor)]?
    /// Which of the model's own parameters were trained before the first adapter came.
    private var wasTrained: [Bool] = []

    /// Whether the model has any adapter.
    public var isEmpty: Bool { adapters.isEmpty }

    /// The names of all adapters, in the order in which they came.
    public var names: [String] { adapters.map(\.name) }

    /// The names of the active ones, also while they are disabled.
    public func activeNames() throws -> [String] {
        try requireAdapters()
        return active
    }

    /// Whether the updates are merged into the weights.
    public var isMerged: Bool { unmerged != nil }

    // MARK: Adding and removing

    /// Adds an adapter with fresh updates, makes it the active one and trains it alone.
    /// - Parameter generator: makes the updates.
    /// - Throws: ``ModelError`` for a name that is taken, a setting out of range, or targets that no layer has.
    public func add(_ configuration: AdapterConfiguration, name: String = "default", generator: Generator = .shared) throws {
        var configuration = configuration
        configuration.targets = try configuration.targets ?? scope.defaultTargets()
        configuration.modulesToSave = configuration.modulesToSave ?? scope.defaultModulesToSave
        let adapter = try make(configuration, name: name, isTrainable: true) { layer, linear, rank in
            (try Self.first(configuration.initialization, [rank, linear.inputCount], rank: rank, generator),
             configuration.initialization == .random ? try Self.uniform([linear.outputCount, rank], generator)
                 : Tensor(zeros: [linear.outputCount, rank]))
        }
        try attach(adapter)
    }

    /// Adds the adapter that a PEFT folder holds and makes it the active one.
    /// - Parameter isTrainable: whether it is trained; else it is for use alone.
    /// - Throws: ``ModelError`` naming the file and the setting or tensor at fault.
    public func load(folder: String, name: String = "default", isTrainable: Bool = false) throws {
        let files = try AdapterFiles(folder: folder)
        let adapter: Adapter
        do {
            adapter = try make(files.configuration, name: name, isTrainable: isTrainable, file: files.configurationPath) { layer, linear, rank in
                (try files.tensor(layer + ".lora_A.weight", shape: [rank, linear.inputCount]),
                 try files.tensor(layer + ".lora_B.weight", shape: [linear.outputCount, rank]))
            }
        } catch let error as ModelError where !error.description.contains(folder) {
            throw ModelError("\(files.configurationPath): \(error)")
        }
        try files.check(adapter)
        let savedValues = try adapter.saved.map { try files.tensor($0.parameter.name, shape: $0.parameter.tensor.shape) }
        let biasValues = try adapter.biases.map { try files.bias($0.name, shape: $0.tensor.shape) }
        try GradientTape.noGrad {
            for ((_, other), values) in zip(adapter.saved, savedValues) { try other.copyInPlace(values) }
            for (bias, values) in zip(adapter.biases, biasValues) { try bias.tensor.copyInPlace(values) }
        }
        try attach(adapter)
    }

    /// Removes adapters. If no active one is left, the first of those that remain becomes active.
    public func delete(_ names: [String]) throws {
        try requireAdapters()
        try requirePresent(names)
        try unmerge()
        try withdraw()
        for adapter in adapters where names.contains(adapter.name) { adapter.updates.forEach { $0.linear.updates = [] } }
        adapters.removeAll { names.contains($0.name) }
        active.removeAll { names.contains($0) }
        if active.isEmpty, let next = adapters.first { active = [next.name] }
        try apply()
    }

    // MARK: Copying

    /// Calls `body` while the models have no adapters, only their own weights.
    static func settingAside(_ sets: [AdapterSet], _ body: () throws -> Void) throws {
        guard let set = sets.first else { return try body() }
        try set.settingAside { try settingAside(Array(sets.dropFirst()), body) }
    }

    private func settingAside(_ body: () throws -> Void) throws {
        if isEmpty { return try body() }
        let wasMerged = isMerged, aside = adapters
        try unmerge()
        try withdraw()
        adapters = []
        let result = Result { try body() }
        adapters = aside
        try apply()
        if wasMerged { try merge() }
        try result.get()
    }

    /// Gives a copy of the model, which has its own weights and no adapter yet, copies of the adapters of `source`, in the same
    /// state.
    func adopt(copiesOf source: AdapterSet) throws {
        baseModelName = source.baseModelName
        if source.isEmpty { return }
        wasTrained = source.wasTrained
        try GradientTape.noGrad {
            for adapter in source.adapters {
                let factors = Dictionary(uniqueKeysWithValues: adapter.updates.map { ($0.layer, ($0.update.a, $0.update.b)) })
                let copy = try make(adapter.configuration, name: adapter.name, isTrainable: adapter.isTrainable) { layer, _, _ in
                    guard let (a, b) = factors[layer] else { throw ModelError("adapter \"\(adapter.name)\": the copy has another layer, \(layer)") }
                    return (a.contiguousCopy(), b.contiguousCopy())
                }
                for (own, copied) in zip(adapter.saved, copy.saved) {
                    try copied.other.copyInPlace(adapter.isInPlace ? own.parameter.tensor : own.other)
                }
                adapters.append(copy)
            }
        }
        active = source.active
        isEnabled = source.isEnabled
        try apply()
        if source.isMerged { try merge() }
    }

    // MARK: Choosing

    /// Makes the named adapters the active ones: their updates add up. They are trained, all others are not.
    /// - Throws: ``ModelError`` for an unknown name, or for several adapters of which more than one trains modules whole.
    public func activate(_ names: [String]) throws {
        try requireAdapters()
        try requirePresent(names)
        guard !names.isEmpty else { throw ModelError("set_adapter: name at least one adapter; disable_adapters switches all off") }
        let whole = adapters.filter { names.contains($0.name) && !$0.saved.isEmpty }
        guard whole.count < 2 else {
            throw ModelError("set_adapter: \(Self.list(whole.map(\.name))) each have modules_to_save, of which only one can be in force")
        }
        try unmerge()
        try withdraw()
        active = names
        for adapter in adapters where names.contains(adapter.name) { adapter.isTrainable = true }
        try apply()
    }

    /// Switches the active adapters on or off. Switched off, the model is the one that they were added to.
    public func setEnabled(_ isEnabled: Bool) throws {
        try requireAdapters()
        try unmerge()
        try withdraw()
        self.isEnabled = isEnabled
        if isEnabled { for adapter in adapters where active.contains(adapter.name) { adapter.isTrainable = true } }
        try apply()
    }

    // MARK: Merging

    /// Adds the active updates to the weights that they change, so that they cost nothing more; ``unmerge()`` takes that back.
    public func merge() throws {
        try requireAdapters()
        guard unmerged == nil, isEnabled else { return }
        try GradientTape.noGrad {
            unmerged = try scope.linears.compactMap { _, linear in
                if linear.updates.isEmpty { return nil }
                let values = linear.weight.contiguousCopy()
                for update in linear.updates { try linear.weight.copyInPlace(linear.weight.detach().adding(update.weightChange)) }
                linear.updates = []
                return (linear.weight, values)
            }
        }
    }

    /// Gives merged weights their old values back, bit for bit.
    public func unmerge() throws {
        guard let unmerged else { return }
        self.unmerged = nil
        try GradientTape.noGrad { for (weight, values) in unmerged { try weight.copyInPlace(values) } }
        try apply()
    }

    /// Merges the active updates for good and removes all adapters. Modules that an active adapter trained whole stay.
    public func mergeAndUnload() throws {
        try requireAdapters()
        try merge()
        unmerged = nil
        for (_, linear) in scope.linears { linear.updates = [] }
        adapters = []
        active = []
        isEnabled = true
        restoreTraining()
    }

    // MARK: Reading

    /// The updates of all adapters among the parameters of a model.
    var parameters: [NamedParameter] { adapters.flatMap(\.parameters) }

    /// The one adapter that a folder can hold.
    /// - Throws: ``ModelError`` if several are active.
    func adapterToSave() throws -> Adapter {
        guard active.count == 1, let adapter = adapters.first(where: { $0.name == active[0] }) else {
            throw ModelError("""
                \(Self.list(active)) are active, and a folder holds one adapter; choose it by set_adapter, then save, one after \
                the other
                """)
        }
        return adapter
    }

    /// The tensors of an adapter under their names in a PEFT file, without its prefix; by default of the first active one.
    public func state(of name: String? = nil) throws -> [NamedParameter] {
        try requireAdapters()
        let name = name ?? active[0]
        try requirePresent([name])
        return adapters.filter { $0.name == name }.flatMap(\.stored).map {
            NamedParameter(name: String($0.name.dropFirst(Adapter.filePrefix.count)), tensor: $0.tensor)
        }
    }

    // MARK: Putting in force

    private func attach(_ adapter: Adapter) throws {
        try unmerge()
        if adapters.isEmpty { wasTrained = scope.parameters.map(\.tensor.requiresGrad) }
        try withdraw()
        adapters.append(adapter)
        active = [adapter.name]
        isEnabled = true
        try apply()
    }

    /// Takes the values of modules that an adapter trains whole out of the model.
    private func withdraw() throws { for adapter in adapters { try adapter.setInPlace(false) } }

    /// Puts the active adapters in force and says what is trained.
    private func apply() throws {
        if adapters.isEmpty { return restoreTraining() }
        for parameter in scope.parameters { parameter.tensor.requiresGrad = false }
        for (_, linear) in scope.linears { linear.updates = [] }
        for adapter in adapters {
            let isInForce = isEnabled && active.contains(adapter.name)
            let isTrained = isInForce && adapter.isTrainable
            for entry in adapter.updates {
                if isInForce { entry.linear.updates.append(entry.update) }
                for tensor in [entry.update.a, entry.update.b] {
                    tensor.requiresGrad = isTrained
                    if !isTrained { tensor.grad = nil }
                }
            }
            try adapter.setInPlace(isInForce)
            if isTrained { for tensor in adapter.saved.map(\.parameter.tensor) + adapter.biases.map(\.tensor) { tensor.requiresGrad = true } }
        }
        for parameter in scope.parameters where !parameter.tensor.requiresGrad { parameter.tensor.grad = nil }
    }

    private func restoreTraining() {
        for (parameter, flag) in zip(scope.parameters, wasTrained) { parameter.tensor.requiresGrad = flag }
        wasTrained = []
    }

    /// - Parameters:
    ///   - file: where the configuration was read, for errors.
    ///   - values: A and B for a layer of the given name and rank.
    private func make(
        _ configuration: AdapterConfiguration, name: String, isTrainable: Bool, file: String? = nil,
        _ values: (_ layer: String, _ linear: Linear, _ rank: Int) throws -> (Tensor, Tensor)
    ) throws -> Adapter {
        try configuration.check()
        guard !name.isEmpty, !name.contains(".") else { throw ModelError("adapter_name: a name without dots is wanted, it is \"\(name)\"") }
        if names.contains(name) { throw ModelError("there is an adapter \"\(name)\" already; choose another adapter_name, or delete that one first") }
        let targets = try AdapterTargets(configuration, file: file)
        let updates = try scope.linears.filter { try targets.contains($0.name, isClassifier: $0.name == scope.classifier) }.map { layer, linear in
            let (a, b) = try values(layer, linear, targets.rank(of: layer))
            let update = LowRankUpdate(a: a, b: b, scaling: try targets.scaling(of: layer), dropoutProbability: configuration.dropout)
            return Adapter.Update(layer: layer, linear: linear, update: update)
        }
        guard !updates.isEmpty else {
            throw ModelError((file.map { $0 + ": " } ?? "") + "target_modules: no linear layer of the model has such a name, or layers_to_transform and exclude_modules leave none; "
                + "its layers are named like "
                + "\"\(scope.linears.first?.name ?? "")\" and \"\(scope.linears.last?.name ?? "")\"")
        }
        let saved = scope.parameters.filter { targets.saves($0.name) }
        if let missing = configuration.modulesToSave?.first(where: { module in !saved.contains { ("." + $0.name).contains(module + ".") } }) {
            throw ModelError("modules_to_save: the model has no module \"\(missing)\"")
        }
        let targeted = Set(updates.map { $0.layer + ".bias" }), savedNames = Set(saved.map(\.name))
        let biases = scope.parameters.filter { parameter in
            if savedNames.contains(parameter.name) { return false }
            switch configuration.bias {
            case .none: return false
            // PEFT takes every name with the word in it, MPNet's table of relative positions too.
            case .all: return parameter.name.contains("bias")
            case .loraOnly: return targeted.contains(parameter.name)
            }
        }
        return Adapter(name: name, configuration: configuration, updates: updates,
                       saved: saved.map { ($0, original($0.tensor).contiguousCopy()) }, biases: biases, isTrainable: isTrainable)
    }

    /// The model's own values of a parameter, whether or not an adapter's are in their place.
    private func original(_ parameter: Tensor) -> Tensor {
        adapters.first(where: \.isInPlace)?.saved.first { $0.parameter.tensor === parameter }?.other ?? parameter
    }

    private func requireAdapters() throws {
        if adapters.isEmpty { throw ModelError("the model has no adapter; add_adapter makes one, load_adapter reads one") }
    }

    private func requirePresent(_ wanted: [String]) throws {
        guard let missing = wanted.first(where: { !names.contains($0) }) else { return }
        throw ModelError("there is no adapter \"\(missing)\"; the model has \(Self.list(names))")
    }

    private static func list(_ names: [String]) -> String { names.map { "\"\($0)\"" }.joined(separator: ", ") }

    /// The first factor of a fresh update.
    private static func first(_ kind: AdapterConfiguration.Initialization, _ shape: [Int], rank: Int, _ generator: Generator) throws -> Tensor {
        kind == .gaussian ? try Tensor.randn(shape, generator: generator).multiplying(1 / Double(rank)) : try uniform(shape, generator)
    }

    /// Uniform within one over the square root of the inputs (Kaiming's with a slope of sqrt 5, as for any linear layer).
    private static func uniform(_ shape: [Int], _ generator: Generator) throws -> Tensor {
        let bound = 1 / Double(shape[1]).squareRoot()
        return try Tensor.rand(shape, generator: generator).multiplying(2 * bound).subtracting(bound)
    }
}
