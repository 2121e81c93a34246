import Files
import Glibc
import TextFormat

/// Where the configuration and the weights of a transformer are: in its own folder, or, if that holds a LoRA adapter
/// (`adapter_config.json`), in the folder of the model that the adapter belongs to.
struct TransformerSource {
    /// With `config.json` and weights.
    let folder: String
    /// With the tokenizer.
    let tokenizerFolder: String
    /// With an adapter; nil for a whole model.
    let adapterFolder: String?
    /// What an adapter's folder calls the model: a name on the hub, or the whole path of a folder.
    let baseModelName: String

    /// - Parameters:
    ///   - folder: of the transformer module.
    ///   - name: what the model was asked for by, where that is known.
    /// - Throws: ``ModelError`` if the model that an adapter belongs to is not found.
    init(folder: String, name: String? = nil) throws {
        guard AdapterFiles.exist(in: folder) else {
            self.folder = folder
            tokenizerFolder = folder
            adapterFolder = nil
            baseModelName = name.map { Folder.exists($0) ? Self.wholePath(folder) : $0 } ?? Self.wholePath(folder)
            return
        }
        let path = Path.join(folder, AdapterFiles.configurationName)
        let base = try ConfigurationFile(path: path).string("base_model_name_or_path")
        let found: String
        // The folder of the model may stand at a place that is told from that of the adapter.
        let beside = Path.join(folder, base)
        do {
            found = Folder.exists(beside) && !Folder.exists(base) ? beside : try ModelFolder.resolve(base, organization: "sentence-transformers")
        } catch {
            throw ModelError("""
                \(path): base_model_name_or_path: \(error). The folder holds an adapter alone; put its model there, or name the \
                right folder
                """)
        }
        // For a transformer behind a Router the reference names the model's folder alone.
        let part = Path.join(found, folder.split(separator: "/").last.map(String.init) ?? "")
        let isPart = FileContents.exists(Path.join(found, "router_config.json")) && FileContents.exists(Path.join(part, "config.json"))
        self.folder = isPart ? part : try ModuleList(folder: found).transformerFolder()
        guard !AdapterFiles.exist(in: self.folder) else {
            throw ModelError("\(path): base_model_name_or_path \"\(base)\" holds an adapter itself; merge that one and save it first")
        }
        let tokenizerFiles = ["tokenizer.json", "tokenizer_config.json", "vocab.txt"]
        tokenizerFolder = tokenizerFiles.contains { FileContents.exists(Path.join(folder, $0)) } ? folder : self.folder
        adapterFolder = folder
        baseModelName = Folder.exists(base) || found == beside ? Self.wholePath(isPart ? part : found) : base
    }

    /// A path from the root, or the name on the hub for a folder of its cache.
    static func wholePath(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        let whole = String(cString: resolved)
        let parts = whole.split(separator: "/")
        guard parts.count > 2, parts[parts.count - 2] == "snapshots", parts[parts.count - 3].hasPrefix("models--") else { return whole }
        return String(parts[parts.count - 3].dropFirst("models--".count).replacing("--", with: "/"))
    }
}

extension AdapterSet {
    /// Takes note of where the model's own weights came from, and adds the adapter that the folder holds, if it does.
    func begin(with source: TransformerSource) throws {
        baseModelName = source.baseModelName
        if let folder = source.adapterFolder { try load(folder: folder) }
    }

    /// Takes a name on the hub, rather than the folder that it was found in, for the model's own.
    func nameBase(_ name: String) {
        if isEmpty, !Folder.exists(name) { baseModelName = name }
    }

    /// The tensors of the adapter that a saved folder holds.
    /// - Parameter folder: of the transformer module within the model's, empty for the same.
    /// - Throws: ``ModelError`` if several are active, since a folder holds one.
    func stored(in folder: String = "") throws -> [StoredParameter] {
        try adapterToSave().stored.map {
            StoredParameter(file: Path.join(folder, AdapterFiles.weightsName), name: $0.name, tensor: $0.tensor)
        }
    }

    /// Writes the active adapter as a PEFT folder.
    func save(to folder: String) throws {
        let adapter = try adapterToSave()
        var configuration = adapter.configuration
        let targets = try AdapterTargets(configuration)
        let unused = try unusedLayers.filter { try targets.contains($0, isClassifier: false) }
        switch configuration.excluded {
        case .names(let names): configuration.excluded = .names(names + unused)
        case nil: configuration.excluded = unused.isEmpty ? nil : .names(unused)
        case .pattern, .allLinear: break
        }
        try AdapterFiles.write(adapter, configuration, base: baseModelName ?? "", to: folder)
    }
}

extension AdapterSet {
    /// - Throws: ``ModelError`` if `folder` is where the model's own weights came from.
    func checkBaseIsNot(_ folder: String) throws {
        guard let baseModelName, Folder.exists(baseModelName), Folder.exists(folder) else { return }
        guard TransformerSource.wholePath(baseModelName) == TransformerSource.wholePath(folder) else { return }
        throw ModelError("\(folder): an adapter is saved into a folder of its own, this one holds the model that it belongs to; "
            + "name another, or merge_and_unload() first to save a whole model")
    }
}
