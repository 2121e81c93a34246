import TestSupport
import Testing
import Tokenizers

/// Small files cannot ask for much memory or time, and what they ask for is told with file and key.
@Suite struct BoundedWorkTests {
    static let wordPiece = #"{"type": "WordPiece", "unk_token": "u", "continuing_subword_prefix": "@", "vocab": {"u": 0, "a": 1, "@a": 2}}"#

    private func load(_ members: String, model: String = wordPiece) throws -> Tokenizer {
        let folder = TemporaryFolder()
        _ = folder.write(#"{"version": "1.0", \#(members.isEmpty ? "" : members + ",") "model": \#(model)}"#, to: "tokenizer.json")
        return try Tokenizer(folder: folder.path)
    }

    private static func list(_ item: String, _ count: Int) -> String { Array(repeating: item, count: count).joined(separator: ",") }

    private static func normalizers(_ item: String, _ count: Int) -> String {
        #""normalizer": {"type": "Sequence", "normalizers": [\#(list(item, count))]}"#
    }

    @Test(arguments: [
        (normalizers(#"{"type": "Replace", "pattern": {"String": "a"}, "content": "aa"}"#, 40), "normalizer.normalizers["),
        (normalizers(#"{"type": "Replace", "pattern": {"Regex": ""}, "content": "a"}"#, 40), "normalizer.normalizers["),
        (normalizers(#"{"type": "Prepend", "prepend": "\#(String(repeating: "a", count: 100))"}"#, 250), "normalizer.normalizers["),
        (normalizers(#"{"type": "ByteLevel"}, {"type": "Replace", "pattern": {"String": "a"}, "content": "é"}"#, 40), "normalizer.normalizers["),
        (#""pre_tokenizer": {"type": "Sequence", "pretokenizers": [\#(list(#"{"type": "ByteLevel", "use_regex": false}"#, 40))]}"#,
         "pre_tokenizer.pretokenizers["),
    ]) func chainsThatDoubleTheirTextAreStopped(members: String, key: String) throws {
        let tokenizer = try load(members)
        let error = #expect(throws: TokenizerError.self) { try tokenizer.encode("aaaa") }
        #expect("\(error!)".contains("tokenizer.json: " + key) && "\(error!)".contains("a text may grow to 32 times its length"), "\(error!)")
    }

    @Test func aDecoderThatDoublesItsTextIsStopped() throws {
        let step = #"{"type": "Replace", "pattern": {"String": "a"}, "content": "aa"}"#
        let tokenizer = try load(#""decoder": {"type": "Sequence", "decoders": [\#(Self.list(step, 40))]}"#)
        let error = #expect(throws: TokenizerError.self) { try tokenizer.decode([1, 1]) }
        #expect("\(error!)".contains("tokenizer.json: decoder.decoders["), "\(error!)")
    }

    @Test func textsThatGrowAsUnicodeHasItAreTaken() throws {
        let tokenizer = try load(Self.normalizers(#"{"type": "NFKD"}, {"type": "ByteLevel"}"#, 1))
        #expect(try tokenizer.encode(String(repeating: "\u{FDFA}", count: 5_000)).ids == [0])
    }

    @Test(arguments: [
        (normalizers(#"{"type": "NFC"}"#, 300), "normalizer.normalizers: 300 steps; more than 256 are not supported"),
        (#""post_processor": {"type": "TemplateProcessing", "single": [\#(list(#"{"SpecialToken": {"id": "u", "type_id": 0}}"#, 2_000))], "pair": [], "#
            + #""special_tokens": {"u": {"id": "u", "ids": [0], "tokens": ["u"]}}}"#, "post_processor.single: more than 1024 special tokens"),
        (#""post_processor": {"type": "TemplateProcessing", "single": [\#(list(#"{"Sequence": {"id": "A", "type_id": 0}}"#, 2))], "pair": [], "#
            + #""special_tokens": {}}"#, "post_processor.single[1].Sequence.id: uses the text A twice"),
    ]) func partsOfWhichThereAreTooManyAreRefused(members: String, problem: String) throws {
        let error = #expect(throws: TokenizerError.self) { try load(members) }
        #expect("\(error!)".contains("tokenizer.json: " + problem), "\(error!)")
    }

    @Test func nestedSequencesAreReadAndReleased() throws {
        let depth = 200
        let nested = String(repeating: #"{"type": "Sequence", "normalizers": ["#, count: depth) + #"{"type": "Lowercase"}"#
            + String(repeating: "]}", count: depth)
        #expect(try load(#""normalizer": "# + nested).encode("A").ids == [1])
        let deeper = String(repeating: #"{"type": "Sequence", "normalizers": ["#, count: 100_000)
        #expect(throws: TokenizerError.self) { try load(#""normalizer": "# + deeper) }
    }

    @Test func hugeIdsTakeNoTable() throws {
        let tokenizer = try load("", model: #"{"type": "WordLevel", "unk_token": "u", "vocab": {"u": 0, "a": 16777215}}"#)
        #expect(try tokenizer.encode("a").ids == [16_777_215])
        #expect(tokenizer.tokens(for: [0, 1, 16_777_215, 16_777_216, -1]) == ["u", nil, "a", nil, nil])
        for id in ["-1", "1099511627776", "2147483648", "1.5", "1e300"] {
            #expect(throws: TokenizerError.self) { try load("", model: #"{"type": "WordLevel", "unk_token": "u", "vocab": {"u": 0, "a": \#(id)}}"#) }
        }
    }

    @Test func addedTokensOfWhiteSpaceThatTakeItsNeighboursDoNotOverlap() throws {
        let tokenizer = try load(#""added_tokens": [{"id": 3, "content": " ", "lstrip": true, "rstrip": true, "special": true}]"#)
        let ids = try tokenizer.encode("a" + String(repeating: " ", count: 100_000) + "a").ids
        #expect(ids.first == 1 && ids.last == 1 && ids.dropFirst().dropLast().allSatisfy { $0 == 3 })
    }

    @Test func aCompiledMapThatPointsIntoACharacterIsRefused() throws {
        // The units lead from "a" to the second byte of the text "é".
        var units = [UInt32](repeating: 0, count: 256)
        units[0] = 1 << 10
        units[1 ^ 0x61] = UInt32(0x61) | 1 << 8 | UInt32((1 ^ 0x61) ^ 2) << 10
        units[2] = 1 | 1 << 31
        var bytes: [UInt8] = [0, 4, 0, 0]
        for unit in units { for shift in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: unit >> UInt32(shift))) } }
        bytes += Array("é\0".utf8)
        let tokenizer = try load(#""normalizer": {"type": "Precompiled", "precompiled_charsmap": "\#(Self.base64(bytes))"}"#)
        let error = #expect(throws: TokenizerError.self) { try tokenizer.encode("a") }
        #expect("\(error!)".contains("normalizer: an entry of the trie points into the middle of a character"), "\(error!)")
    }

    /// One megabyte of what is slow for a kind of model. - Parameter members: and the model.
    @Test(arguments: [
        ("", wordPiece, "a"), ("", wordPiece, "\u{0301}"),
        ("", #"{"type": "WordPiece", "unk_token": "u", "max_input_chars_per_word": 2147483647, "continuing_subword_prefix": "@", "vocab": {"u": 0, "a": 1, "@a": 2}}"#, "a"),
        ("", #"{"type": "BPE", "vocab": {"a": 0, "aa": 1, "aaaa": 2}, "merges": ["a a", "aa aa"]}"#, "a"),
        ("", #"{"type": "Unigram", "unk_id": 0, "vocab": [["u", 0], ["a", -1], ["aa", -1.5]]}"#, "a"),
        ("", #"{"type": "Unigram", "unk_id": 0, "vocab": [["u", 0], ["a", -1]]}"#, "中"),
        (#""added_tokens": [{"id": 3, "content": "aaaaaaaaaaaaaaaaaaaaaaaaaaaab", "special": true}]"#, wordPiece, "a"),
        (#""normalizer": {"type": "BertNormalizer"}, "pre_tokenizer": {"type": "BertPreTokenizer"}"#, wordPiece, "中\u{0301}"),
        (#""normalizer": {"type": "NFC"}, "pre_tokenizer": {"type": "Punctuation"}"#, wordPiece, "\u{0323}\u{0301}"),
        (#""normalizer": {"type": "Replace", "pattern": {"String": "\#(String(repeating: "a", count: 5_000))b"}, "content": ""}"#, wordPiece, "a"),
    ]) func longTextsTakeTimeThatGrowsWithTheirLength(members: String, model: String, unit: String) throws {
        let tokenizer = try load(members, model: model)
        #expect(try !tokenizer.encode(String(repeating: unit, count: 1_000_000 / unit.utf8.count)).ids.isEmpty)
    }

    @Test(arguments: [
        (#""added_tokens": [{"id": 3, "content": "\#(String(repeating: "a", count: 50_000))b", "special": true}]"#, wordPiece, "added_tokens"),
        ("", #"{"type": "Unigram", "unk_id": 0, "vocab": [["u", 0], ["a", -1], ["\#(String(repeating: "a", count: 50_000))b", -1]]}"#, "model"),
        ("", #"{"type": "WordPiece", "unk_token": "u", "max_input_chars_per_word": 2147483647, "continuing_subword_prefix": "@", "vocab": {"u": 0, "a": 1, "@a": 2, "#
            + #""@\#(String(repeating: "a", count: 50_000))b": 3}}"#, "model"),
    ]) func longTokensThatBeginAlikeAreToldWithTheirKey(members: String, model: String, key: String) throws {
        let tokenizer = try load(members, model: model)
        let error = #expect(throws: TokenizerError.self) { try tokenizer.encode(String(repeating: "a", count: 300_000)) }
        #expect("\(error!)".contains("tokenizer.json: \(key): looking up tokens in a text of 300000 bytes takes more than"), "\(error!)")
        #expect(try tokenizer.encode("a").ids == [1])
    }

    @Test func scoresHaveToBeFinite() throws {
        #expect(throws: TokenizerError.self) { try load("", model: #"{"type": "Unigram", "unk_id": 0, "vocab": [["u", 0], ["a", -1e999]]}"#) }
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let part = bytes[start ..< min(start + 3, bytes.count)]
            let value = part.enumerated().reduce(0) { $0 | Int($1.element) << (16 - 8 * $1.offset) }
            for index in 0..<4 { text.append(index <= part.count ? digits[value >> (18 - 6 * index) & 63] : "=") }
        }
        return text
    }
}
