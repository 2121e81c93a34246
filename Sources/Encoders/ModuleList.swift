import Files
import JSON

/// What `modules.json` and `config_sentence_transformers.json` of a model folder say. A folder without `modules.json` is
/// a bare transformer.
struct ModuleList {
    /// One module: its class path and its own folder.
    struct Entry {
        let classPath: String
        let folder: String

        /// The last part of the class path, such as `Pooling`.
        var type: String { String(classPath.split(separator: ".").last ?? "") }
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
            guard type.utf8.count + place.utf8.count <= 4096 else { throw ModelError("\(path): module \(index): its type and path are too long") }
            guard let place = Path.below(folder, place) else {
                throw ModelError("\(path): module \(index): path \"\(place)\" leaves the model folder")
            }
            return Entry(classPath: type, folder: place)
        }
    }

    /// What errors about entries name.
    var path: String { Path.join(folder, "modules.json") }

    /// Where `config.json`, weights and tokenizer of the transformer are.
    /// - Throws: ``ModelError`` if the first module is another.
    func transformerFolder() throws -> String {
        guard let first = entries.first else { return folder }
        guard ["Transformer", "MLMTransformer"].contains(first.type) else {
            throw ModelError("\(path): the first module is \"\(first.type)\" where a Transformer is wanted")
        }
        return first.folder
    }

    /// - Throws: ``ModelError`` if the model has modules besides its transformer.
    func checkIsTransformerOnly() throws {
        guard let other = entries.dropFirst().first else { return }
        throw ModelError("\(path): module \"\(other.type)\" of a cross-encoder is not supported; supported is Transformer alone")
    }
}
