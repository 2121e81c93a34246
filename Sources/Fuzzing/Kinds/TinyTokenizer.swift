import Files
import JSON

/// Tokenizer files with a few dozen tokens, which together have every component that sentx reads.
enum TinyTokenizer {
    static let specials = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    static let wordPieces = specials + ["the", "cat", "dog", "sat", "on", "mat", "##s", "##ing", ",", ".", "'", "?", "!"]
        + "abcdefghijklmnopqrstuvwxyz0123456789".flatMap { ["\($0)", "##\($0)"] }

    static let all: [(name: String, definition: JSONValue)] = [
        ("wordpiece", wordPiece), ("wordlevel", wordLevel), ("bytes", byteLevel), ("fallback", byteFallback), ("unigram", unigram),
    ]

    /// Keys, types and values that tokenizer files know.
    static let words = [
        "BertNormalizer", "NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Strip", "Replace", "Prepend", "Nmt", "ByteLevel", "Precompiled", "Sequence",
        "BertPreTokenizer", "Whitespace", "WhitespaceSplit", "Punctuation", "Digits", "Delimiter", "CharDelimiterSplit", "Split", "Metaspace", "FixedLength",
        "BertProcessing", "RobertaProcessing", "TemplateProcessing", "WordPiece", "WordLevel", "BPE", "Unigram", "BPEDecoder", "Fuse", "ByteFallback",
        "type", "normalizers", "pretokenizers", "processors", "decoders", "pattern", "Regex", "String", "content", "behavior", "invert", "prepend", "replacement",
        "prepend_scheme", "always", "first", "never", "split", "individual_digits", "length", "delimiter", "special_tokens", "single", "pair", "ids", "id", "type_id",
        "model", "vocab", "merges", "unk_token", "unk_id", "dropout", "byte_fallback", "ignore_merges", "fuse_unk", "continuing_subword_prefix",
        "end_of_word_suffix", "max_input_chars_per_word", "added_tokens", "single_word", "lstrip", "rstrip", "normalized", "special", "truncation", "max_length",
        "precompiled_charsmap", "Isolated", "Removed", "Contiguous", "MergedWithPrevious", "MergedWithNext", "add_prefix_space", "use_regex", "start", "stop",
    ] + specials

    static func write(_ definition: JSONValue, to folder: String) throws {
        if Folder.exists(folder) { return }
        try Folder.create(folder)
        try PlainFile.write(Array(definition.serialized().utf8), to: Path.join(folder, "tokenizer.json"))
        let configuration: JSONValue = [
            "model_max_length": 30, "pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": ["content": "[MASK]", "lstrip": true],
            "clean_up_tokenization_spaces": true, "additional_special_tokens": ["[EXTRA]"],
        ]
        try PlainFile.write(Array(configuration.serialized().utf8), to: Path.join(folder, "tokenizer_config.json"))
    }

    private static func numbered(_ tokens: [String]) -> JSONValue {
        .object(JSONObject(tokens.enumerated().map { ($1, .integer(Int64($0))) }))
    }

    private static let added = JSONValue.array(specials.enumerated().map { id, text in
        ["id": .integer(Int64(id)), "content": .string(text), "special": true, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false]
    })

    private static func file(model: JSONValue, normalizer: JSONValue, preTokenizer: JSONValue, postProcessor: JSONValue, decoder: JSONValue) -> JSONValue {
        ["version": "1.0", "truncation": ["max_length": 16, "strategy": "LongestFirst", "stride": 0, "direction": "Right"], "padding": .null, "added_tokens": added,
         "normalizer": normalizer, "pre_tokenizer": preTokenizer, "post_processor": postProcessor, "decoder": decoder, "model": model]
    }

    private static let template: JSONValue = {
        func special(_ id: JSONValue) -> JSONValue { ["SpecialToken": ["id": id, "type_id": 0]] }
        func text(_ id: JSONValue, _ type: JSONValue) -> JSONValue { ["Sequence": ["id": id, "type_id": type]] }
        return ["type": "TemplateProcessing", "single": [special("[CLS]"), text("A", 0), special("[SEP]")],
                "pair": [special("[CLS]"), text("A", 0), special("[SEP]"), text("B", 1), special("[SEP]")],
                "special_tokens": ["[CLS]": ["id": "[CLS]", "ids": [2], "tokens": ["[CLS]"]], "[SEP]": ["id": "[SEP]", "ids": [3], "tokens": ["[SEP]"]]]]
    }()

    static let wordPiece = file(
        model: ["type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": numbered(wordPieces)],
        normalizer: ["type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": .null, "lowercase": true],
        preTokenizer: ["type": "BertPreTokenizer"], postProcessor: template, decoder: ["type": "WordPiece", "prefix": "##", "cleanup": true])

    private static let wordLevel = file(
        model: ["type": "WordLevel", "unk_token": "[UNK]", "vocab": numbered(wordPieces)],
        normalizer: ["type": "Sequence", "normalizers": [
            ["type": "NFD"], ["type": "StripAccents"], ["type": "Lowercase"], ["type": "Strip", "strip_left": true, "strip_right": true],
            ["type": "Replace", "pattern": ["String": "``"], "content": "\""], ["type": "Nmt"],
        ]],
        preTokenizer: ["type": "Sequence", "pretokenizers": [
            ["type": "Whitespace"], ["type": "Punctuation", "behavior": "Isolated"], ["type": "Digits", "individual_digits": true],
            ["type": "CharDelimiterSplit", "delimiter": "-"], ["type": "FixedLength", "length": 5],
        ]],
        postProcessor: ["type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]],
        decoder: ["type": "Sequence", "decoders": [
            ["type": "Replace", "pattern": ["String": "a"], "content": "b"], ["type": "Strip", "content": " ", "start": 1, "stop": 1], ["type": "Fuse"],
        ]])

    /// The letters that bytes are shown as.
    private static let byteLetters: [String] = (33...126).map { String(Unicode.Scalar(UInt8($0))) } + ["\u{120}", "\u{10A}"]

    private static let byteLevel = file(
        model: ["type": "BPE", "dropout": .null, "unk_token": .null, "continuing_subword_prefix": "", "end_of_word_suffix": "", "fuse_unk": false, "byte_fallback": false,
                "ignore_merges": false, "vocab": numbered(specials + byteLetters + ["th", "the", "\u{120}c", "at", "\u{120}cat"]),
                "merges": ["t h", ["th", "e"], "\u{120} c", "a t", "\u{120}c at"]],
        normalizer: ["type": "NFC"],
        preTokenizer: ["type": "Sequence", "pretokenizers": [
            ["type": "Split", "pattern": ["Regex": #"(?i:'s|'t)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#],
             "behavior": "Isolated", "invert": false],
            ["type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false],
        ]],
        postProcessor: ["type": "Sequence", "processors": [["type": "ByteLevel", "trim_offsets": true], ["type": "RobertaProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]]]],
        decoder: ["type": "ByteLevel"])

    private static let byteFallback = file(
        model: ["type": "BPE", "unk_token": "[UNK]", "fuse_unk": true, "byte_fallback": true,
                "vocab": numbered(specials + ["\u{2581}", "t", "h", "e", "\u{2581}t", "he", "\u{2581}the", "c", "a", "\u{2581}c"]
                    + (0...255).map { "<0x" + (($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true)) + ">" }),
                "merges": ["\u{2581} t", "h e", "\u{2581}t he", "\u{2581} c"]],
        normalizer: ["type": "Sequence", "normalizers": [["type": "Prepend", "prepend": "\u{2581}"], ["type": "Replace", "pattern": ["String": " "], "content": "\u{2581}"]]],
        preTokenizer: .null, postProcessor: template,
        decoder: ["type": "Sequence", "decoders": [
            ["type": "Replace", "pattern": ["String": "\u{2581}"], "content": " "], ["type": "ByteFallback"], ["type": "Fuse"], ["type": "Strip", "content": " ", "start": 1, "stop": 0],
        ]])

    private static let unigram = file(
        model: ["type": "Unigram", "unk_id": 1, "byte_fallback": false, "vocab": .array((specials + ["\u{2581}", "\u{2581}the", "\u{2581}cat", "s", "at", "t", "a"]).enumerated().map {
            [.string($1), .number(-0.5 * Double($0))]
        })],
        normalizer: ["type": "Sequence", "normalizers": [["type": "NFKC"], ["type": "Replace", "pattern": ["Regex": " {2,}"], "content": " "]]],
        preTokenizer: ["type": "Metaspace", "replacement": "\u{2581}", "prepend_scheme": "always", "split": true], postProcessor: template,
        decoder: ["type": "Metaspace", "replacement": "\u{2581}", "prepend_scheme": "always", "split": true])
}
