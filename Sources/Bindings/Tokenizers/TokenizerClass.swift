import LuaHost
import Tokenizers

/// `sentx.Tokenizer`.
///
/// Token ids are those of the tokenizer file, which counts from 0; they are names of rows in a model, not positions in a
/// Lua table, and so are not shifted.
func registerTokenizer(_ sentx: LuaModule) throws {
    Cancellation.install {
        try Interrupt.check()
        // Threads of the pool see it too, but it is the thread that runs Lua that takes it.
        if Interrupt.isRequestedAnywhere { throw Interrupted() }
    }
    try sentx.class(LuaClass<Tokenizer>("Tokenizer", doc: """
        Turns texts into the ids that a model reads, as its tokenizer.json says. Ids are those of that file and count from 0.
        """) { c in
        c.constructor(doc: Doc("Reads the tokenizer of a model folder.", parameters: [.init("path", "string", "the folder")],
                               example: "local tokenizer = sentx.Tokenizer(\"models/all-MiniLM-L6-v2\")")) { call in
            try call.requireAtMost(1)
            return try Tokenizer(folder: call.string(1))
        }
        addEncoding(c)
        addDecoding(c)
        addProperties(c)
    })
}

private let truncations = TruncationStrategy.allCases.map(\.rawValue)

private func addEncoding(_ c: LuaClass<Tokenizer>) {
    c.method("encode", doc: Doc(
        "The ids of a text, or of two texts that the model reads together.",
        parameters: [.init("text", "string", "the text"), .init("text_pair", "string", optional: true, "the second text")],
        options: [
            .init("max_length", "integer", optional: true, "the most tokens, special tokens included; no limit by default"),
            .init("truncation", "string", default: "\"longest_first\"",
                  "what is cut: \"longest_first\", \"only_first\", \"only_second\" or \"do_not_truncate\""),
            .init("add_special_tokens", "boolean", default: "true", "whether tokens such as [CLS] and [SEP] are added"),
        ],
        returns: "table of integers",
        example: "local ids = tokenizer:encode(\"A text\", { max_length = 128 })")) { tokenizer, call in
        let hasPair = call.value(2).asString != nil || call.has(3)
        try call.requireAtMost(hasPair ? 3 : 2)
        let pair = hasPair ? try call.optionalString(2, "text_pair") : nil
        let arguments = try call.options(hasPair ? 3 : 2, "options")
        var options = EncodingOptions(maxLength: try arguments.optionalInteger("max_length"))
        options.truncation = TruncationStrategy(
            rawValue: try arguments.choice("truncation", truncations, default: TruncationStrategy.longestFirst.rawValue))!
        options.addSpecialTokens = try arguments.bool("add_special_tokens", default: true)
        try arguments.finish()
        if let length = options.maxLength, length < 1 { throw call.error("option max_length: expected at least 1, got \(length)") }
        let encoding = try tokenizer.encode(call.string(1), pair: pair, options: options)
        return try call.list(encoding.ids.map { .integer(Int($0)) })
    }
    c.method("tokenize", doc: Doc("The tokens of a text, without special tokens.", parameters: [.init("text", "string", "the text")],
                                  returns: "table of strings")) { tokenizer, call in
        try call.requireAtMost(1)
        let encoding = try tokenizer.encode(call.string(1), options: EncodingOptions(addSpecialTokens: false))
        return try call.list(tokenizer.tokens(for: encoding.ids).map { .string($0 ?? "") })
    }
}

private func addDecoding(_ c: LuaClass<Tokenizer>) {
    c.method("decode", doc: Doc(
        "The text that ids stand for.", parameters: [.init("ids", "table of integers", "ids, as encode gives them")],
        options: [.init("skip_special_tokens", "boolean", default: "false", "leaves out tokens such as [CLS] and [SEP]")],
        returns: "string")) { tokenizer, call in
        try call.requireAtMost(2)
        let arguments = try call.options(2)
        let skips = try arguments.bool("skip_special_tokens", default: false)
        try arguments.finish()
        return .string(try tokenizer.decode(call.integers(1).map { try tokenId($0, call) }, skipSpecialTokens: skips))
    }
    c.method("convert_ids_to_tokens", doc: Doc(
        "The tokens of ids.", parameters: [.init("ids", "table of integers", "ids of this tokenizer")],
        returns: "table of strings")) { tokenizer, call in
        try call.requireAtMost(1)
        let ids = try call.integers(1).map { try tokenId($0, call) }
        return try call.list(zip(ids, tokenizer.tokens(for: ids)).map { id, token in
            guard let token else { throw call.error("no token has the id \(id)") }
            return .string(token)
        })
    }
    c.method("convert_tokens_to_ids", doc: Doc(
        "The id of a token; that of the unknown token if there is no such token, nil if there is no unknown token either.",
        parameters: [.init("token", "string", "a token")], returns: "integer")) { tokenizer, call in
        try call.requireAtMost(1)
        return .optional((try tokenizer.id(of: call.string(1)) ?? tokenizer.unkId).map(Int.init))
    }
    c.method("save_pretrained", doc: Doc("Writes the tokenizer's files into a folder, as they were read.",
                                         parameters: [.init("path", "string", "the folder")])) { tokenizer, call in
        try call.requireAtMost(1)
        try tokenizer.save(to: call.string(1))
        return .nil
    }
}

private func addProperties(_ c: LuaClass<Tokenizer>) {
    let roles: [(name: String, id: KeyPath<Tokenizer, Int32?>)] = [
        ("pad", \.padId), ("cls", \.clsId), ("sep", \.sepId), ("unk", \.unkId), ("mask", \.maskId), ("bos", \.bosId), ("eos", \.eosId),
    ]
    for (name, id) in roles {
        c.property("\(name)_token_id", doc: Doc("The id of the \(name) token, nil if there is none.", returns: "integer")) { tokenizer, _ in
            .optional(tokenizer[keyPath: id].map(Int.init))
        }
    }
    c.property("vocab_size", doc: Doc("The number of tokens, added ones included; so does #tokenizer.", returns: "integer")) { tokenizer, _ in
        .integer(tokenizer.vocabularySize)
    }
    c.property("model_max_length", doc: Doc("The most tokens that the model takes, nil for no limit.", returns: "integer")) { tokenizer, _ in
        .optional(tokenizer.modelMaxLength)
    }
    c.meta(.length) { tokenizer, _ in .integer(tokenizer.vocabularySize) }
    c.meta(.tostring) { tokenizer, _ in .string("Tokenizer (\(tokenizer.vocabularySize) tokens)") }
}

private func tokenId(_ id: Int, _ call: LuaCall) throws -> Int32 {
    guard let id = Int32(exactly: id) else { throw call.error("\(id) is no token id") }
    return id
}
