import JSON

/// The tokens with a role, from `tokenizer_config.json` and `special_tokens_map.json`.
struct SpecialTokens {
    /// The roles, in the order in which tokens that the vocabulary lacks get their ids.
    static let roles = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"]

    /// What the BERT tokenizer classes use where their files name nothing else.
    private static let bert = ["unk_token": "[UNK]", "sep_token": "[SEP]", "pad_token": "[PAD]", "cls_token": "[CLS]",
                               "mask_token": "[MASK]"]

    private(set) var contentByRole: [String: String]
    /// Every token with a role or in one of the lists of additional tokens, in order.
    private(set) var tokens: [AddedToken] = []

    /// - Parameters:
    ///   - configuration: `tokenizer_config.json`; what it says comes first.
    ///   - map: `special_tokens_map.json`.
    ///   - isBert: whether roles that no file names have BERT's tokens.
    init(configuration: ComponentReader, map: ComponentReader, isBert: Bool) throws {
        contentByRole = isBert ? Self.bert : [:]
        for role in Self.roles {
            let member = configuration[role].isMissing ? map[role] : configuration[role]
            if member.isMissing { continue }
            let token = try Self.token(member)
            contentByRole[role] = token.content
            tokens.append(token)
        }
        for list in ["extra_special_tokens", "additional_special_tokens"] {
            let member = configuration[list].isMissing ? map[list] : configuration[list]
            guard case .array? = member.value else { continue }
            for element in try member.elements() { tokens.append(try Self.token(element)) }
        }
    }

    /// A token with a role, given as a string or as an object with flags.
    private static func token(_ member: ComponentReader) throws -> AddedToken {
        if case .string(let content)? = member.value { return AddedToken(content: content, isSpecial: true) }
        var token = try AddedToken(member, defaultNormalized: false)
        token.isSpecial = true
        return token
    }
}

extension AddedToken {
    /// Reads the flags of an added token.
    init(_ member: ComponentReader, defaultNormalized: Bool? = nil) throws {
        content = try member["content"].string()
        isSingleWord = try member["single_word"].bool(default: false)
        stripsLeft = try member["lstrip"].bool(default: false)
        stripsRight = try member["rstrip"].bool(default: false)
        isSpecial = try member["special"].bool(default: false)
        isNormalized = try member["normalized"].bool(default: defaultNormalized ?? !isSpecial)
    }
}
