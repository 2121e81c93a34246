import JSON

/// Reads the `model` member of a tokenizer file.
enum ModelReader {
    static func read(_ member: ComponentReader) throws -> any TokenizerModel {
        _ = try member.object()
        let type = try typeName(member)
        switch type {
        case "WordPiece": return try wordPiece(member)
        case "WordLevel": return try wordLevel(member)
        case "BPE": return try BytePairEncoding(member)
        case "Unigram": return try Unigram(member)
        default: throw member["type"].problem("unknown model \"\(type)\"")
        }
    }

    /// The kind of model. Files of early versions do not name it; then it follows from the members.
    private static func typeName(_ member: ComponentReader) throws -> String {
        if !member["type"].isMissing { return try member["type"].string() }
        if !member["merges"].isMissing { return "BPE" }
        if !member["continuing_subword_prefix"].isMissing { return "WordPiece" }
        if case .array? = member["vocab"].value { return "Unigram" }
        return try member["type"].string()
    }

    private static func wordPiece(_ member: ComponentReader) throws -> WordPiece {
        let vocabulary = try VocabularyEntries(member["vocab"])
        let unknown = try member["unk_token"].string(default: "[UNK]")
        let longest = member["max_input_chars_per_word"]
        return WordPiece(vocabulary: vocabulary, unknownToken: unknown, unknownId: try unknownId(unknown, vocabulary, member),
                         prefix: try member["continuing_subword_prefix"].string(default: "##"),
                         longestWord: longest.isMissing ? 100 : try longest.count())
    }

    private static func wordLevel(_ member: ComponentReader) throws -> WordLevel {
        let vocabulary = try VocabularyEntries(member["vocab"])
        let unknown = try member["unk_token"].string(default: "<unk>")
        return WordLevel(vocabulary: vocabulary, unknownToken: unknown, unknownId: try unknownId(unknown, vocabulary, member))
    }

    /// The id of the unknown token, which these models cannot do without.
    private static func unknownId(_ token: String, _ vocabulary: VocabularyEntries, _ member: ComponentReader) throws -> Int32 {
        if let id = vocabulary.id(of: token) { return id }
        throw member["unk_token"].problem("\"\(token)\" is not in \(member["vocab"].key)")
    }
}
