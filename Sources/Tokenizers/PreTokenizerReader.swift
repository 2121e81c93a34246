/// Reads the `pre_tokenizer` member of a tokenizer file.
enum PreTokenizerReader {
    /// The pre-tokeniser, nil if the member is missing or null: then the model sees whole texts.
    static func read(_ member: ComponentReader) throws -> (any PreTokenizer)? {
        if member.isMissing { return nil }
        let step = try step(member)
        return step is PreTokenizerSequence ? step : Placed(step, member)
    }

    private static func step(_ member: ComponentReader) throws -> any PreTokenizer {
        let type = try member["type"].string()
        switch type {
        case "BertPreTokenizer": return BertPreTokenizer()
        case "Whitespace": return WhitespacePreTokenizer()
        case "WhitespaceSplit": return ClassSplit(classes: .whitespace, behavior: .removed)
        case "Punctuation":
            let behavior = member["behavior"]
            return ClassSplit(classes: .punctuation,
                              behavior: behavior.isMissing ? .isolated : try behavior.choice(SplitBehavior.self))
        case "Digits":
            let isIndividual = try member["individual_digits"].bool(default: false)
            return ClassSplit(classes: .numeric, behavior: isIndividual ? .isolated : .contiguous)
        case "Delimiter", "CharDelimiterSplit":
            let delimiter = UTF8Text.bytes([try member["delimiter"].scalar()])
            return PatternSplit(pattern: .literal(LiteralText(delimiter)), behavior: .removed, isInverted: false)
        case "Split":
            return PatternSplit(pattern: try TextPattern(member["pattern"]),
                                behavior: try member["behavior"].choice(SplitBehavior.self),
                                isInverted: try member["invert"].bool(default: false))
        case "Metaspace": return try metaspace(member)
        case "ByteLevel":
            return ByteLevelPreTokenizer(addsPrefixSpace: try member["add_prefix_space"].bool(default: true),
                                         splitsWords: try member["use_regex"].bool(default: true))
        case "FixedLength":
            let length = member["length"].isMissing ? 5 : try member["length"].count()
            if length == 0 { throw member["length"].problem("must be at least 1") }
            return FixedLength(length: length)
        case "Sequence": return PreTokenizerSequence(
            steps: try member["pretokenizers"].steps(read, count: { PreTokenizerSequence(steps: $0).count }))
        default: throw member["type"].problem("unknown pre-tokenizer \"\(type)\"")
        }
    }

    private static func metaspace(_ member: ComponentReader) throws -> Metaspace {
        Metaspace(replacement: UTF8Text.bytes([try member["replacement"].scalar()]),
                  scheme: try prependScheme(member),
                  splits: try member["split"].bool(default: true))
    }

    /// The prepend scheme of a `Metaspace`; older files say `add_prefix_space` instead.
    static func prependScheme(_ member: ComponentReader) throws -> Metaspace.PrependScheme {
        let named = member["prepend_scheme"]
        if !named.isMissing { return try named.choice(Metaspace.PrependScheme.self) }
        return try member["add_prefix_space"].bool(default: true) ? .always : .never
    }
}
