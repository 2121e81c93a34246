import Files
import JSON
import SafeTensors
import Tensors

/// The files that every kind of model folder has.
enum ModelSaving {
    /// Writes a model folder, which takes the place of an old one when it is complete. Files that decide what the folder of a
    /// transformer holds do not stay from the old one: an adapter's beside a whole model, and the other way round.
    /// - Parameter adapters: of each transformer, with its folder below the model's, empty for the same.
    /// - Throws: ``ModelError`` where an adapter would be written into the folder of the model that it belongs to.
    static func replace(_ folder: String, adapters: [(folder: String, set: AdapterSet)], fill: (String) throws -> Void) throws {
        var left: Set<String> = []
        for (place, set) in adapters {
            if !set.isEmpty { try set.checkBaseIsNot(place.isEmpty ? folder : Path.join(folder, place)) }
            let names = set.isEmpty ? [AdapterFiles.configurationName, AdapterFiles.weightsName] : ["config.json", "model.safetensors"]
            left.formUnion(names.map { place.isEmpty ? $0 : Path.join(place, $0) })
        }
        try AtomicFolder.replace(folder, leavingOut: left, fill: fill)
    }

    /// What a model card's tags and metadata get for LoRA adapters, each line with its break; empty without any.
    static func cardTags(_ adapters: AdapterSet?) -> String {
        guard let adapters, !adapters.isEmpty else { return "" }
        // The hub takes names of its own kind here, not folders of this machine.
        let base = adapters.baseModelName.flatMap { $0.hasPrefix("/") || $0.hasPrefix(".") ? nil : "base_model: \($0)\n" } ?? ""
        return "- peft\n- lora\n" + base
    }

    /// The paragraph of a model card about LoRA adapters; empty without any.
    static func cardText(_ adapters: AdapterSet?) -> String {
        guard let adapters, !adapters.isEmpty else { return "" }
        let base = adapters.baseModelName.map { "`\($0)`" } ?? "the base model"
        return "This folder holds LoRA adapters (\(adapters.names.joined(separator: ", "))); the other weights of the transformer are "
            + "those of \(base), which is loaded with them.\n\n"
    }

    /// Writes a safetensors file, float32 and, for counts, int64.
    static func writeWeights(_ parameters: [NamedParameter], integers: [(name: String, values: [Int])] = [], to folder: String,
                             name: String = "model.safetensors") throws {
        let counts = integers.map { ($0.name, $0.values.map(Int64.init)) }
        let buffers = counts.map { name, values in
            let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: values.count * MemoryLayout<Int64>.stride, alignment: 8)
            values.withUnsafeBytes { bytes.copyMemory(from: $0) }
            return SafeTensorsOutput(name: name, dtype: .int64, shape: [values.count], bytes: UnsafeRawBufferPointer(bytes))
        }
        defer { for buffer in buffers { buffer.bytes.deallocate() } }
        let outputs = buffers + parameters.map { parameter in
            let tensor = parameter.tensor
            precondition(tensor.isContiguous, "parameter \(parameter.name) is not contiguous")
            return SafeTensorsOutput(name: parameter.name, dtype: .float32, shape: tensor.shape,
                                     bytes: UnsafeRawBufferPointer(start: tensor.floats, count: tensor.count * MemoryLayout<Float>.stride))
        }
        try SafeTensorsWriter.write(to: Path.join(folder, name), tensors: outputs, metadata: ["format": "pt"])
    }

    /// Writes a JSON object with indentation.
    static func write(_ object: JSONObject, to folder: String, _ name: String) throws {
        try AtomicFile.write(JSONValue.object(object).serialized(pretty: true) + "\n", to: Path.join(folder, name))
    }

    /// `modules.json`: class paths of the reference and the folder of each module.
    static func writeModules(_ modules: [(type: String, path: String)], to folder: String) throws {
        let list = modules.enumerated().map { index, module -> JSONValue in
            ["idx": .integer(Int64(index)), "name": .string(String(index)), "path": .string(module.path), "type": .string(module.type)]
        }
        try AtomicFile.write(JSONValue.array(list).serialized(pretty: true) + "\n", to: Path.join(folder, "modules.json"))
    }

    /// `sentence_bert_config.json` of a transformer module that gives `output` for the task.
    static func writeTransformerSettings(task: String, method: String, output: String, lowersCase: Bool, to folder: String) throws {
        var settings: JSONObject = [
            "transformer_task": .string(task),
            "modality_config": ["text": ["method": "forward", "method_output_name": .string(method)]],
            "module_output_name": .string(output),
        ]
        if lowersCase { settings["do_lower_case"] = true }
        try write(settings, to: folder, "sentence_bert_config.json")
    }

    /// `config_sentence_transformers.json` with the members that all kinds share.
    static func sharedSettings(kind: String, prompts: Prompts, loaded: JSONObject?) -> JSONObject {
        var settings = JSONObject()
        // Other programs read versions from here; those of the program that made the folder first are kept.
        settings["__version__"] = loaded?["__version__"] ?? ["sentence_transformers": "6.2.0"]
        settings["model_type"] = .string(kind)
        prompts.write(to: &settings)
        return settings
    }

    /// `config.json` as loaded, with the class that weights are now for.
    static func transformerConfiguration(_ loaded: JSONObject, architecture: String) -> JSONObject {
        var object = loaded
        for key in ["_name_or_path", "torch_dtype", "sbert_ce_default_activation_function", "sentence_transformers"] { object[key] = nil }
        object["architectures"] = [.string(architecture)]
        object["dtype"] = "float32"
        return object
    }
}
