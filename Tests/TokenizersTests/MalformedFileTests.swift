import Foundation
import JSON
import Testing
import Tokenizers

/// Files from outside are refused with the file and the key.
@Suite struct MalformedFileTests {
    static let whole = #"""
        {"version": "1.0", "added_tokens": [{"id": 0, "content": "[UNK]", "special": true}],
         "normalizer": {"type": "Lowercase"}, "pre_tokenizer": {"type": "WhitespaceSplit"},
         "post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}],
                            "pair": [{"Sequence": {"id": "B", "type_id": 0}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
                            "special_tokens": {"[SEP]": {"id": "[SEP]", "ids": [2], "tokens": ["[SEP]"]}}},
         "decoder": {"type": "Fuse"},
         "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
                   "vocab": {"[UNK]": 0, "the": 1, "[SEP]": 2}}}
        """#

    @Test func theUndamagedFileLoads() throws {
        #expect(try load(Self.whole).encode("the rest").ids == [1, 0])
    }

    @Test(arguments: [
        (#""1.0""#, #""2.0""#, #"version: unknown version "2.0""#),
        (#""type": "Lowercase""#, #""type": "Uppercase""#, #"normalizer.type: unknown normalizer "Uppercase""#),
        (#"{"type": "Lowercase"}"#, #"{"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "NFX"}]}"#,
         #"normalizer.normalizers[1].type: unknown normalizer "NFX""#),
        (#"{"type": "Lowercase"}"#, #"{"type": "Strip", "strip_left": 1}"#, "normalizer.strip_left: 1, expected true or false"),
        (#"{"type": "Lowercase"}"#, "[]", "normalizer.type: missing, expected a string"),
        (#"{"type": "WhitespaceSplit"}"#, #"{"type": "Split", "pattern": {"Regex": "(a"}, "behavior": "Isolated", "invert": false}"#,
         "pre_tokenizer.pattern.Regex: regular expression: a group is not closed at character 3"),
        (#"{"type": "WhitespaceSplit"}"#, #"{"type": "Split", "pattern": {"Regex": "\\p{Han}"}, "behavior": "Isolated"}"#,
         #"pre_tokenizer.pattern.Regex: regular expression: the property "Han" is not supported"#),
        (#"{"type": "Lowercase"}"#, #"{"type": "Precompiled", "precompiled_charsmap": "AAEA"}"#,
         "normalizer.precompiled_charsmap: not base64"),
        (#"{"type": "Lowercase"}"#, #"{"type": "Precompiled", "precompiled_charsmap": "AAEAAA=="}"#,
         "normalizer.precompiled_charsmap: the trie of 256 bytes does not fit"),
        (#"{"type": "WhitespaceSplit"}"#, #"{"type": "Cutter"}"#, #"pre_tokenizer.type: unknown pre-tokenizer "Cutter""#),
        (#"{"type": "WhitespaceSplit"}"#, #"{"type": "Punctuation", "behavior": "Lost"}"#, #"pre_tokenizer.behavior: "Lost" is not one of"#),
        (#"{"type": "WhitespaceSplit"}"#, #"{"type": "FixedLength", "length": 0}"#, "pre_tokenizer.length: must be at least 1"),
        (#""TemplateProcessing""#, #""Other""#, #"post_processor.type: unknown post-processor "Other""#),
        (#""id": "B""#, #""id": "C""#, #"post_processor.pair[0].Sequence.id: "C" is neither A nor B"#),
        (#""special_tokens": {"[SEP]""#, #""special_tokens": {"[SOP]""#, "post_processor.special_tokens.[SEP]: missing"),
        (#""ids": [2]"#, #""ids": [-2]"#, "post_processor.special_tokens.[SEP].ids[0]: -2, expected an integer"),
        (#""Fuse""#, #""Fusion""#, #"decoder.type: unknown decoder "Fusion""#),
        (#""WordPiece""#, #""WordPie""#, #"model.type: unknown model "WordPie""#),
        (#""the": 1"#, #""the": "one""#, #"model.vocab: the id of token "the" is not an integer"#),
        (#""the": 1"#, #""the": 99999999999"#, #"model.vocab: the id of token "the" is not an integer"#),
        (#""[UNK]": 0"#, #""[NK]": 0"#, #"model.unk_token: "[UNK]" is not in model.vocab"#),
        (#""vocab": {"#, #""words": {"#, "model.vocab: missing, expected an object"),
        (#""max_input_chars_per_word": 100"#, #""max_input_chars_per_word": -1"#, "model.max_input_chars_per_word: -1, expected"),
        (#""content": "[UNK]""#, #""content": 3"#, "added_tokens[0].content: 3, expected a string"),
    ])
    func aDamagedPartIsNamed(part: String, damage: String, problem: String) throws {
        let text = Self.whole.replacingOccurrences(of: part, with: damage)
        try #require(text != Self.whole)
        let error = #expect(throws: TokenizerError.self) { try load(text) }
        #expect("\(error!)".contains("tokenizer.json: " + problem), "\(error!)")
    }

    @Test(arguments: [
        (#"{"type": "BPE", "vocab": {"a": 0}, "merges": ["a b"]}"#, #"model.merges[0]: "b" is not in the vocabulary"#),
        (#"{"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": [["a", "b"]]}"#, #"model.merges[0]: "ab" is not in the vocabulary"#),
        (#"{"type": "BPE", "vocab": {"a": 0}, "merges": ["a"]}"#, "model.merges[0]: expected two tokens"),
        (#"{"type": "BPE", "vocab": {"a": 0}}"#, "model.merges: missing, expected an array"),
        (#"{"type": "BPE", "vocab": {"a": 0}, "merges": [], "unk_token": "u"}"#, #"model.unk_token: "u" is not in model.vocab"#),
        (#"{"type": "BPE", "vocab": {"a": 0}, "merges": [], "dropout": 0.1}"#, "model.dropout: merges dropped at random"),
        (#"{"type": "Unigram", "vocab": [["a"]], "unk_id": 0}"#, "model.vocab[0]: expected a token and its score"),
        (#"{"type": "Unigram", "vocab": [], "unk_id": 0}"#, "model.unk_id: 0 is beyond the vocabulary of 0"),
        (#"{"type": "Unigram", "vocab": [["a", -1]], "unk_id": null}"#, "model.unk_id: null, expected an integer"),
        (#"{"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "u"}"#, #"model.unk_token: "u" is not in model.vocab"#),
    ])
    func aDamagedModelIsNamed(model: String, problem: String) throws {
        let error = #expect(throws: TokenizerError.self) { try load(#"{"version": "1.0", "model": \#(model)}"#) }
        #expect("\(error!)".contains("tokenizer.json: " + problem), "\(error!)")
    }

    @Test func aTruncatedFileIsRefusedWithItsLine() throws {
        let error = #expect(throws: TokenizerError.self) { try load(String(Self.whole.prefix(200))) }
        #expect("\(error!)".contains("tokenizer.json: "))
    }

    @Test func aFolderWithoutTokenizerSaysWhatIsMissing() throws {
        let folder = NSTemporaryDirectory()
        let error = #expect(throws: TokenizerError.self) { try Tokenizer(folder: folder + "/nothing-here") }
        #expect(error == .noTokenizer(folder: folder + "/nothing-here"))
    }

    @Test func aConfigurationOfTheWrongKindIsRefused() throws {
        let error = #expect(throws: TokenizerError.self) { try load(Self.whole, configuration: #"{"model_max_length": "long"}"#) }
        #expect("\(error!)".hasSuffix("tokenizer_config.json: model_max_length: not a positive integer"))
    }

    @Test func hugeMaximumLengthsMeanNoLimit() throws {
        #expect(try load(Self.whole, configuration: #"{"model_max_length": 1000000000000000019884624838656}"#).modelMaxLength == nil)
    }

    private func load(_ text: String, configuration: String? = nil) throws -> Tokenizer {
        let folder = NSTemporaryDirectory() + "malformed-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try text.write(toFile: folder + "/tokenizer.json", atomically: true, encoding: .utf8)
        try configuration?.write(toFile: folder + "/tokenizer_config.json", atomically: true, encoding: .utf8)
        return try Tokenizer(folder: folder)
    }
}
