import JSON

/// The parts of a tokenizer, as its files describe them.
struct TokenizerDefinition {
    var normalizer: (any Normalizer)?
    var preTokenizer: (any PreTokenizer)?
    var model: any TokenizerModel
    var postProcessor: PostProcessor
    var decoder: (any Decoder)?
    var addedTokens: [AddedToken]

    /// Reads `tokenizer.json`.
    init(file: ComponentReader, configuration: ComponentReader) throws {
        _ = try file.object()
        let version = try file["version"].string(default: "1.0")
        if version != "1.0" { throw file["version"].problem("unknown version \"\(version)\"") }
        normalizer = try NormalizerReader.read(Self.withConfiguredCase(file["normalizer"], configuration))
        preTokenizer = try PreTokenizerReader.read(file["pre_tokenizer"])
        model = try ModelReader.read(file["model"])
        postProcessor = try PostProcessorReader.read(file["post_processor"])
        decoder = try DecoderReader.read(file["decoder"])
        addedTokens = file["added_tokens"].isMissing ? [] : try file["added_tokens"].elements().map { try AddedToken($0) }
    }

    /// Reads a BERT `vocab.txt`, or MPNet's, which is BERT's with other special tokens.
    init(bertVocabulary: [UInt8], path: String, configuration: ComponentReader, special: SpecialTokens) throws {
        let vocabulary = VocabularyEntries(lines: String(decoding: bertVocabulary, as: UTF8.self))
        func id(_ role: String, _ usual: String) throws -> (token: String, id: Int32) {
            let token = special.contentByRole[role] ?? usual
            if let id = vocabulary.id(of: token) { return (token, id) }
            throw TokenizerError.invalid(file: path, key: "", problem: "the \(role) \"\(token)\" is not in the vocabulary")
        }
        let unknown = try id("unk_token", "[UNK]"), cls = try id("cls_token", "[CLS]"), sep = try id("sep_token", "[SEP]")
        let lowercases = try configuration["do_lower_case"].bool(default: true)
        normalizer = BertNormalizer(cleansText: true,
                                    isolatesIdeographs: try configuration["tokenize_chinese_chars"].bool(default: true),
                                    stripsAccents: try configuration["strip_accents"].bool(default: lowercases),
                                    lowercases: lowercases)
        preTokenizer = BertPreTokenizer()
        model = WordPiece(vocabulary: vocabulary, unknownToken: unknown.token, unknownId: unknown.id, prefix: "##",
                          longestWord: 100)
        let isMPNet = Self.isOneOf(["MPNet"], configuration)
        postProcessor = isMPNet ? .roberta(cls: cls.id, sep: sep.id) : .bert(cls: cls.id, sep: sep.id)
        decoder = WordPieceDecoder(prefix: "##", cleansUp: true)
        addedTokens = ["[PAD]", "[MASK]"].filter { vocabulary.id(of: $0) != nil }.map { AddedToken(content: $0, isSpecial: true) }
        addedTokens += [unknown.token, cls.token, sep.token].map { AddedToken(content: $0, isSpecial: true) }
    }

    /// The tokens in `added_tokens_decoder` of `tokenizer_config.json`, by id.
    static func configuredTokens(_ configuration: ComponentReader) throws -> [AddedToken] {
        let member = configuration["added_tokens_decoder"]
        if member.isMissing { return [] }
        return try member.object().keys.sorted { (Int($0) ?? 0) < (Int($1) ?? 0) }.map { try AddedToken(member[$0]) }
    }

    /// `model_max_length`; nil if missing or beyond a billion, which stands for "no limit".
    static func maxLength(_ configuration: ComponentReader) throws -> Int? {
        let member = configuration["model_max_length"]
        switch member.value {
        case nil, .null?: return nil
        case .integer(let length)? where length > 0: return length < 1_000_000_000 ? Int(length) : nil
        case .number(let length)? where length >= 1_000_000_000: return nil
        default: throw member.problem("not a positive integer")
        }
    }

    /// `truncation_side`; right if missing.
    static func truncationSide(_ configuration: ComponentReader) throws -> TruncationSide {
        let member = configuration["truncation_side"]
        let name = try member.string(default: "right")
        guard let side = TruncationSide(rawValue: name) else { throw member.problem("\"\(name)\" is neither left nor right") }
        return side
    }

    /// Whether `tokenizer_class` names one of the classes that work as BERT's.
    static func isBert(_ configuration: ComponentReader) -> Bool {
        isOneOf(["Bert", "DistilBert", "Electra", "MobileBert"], configuration)
    }

    /// Whether `tokenizer_class` is that of one of `families`.
    private static func isOneOf(_ families: [String], _ configuration: ComponentReader) -> Bool {
        guard case .string(let name)? = configuration["tokenizer_class"].value else { return false }
        return families.contains { name == $0 + "Tokenizer" || name == $0 + "TokenizerFast" }
    }

    /// The normaliser with the case settings of `tokenizer_config.json`, which decide for a `BertNormalizer`.
    private static func withConfiguredCase(_ normalizer: ComponentReader, _ configuration: ComponentReader) -> ComponentReader {
        guard case .object(var members)? = normalizer.value, members["type"] == .string("BertNormalizer"),
              isBert(configuration) || isOneOf(["MPNet"], configuration) else { return normalizer }
        for (setting, member) in [("do_lower_case", "lowercase"), ("strip_accents", "strip_accents"),
                                  ("tokenize_chinese_chars", "handle_chinese_chars")] {
            if let value = configuration[setting].value { members[member] = value }
        }
        return ComponentReader(.object(members), file: normalizer.file, key: normalizer.key)
    }
}
