import Foundation
import Testing
import Tokenizers

@Suite struct TokenizerTests {
    let tokenizer = try! Tokenizer(folder: Fixture.folder + "/bert-uncased")

    @Test func rolesHaveTheIdsOfTheFile() {
        #expect(tokenizer.padId == 0 && tokenizer.unkId == 1 && tokenizer.clsId == 2 && tokenizer.sepId == 3 && tokenizer.maskId == 4)
        #expect(tokenizer.bosId == nil && tokenizer.eosId == nil)
        #expect(tokenizer.modelMaxLength == 512)
    }

    @Test func aBareVocabularyHasBertsRoles() throws {
        let tokenizer = try Tokenizer(folder: Fixture.folder + "/bert-vocabulary")
        #expect(tokenizer.padId == 0 && tokenizer.unkId == 1 && tokenizer.clsId == 2 && tokenizer.sepId == 3 && tokenizer.maskId == 4)
        #expect(tokenizer.modelMaxLength == nil)
    }

    @Test func tokensAndIdsAreInverse() {
        for id in 0..<Int32(tokenizer.vocabularySize) {
            let token = tokenizer.tokens(for: [id])[0]
            #expect(token.flatMap(tokenizer.id(of:)) == id)
        }
        #expect(tokenizer.tokens(for: [-1, Int32(tokenizer.vocabularySize)]) == [nil, nil])
        #expect(tokenizer.id(of: "no such token") == nil)
    }

    @Test func withoutSpecialTokensOnlyTheTextRemains() throws {
        let options = EncodingOptions(maxLength: 2, addSpecialTokens: false)
        let encoding = try tokenizer.encode("the boats the", pair: "storm", options: options)
        #expect(encoding.ids == [tokenizer.id(of: "the")!, tokenizer.id(of: "storm")!])
        #expect(encoding.typeIds == [0, 1])
    }

    @Test func noTruncationIgnoresTheLimit() throws {
        let encoding = try tokenizer.encode("the the the the", options: EncodingOptions(maxLength: 3, truncation: .none))
        #expect(encoding.ids.count == 6)
    }

    @Test func aLimitBelowTheSpecialTokensIsRefused() {
        #expect(throws: TokenizerError.cannotTruncate("a maximum length of 2 leaves no room for the 3 special tokens")) {
            try tokenizer.encode("a", pair: "b", options: EncodingOptions(maxLength: 2))
        }
    }

    @Test func aBatchFailsWithItsFirstError() {
        let inputs = (0..<100).map { TokenizerInput(first: "the", second: $0 == 60 ? "boats and boats and boats" : "a") }
        #expect(throws: TokenizerError.self) {
            try tokenizer.encodeBatch(inputs, options: EncodingOptions(maxLength: 6, truncation: .onlyFirst))
        }
    }

    /// Texts as the reference decodes them. Byte-pair encodings keep the spaces that they have read.
    @Test(arguments: [
        ("bert-uncased", "it ' s the dog, isn ' t it? i ' m ' here '.", "it's the dog, isn't it? i'm'here '."),
        ("unigram", "it 's the dog , isn't it ? I 'm ' here ' .", "it's the dog, isn't it? I'm'here '."),
        ("byte-level-bpe", "it 's the dog , isn't it ? I 'm ' here ' .", "it 's the dog , isn't it ? I 'm ' here ' ."),
    ])
    func spacesBeforePunctuationGoWhereTheFileAsksForIt(name: String, plain: String, cleaned: String) throws {
        let copy = try Fixture.copy(name)
        defer { try? FileManager.default.removeItem(atPath: copy) }
        let path = copy + "/tokenizer_config.json"
        let settings = try #require(FileManager.default.contents(atPath: path)).dropFirst()
        for (cleans, text) in [(false, plain), (true, cleaned)] {
            try (Data("{\"clean_up_tokenization_spaces\": \(cleans), ".utf8) + settings).write(to: URL(fileURLWithPath: path))
            let tokenizer = try Tokenizer(folder: copy)
            let ids = try tokenizer.encode("it 's the dog , isn't it ? I 'm ' here ' .").ids
            #expect(try tokenizer.decode(ids, skipSpecialTokens: true) == text)
        }
    }

    @Test func savedFilesAreByteIdentical() throws {
        let copy = try Fixture.copy("bert-uncased")
        defer { try? FileManager.default.removeItem(atPath: copy) }
        let target = copy + "/saved"
        try Tokenizer(folder: copy).save(to: target)
        for name in ["tokenizer.json", "tokenizer_config.json"] {
            #expect(FileManager.default.contents(atPath: copy + "/" + name) == FileManager.default.contents(atPath: target + "/" + name))
        }
        #expect(try Tokenizer(folder: target).encode("the boats") == tokenizer.encode("the boats"))
    }

    @Test func whatAnotherTokenizerLeftInTheFolderIsNotReadAfterSaving() throws {
        let copy = try Fixture.copy("bert-uncased")
        defer { try? FileManager.default.removeItem(atPath: copy) }
        let source = copy + "/source"
        try FileManager.default.createDirectory(atPath: source, withIntermediateDirectories: true)
        try Data("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\nboats\n".utf8).write(to: URL(fileURLWithPath: source + "/vocab.txt"))
        let other = try Tokenizer(folder: source)
        // The folder holds a tokenizer.json, which is read before any vocab.txt.
        try other.save(to: copy)
        #expect(try Tokenizer(folder: copy).encode("the boats").ids == [2, 5, 6, 3])
        #expect(FileManager.default.fileExists(atPath: copy + "/source/vocab.txt"))
    }

    @Test func illFormedBytesCountAsReplacementCharacters() throws {
        let text = String(decoding: [0x74, 0x68, 0xFF, 0xC3, 0x65] as [UInt8], as: UTF8.self)
        #expect(try tokenizer.encode(text) == tokenizer.encode("th\u{FFFD}\u{FFFD}e"))
    }
}
