import JSON

/// Texts that are put before a model's inputs, by name.
public struct Prompts: Equatable, Sendable {
    /// In file order.
    public var texts: [(name: String, text: String)]
    /// The name of the prompt that applies where a call names none.
    public var defaultName: String?

    /// The longest prompt of a file, in bytes: it is put before every text of a call.
    static let lengthLimit = 1 << 16

    public init(_ texts: [(name: String, text: String)] = [], defaultName: String? = nil) {
        self.texts = texts
        self.defaultName = defaultName
    }

    public subscript(name: String) -> String? { texts.first { $0.name == name }?.text }

    /// The prompt for a call: the given text, else the named one, else the default.
    /// - Throws: ``ModelError`` for a name that is not there.
    public func resolve(prompt: String?, name: String?) throws -> String? {
        if let prompt { return prompt }
        guard let name else { return defaultName.flatMap { self[$0] } }
        guard let text = self[name] else {
            let known = texts.map { "\"\($0.name)\"" }.joined(separator: ", ")
            throw ModelError("prompt_name \"\(name)\" is not among the model's prompts (\(known.isEmpty ? "it has none" : known))")
        }
        return text
    }

    public static func == (a: Prompts, b: Prompts) -> Bool {
        a.defaultName == b.defaultName && a.texts.elementsEqual(b.texts) { $0 == $1 }
    }

    /// These prompts, completed by those of a file; a name in both keeps its text from here.
    func completed(by file: ConfigurationFile) throws -> Prompts {
        var result = self
        if let saved = file.object["prompts"], !saved.isNull {
            guard let members = saved.asObject else { throw ModelError("\(file.path): prompts: an object of names and texts is wanted") }
            for (name, value) in members where self[name] == nil && !value.isNull {
                guard let text = value.asString else { throw ModelError("\(file.path): prompts: \(name): a text is wanted") }
                guard text.utf8.count <= Self.lengthLimit else {
                    throw ModelError("\(file.path): prompts: \(name): at most \(Self.lengthLimit) bytes are wanted, they are \(text.utf8.count)")
                }
                result.texts.append((name, text))
            }
        }
        if result.defaultName == nil { result.defaultName = try file.stringIfPresent("default_prompt_name") }
        try result.check(where: file.path)
        return result
    }

    /// - Throws: ``ModelError`` if the default is not among the names.
    func check(where place: String) throws {
        guard let defaultName, self[defaultName] == nil else { return }
        throw ModelError("\(place): default_prompt_name \"\(defaultName)\" is not among the prompts")
    }

    /// The members that `config_sentence_transformers.json` holds.
    func write(to object: inout JSONObject) {
        object["prompts"] = .object(JSONObject(texts.map { ($0.name, .string($0.text)) }))
        object["default_prompt_name"] = defaultName.map { .string($0) } ?? .null
    }
}
