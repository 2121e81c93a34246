import Files
import JSON

/// What `modules.json` and `config_sentence_transformers.json` of a model folder say. A folder without `modules.json` is
/// a bare transformer.
struct ModuleList {
    /// One module: the last part of its class path, such as `Pooling`, and its own folder.
    struct Entry {
        let type: String
        let folder: String
    }

    let folder: String
    /// Empty for a bare transformer.
    let entries: [Entry]
    /// `config_sentence_transformers.json`, nil if there is none.
    let settings: ConfigurationFile?

    /// - Throws: ``ModelError`` naming file and entry.
    init(folder: String) throws {
        self.folder = folder
        settings = try ConfigurationFile.ifPresent(Path.join(folder, "config_sentence_transformers.json"))
        let path = Path.join(folder, "modules.json")
        guard FileContents.exists(path) else {
            entries = []
            return
        }
        let value: JSONValue
        do { value = try JSONValue.parse(contentsOfFile: path) } catch { throw ModelError("\(error)") }
        guard let list = value.asArray, !list.isEmpty else { throw ModelError("\(path): a list of modules is wanted") }
        entries = try list.enumerated().map { index, entry in
            guard let type = entry["type"]?.asString, let place = entry["path"]?.asString else {
                throw ModelError("\(path): module \(index): an object with the texts \"type\" and \"path\" is wanted")
            }
            guard !place.hasPrefix("/"), !place.split(separator: "/").contains("..") else {
                throw ModelError("\(path): module \(index): path \"\(place)\" leaves the model folder")
            }
            return Entry(type: String(type.split(separator: ".").last ?? ""), folder: place.isEmpty ? folder : Path.join(folder, place))
        }
        guard entries[0].type == "Transformer" else {
            throw ModelError("\(path): the first module is \"\(entries[0].type)\"; only models that begin with Transformer are supported")
        }
    }

    /// Where `config.json`, weights and tokenizer are.
    var transformerFolder: String { entries.first?.folder ?? folder }

    /// - Throws: ``ModelError`` if the model has modules besides its transformer.
    func checkIsTransformerOnly() throws {
        guard let other = entries.dropFirst().first else { return }
        throw ModelError("\(Path.join(folder, "modules.json")): module \"\(other.type)\" of a cross-encoder is not supported; supported is Transformer alone")
    }
}
