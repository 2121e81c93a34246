import Files
import JSON
import SafeTensors
import Tensors
import TextFormat

/// A PEFT folder: `adapter_config.json` and `adapter_model.safetensors`.
struct AdapterFiles {
    static let configurationName = "adapter_config.json"
    static let weightsName = "adapter_model.safetensors"

    let configuration: AdapterConfiguration
    /// The folder or the name of the model that the adapter belongs to.
    let baseModelName: String?
    /// What errors about settings name.
    let configurationPath: String
    private let weights: SafeTensorsFile

    /// - Throws: ``ModelError`` naming the file that is missing or damaged.
    init(folder: String) throws {
        configurationPath = Path.join(folder, Self.configurationName)
        guard FileContents.exists(configurationPath) else {
            throw ModelError("\(folder): there is no \(Self.configurationName); the folder of an adapter saved by PEFT or sentx is wanted")
        }
        let file = try ConfigurationFile(path: configurationPath)
        configuration = try AdapterConfiguration(file)
        baseModelName = try file.stringIfPresent("base_model_name_or_path")
        let path = Path.join(folder, Self.weightsName)
        guard FileContents.exists(path) else {
            let pickle = FileContents.exists(Path.join(folder, "adapter_model.bin"))
            throw ModelError("\(folder): there is no \(Self.weightsName)" + (pickle
                ? "; adapter_model.bin is a pickle, which can run any program when it is read. Load it with PEFT and save it again" : ""))
        }
        do { weights = try SafeTensorsFile(path: path) } catch { throw ModelError("\(error)") }
    }

    /// Whether a folder holds an adapter instead of a whole model.
    static func exist(in folder: String) -> Bool { FileContents.exists(Path.join(folder, configurationName)) }

    /// A tensor as float32. - Parameter name: without the prefix of the file.
    func tensor(_ name: String, shape: [Int]) throws -> Tensor {
        guard let stored = storedName(name), let entry = weights.entry(stored) else {
            throw ModelError("""
                \(weights.path): tensor \"\(Adapter.filePrefix)\(name)\" is missing; the adapter belongs to another model or \
                other targets
                """)
        }
        guard entry.shape == shape else {
            throw ModelError("\(weights.path): tensor \"\(stored)\" has shape \(entry.shape); the model and \(configurationPath) ask for \(shape)")
        }
        let tensor = Tensor(uninitialized: shape)
        do {
            try weights.copyFloats(of: stored, into: UnsafeMutableBufferPointer(start: tensor.floats, count: tensor.count))
        } catch {
            throw ModelError("\(error)")
        }
        return tensor
    }

    /// The bias of a layer, which PEFT stores under another name where the layer has an update.
    func bias(_ name: String, shape: [Int]) throws -> Tensor {
        let inner = name.hasSuffix(".bias") ? String(name.dropLast("bias".count)) + "base_layer.bias" : name
        return try tensor(storedName(inner) == nil ? name : inner, shape: shape)
    }

    /// The shape of a tensor, nil if it is missing. - Parameter name: without the prefix of the file.
    func shape(of name: String) -> [Int]? { storedName(name).flatMap { weights.entry($0)?.shape } }

    /// Refuses updates in the file that the adapter does not have. Those of the pooler, which embeddings do not need, are left out.
    func check(_ adapter: Adapter) throws {
        let known = Set(adapter.updates.flatMap { [$0.layer + ".lora_A.weight", $0.layer + ".lora_B.weight"] })
        for stored in weights.names where stored.contains(".lora_") {
            let name = stored.hasPrefix(Adapter.filePrefix) ? String(stored.dropFirst(Adapter.filePrefix.count)) : stored
            if known.contains(name) || name.hasPrefix("pooler.") { continue }
            throw ModelError("""
                \(weights.path): tensor \"\(stored)\" belongs to no layer that target_modules names; the adapter belongs to \
                another model
                """)
        }
    }

    /// With the prefix, or without as older files have it.
    private func storedName(_ name: String) -> String? { [Adapter.filePrefix + name, name].first { weights.entry($0) != nil } }

    /// Writes the folder of an adapter.
    /// - Parameters:
    ///   - configuration: its settings as they are written.
    ///   - base: the folder or the name of the model that it belongs to.
    static func write(_ adapter: Adapter, _ configuration: AdapterConfiguration, base: String, to folder: String) throws {
        try ModelSaving.write(configuration.json(base: base, isTrainable: adapter.isTrainable), to: folder, configurationName)
        try ModelSaving.writeWeights(adapter.stored.map { NamedParameter(name: $0.name, tensor: $0.tensor) }, to: folder, name: weightsName)
    }
}
