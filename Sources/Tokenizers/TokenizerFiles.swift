import Files
import JSON

/// The files of a tokenizer in a model folder, as they were read.
struct TokenizerFiles {
    /// The files that are read, kept and saved again.
    static let names = ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"]

    let folder: String
    private(set) var contents: [(name: String, bytes: [UInt8])] = []

    /// Reads what there is.
    init(folder: String) throws {
        self.folder = folder
        for name in Self.names where FileContents.exists(Path.join(folder, name)) {
            contents.append((name, try FileContents.read(Path.join(folder, name))))
        }
    }

    /// The bytes of a file, nil if it does not exist.
    func bytes(_ name: String) -> [UInt8]? { contents.first { $0.name == name }?.bytes }

    /// A JSON file; an empty reader if it does not exist.
    func json(_ name: String) throws -> ComponentReader {
        let path = Path.join(folder, name)
        guard let bytes = bytes(name) else { return ComponentReader(nil, file: path) }
        do {
            return ComponentReader(try bytes.withUnsafeBytes { try JSONValue.parse(bytes: $0) }, file: path)
        } catch let error as JSONError {
            throw TokenizerError.invalid(file: path, key: "", problem: "\(error)")
        }
    }

    /// The place of a file that is read in another way.
    func reader(_ name: String) -> ComponentReader { ComponentReader(nil, file: Path.join(folder, name)) }

    /// The member `truncation.max_length` of `tokenizer.json`, nil if there is none.
    func maxLength() throws -> Int? {
        guard bytes("tokenizer.json") != nil, case .object(let truncation)? = try json("tokenizer.json")["truncation"].value else { return nil }
        return truncation["max_length"]?.asInteger.flatMap { $0 > 0 ? $0 : nil }
    }

    /// Writes the files as they were read. What another tokenizer left in the folder goes: it would be read instead or along with them.
    func write(to folder: String) throws {
        for name in Self.names where bytes(name) == nil { try Folder.remove(Path.join(folder, name)) }
        for (name, bytes) in contents { try AtomicFile.write(bytes, to: Path.join(folder, name)) }
    }
}
