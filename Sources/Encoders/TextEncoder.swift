import Files
import JSON
import Tokenizers

/// A tokenizer with the length that texts are cut to, as a model folder says.
struct TextEncoder {
    let tokenizer: Tokenizer
    /// The most tokens of a sequence, special tokens included.
    private(set) var maximumLength: Int
    /// The positions of the model, and where it is, for errors.
    private let limit: Int, folder: String
    /// Whether texts are lowered before the tokenizer sees them (`do_lower_case` of `sentence_bert_config.json`).
    var lowersCase: Bool

    /// - Parameters:
    ///   - folder: of the transformer module.
    ///   - tokenizerFolder: where the tokenizer is, if not there.
    ///   - usesModuleSettings: whether `sentence_bert_config.json` applies; it does not where a model is converted from another kind.
    ///   - maximumLength: asked for by the caller; nil takes the folder's.
    /// - Throws: ``ModelError`` for settings that do not fit, or the tokenizer's own errors.
    init(folder: String, tokenizerFolder: String? = nil, usesModuleSettings: Bool, maximumLength: Int?,
        configuration: TransformerConfiguration) throws {
        tokenizer = try Tokenizer(folder: tokenizerFolder ?? folder)
        let settings = usesModuleSettings ? try Self.moduleSettings(folder) : nil
        let saved = try settings?.object["max_seq_length"].flatMap { $0.isNull ? nil : $0 }.map { _ in try settings!.size("max_seq_length") }
        lowersCase = try settings?.bool("do_lower_case", default: false) ?? false
        let limit = configuration.maximumLength
        self.maximumLength = min(saved ?? tokenizer.modelMaxLength ?? limit, limit)
        self.folder = folder
        self.limit = limit
        if let maximumLength { try setMaximumLength(maximumLength) }
    }

    /// Says what texts are cut to.
    /// - Throws: ``ModelError`` for a length below 1 or above the model's positions.
    mutating func setMaximumLength(_ length: Int) throws {
        if length > limit { throw ModelError("max_length \(length) is above the \(limit) positions of the model in \(folder)") }
        if length < 1 { throw ModelError("max_length: a whole number above 0 is wanted, it is \(length)") }
        maximumLength = length
    }

    /// The ids of texts or pairs, cut to the maximum length, the longer text of a pair first.
    func callAsFunction(_ inputs: [TokenizerInput]) throws -> PackedBatch {
        let texts = lowersCase ? inputs.map { TokenizerInput(first: $0.first.lowercased(), second: $0.second?.lowercased()) } : inputs
        let encodings = try tokenizer.encodeBatch(texts, options: EncodingOptions(maxLength: maximumLength, truncation: .longestFirst))
        if let empty = encodings.firstIndex(where: \.ids.isEmpty) {
            throw ModelError("the text \"\(inputs[empty].first.prefix(40))\" has no tokens, and this tokenizer adds none; leave it out")
        }
        return PackedBatch(encodings.map { ($0.ids, $0.typeIds) })
    }

    /// Writes the tokenizer's files, with the maximum length under the key that the reference reads.
    func save(to folder: String) throws {
        try tokenizer.save(to: folder)
        let path = Path.join(folder, "tokenizer_config.json")
        var settings = FileContents.exists(path) ? try ConfigurationFile(path: path).object : JSONObject()
        settings["model_max_length"] = .integer(Int64(maximumLength))
        try AtomicFile.write(JSONValue.object(settings).serialized(pretty: true) + "\n", to: path)
    }

    /// The settings file of a transformer module; older folders name it after the architecture.
    static func moduleSettings(_ folder: String) throws -> ConfigurationFile? {
        for name in ["sentence_bert_config.json", "sentence_roberta_config.json", "sentence_distilbert_config.json",
            "sentence_xlm-roberta_config.json"] {
            if let file = try ConfigurationFile.ifPresent(Path.join(folder, name)) { return file }
        }
        return nil
    }
}
