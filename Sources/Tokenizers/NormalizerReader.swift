/// Reads the `normalizer` member of a tokenizer file.
enum NormalizerReader {
    /// The normaliser, nil if the member is missing or null.
    static func read(_ member: ComponentReader) throws -> (any Normalizer)? {
        if member.isMissing { return nil }
        let step = try step(member)
        return step is NormalizerSequence ? step : Placed(step, member)
    }

    private static func step(_ member: ComponentReader) throws -> any Normalizer {
        let type = try member["type"].string()
        switch type {
        case "BertNormalizer": return try bert(member)
        case "NFC": return NormalForm.nfc
        case "NFD": return NormalForm.nfd
        case "NFKC": return NormalForm.nfkc
        case "NFKD": return NormalForm.nfkd
        case "Lowercase": return Lowercase()
        case "StripAccents": return StripAccents()
        case "Strip": return Strip(left: try member["strip_left"].bool(), right: try member["strip_right"].bool())
        case "Replace": return try replace(member)
        case "Prepend": return Prepend(prefix: Array(try member["prepend"].string().utf8))
        case "Nmt": return NmtCleaning()
        case "ByteLevel": return ByteLevelNormalizer()
        case "Precompiled": return try PrecompiledNormalizer(member["precompiled_charsmap"])
        case "Sequence": return NormalizerSequence(steps: try member["normalizers"].steps(read, count: { NormalizerSequence(steps: $0).count }))
        default: throw member["type"].problem("unknown normalizer \"\(type)\"")
        }
    }

    /// A `Replace` component, which is a normaliser and a decoder.
    static func replace(_ member: ComponentReader) throws -> Replace {
        Replace(pattern: try TextPattern(member["pattern"]), content: Array(try member["content"].string().utf8))
    }

    private static func bert(_ member: ComponentReader) throws -> BertNormalizer {
        let lowercases = try member["lowercase"].bool(default: true)
        return BertNormalizer(cleansText: try member["clean_text"].bool(default: true),
                              isolatesIdeographs: try member["handle_chinese_chars"].bool(default: true),
                              stripsAccents: try member["strip_accents"].bool(default: lowercases),
                              lowercases: lowercases)
    }
}
