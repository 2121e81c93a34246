import Files
import Glibc
import TextFormat

/// Finds the folder of a model by path or by its name on the hub. Nothing is downloaded.
public enum ModelFolder {
    /// - Parameters:
    ///   - model: a folder, or a name such as `sentence-transformers/all-MiniLM-L6-v2`, which is looked for in the hub cache and below the
    ///     folder `models`: as `models/ORGANIZATION/NAME`, for a name without organization as `models/NAME`. What quickstart.sh fetches is
    ///     of `sentence-transformers` and has its bare name there.
    ///   - organization: tried in the hub cache where the name has none.
    /// - Returns: the folder that holds `config.json`, `modules.json` or `adapter_config.json`.
    /// - Throws: ``ModelError`` naming every place that was looked at.
    public static func resolve(_ model: String, organization: String) throws -> String {
        if model.isEmpty { throw ModelError("a model's folder or name is wanted, it is an empty text") }
        if Folder.exists(model) {
            if isModel(model) { return model }
            throw ModelError("\(model): the folder holds neither config.json nor modules.json; a model folder is wanted")
        }
        var looked = [model]
        let parts = model.split(separator: "/").map(String.init)
        if let last = parts.last, parts.count <= 2, !parts.contains(where: [".", "..", "~"].contains), !model.hasPrefix("/") {
            for name in parts.count == 2 ? [model] : [organization + "/" + model, model] {
                guard let hubCache else {
                    looked.append("no hub cache, since this user has no home folder (HF_HUB_CACHE or HF_HOME says where it is)")
                    break
                }
                let repository = Path.join(hubCache, "models--" + name.split(separator: "/").joined(separator: "--"))
                looked.append(repository)
                if let snapshot = try snapshot(of: repository) { return snapshot }
            }
            // The folder of a bare name may have been put there by quickstart.sh, which fetches models of this organization. For any other
            // organization it would be another model.
            let names = parts.count == 2 && parts[0] == "sentence-transformers" ? [model, last] : [parts.joined(separator: "/")]
            for local in names.map({ Path.join("models", $0) }) {
                looked.append(local)
                if isModel(local) { return local }
            }
        }
        throw ModelError("no model \"\(model)\": looked at \(looked.joined(separator: ", "))")
    }

    /// Where `huggingface_hub` keeps what it downloaded: `HF_HUB_CACHE`, else below `HF_HOME`, else below the user's cache folder.
    /// The user's home is that of `HOME`, else of the user database; nil where neither names one.
    static var hubCache: String? {
        if let path = environment("HF_HUB_CACHE") { return path }
        if let home = environment("HF_HOME") { return Path.join(home, "hub") }
        guard let cache = environment("XDG_CACHE_HOME") ?? home.map({ Path.join($0, ".cache") }) else { return nil }
        return Path.join(Path.join(cache, "huggingface"), "hub")
    }

    private static var home: String? {
        if let home = environment("HOME") { return home }
        guard let entry = getpwuid(getuid()), let folder = entry.pointee.pw_dir, folder.pointee == 47 else { return nil }
        return String(cString: folder)
    }

    /// The newest complete snapshot of the main branch.
    private static func snapshot(of repository: String) throws -> String? {
        let reference = Path.join(Path.join(repository, "refs"), "main")
        guard FileContents.exists(reference) else { return nil }
        let bytes = try FileContents.read(reference, limit: 1 << 12)
        let commit = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
        guard !commit.isEmpty, !commit.contains("/"), !commit.contains("..") else { return nil }
        let folder = Path.join(Path.join(repository, "snapshots"), commit)
        return isModel(folder) ? folder : nil
    }

    private static func isModel(_ folder: String) -> Bool {
        ["config.json", "modules.json", AdapterFiles.configurationName].contains { FileContents.exists(Path.join(folder, $0)) }
    }

    private static func environment(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }
}
