import Foundation
import JSON
import Testing
import Tokenizers

/// Every tokenizer gives the ids of the reference.
@Suite struct ReferenceTests {
    static let names = ["bert-uncased", "bert-cased", "bert-accents", "byte-level-bpe", "byte-fallback-bpe", "unigram",
                        "unigram-bytes"]

    @Test(arguments: names) func hostileTextsGetTheReferencesIds(name: String) throws {
        let tokenizer = try Tokenizer(folder: Fixture.folder + "/" + name)
        let expected = try Fixture.json(name + "/expected.json")["ids"]!.asArray!.map(Fixture.ids)
        for (text, ids) in zip(Fixture.hostile, expected) {
            #expect(try tokenizer.encode(text).ids == ids, "\(text.debugDescription)")
        }
        let batch = try tokenizer.encodeBatch(Fixture.hostile.map { TokenizerInput(first: $0) })
        #expect(batch.map(\.ids) == expected)
    }

    @Test(arguments: names) func decodingGivesTheReferencesText(name: String) throws {
        let tokenizer = try Tokenizer(folder: Fixture.folder + "/" + name)
        let expected = try Fixture.json(name + "/expected.json")
        for (ids, text) in zip(expected["ids"]!.asArray!, expected["decoded"]!.asArray!) {
            let decoded = try tokenizer.decode(Fixture.ids(ids), skipSpecialTokens: true)
            #expect(Array(decoded.utf8) == Array(text.asString!.utf8))
        }
    }

    @Test(arguments: names) func pairsAreTruncatedAsTheReferenceDoes(name: String) throws {
        let right = try Tokenizer(folder: Fixture.folder + "/" + name)
        let copy = try Fixture.copy(name)
        defer { try? FileManager.default.removeItem(atPath: copy) }
        try #"{"truncation_side": "left"}"#.write(toFile: copy + "/tokenizer_config.json", atomically: true, encoding: .utf8)
        let left = try Tokenizer(folder: copy)
        for item in try Fixture.json(name + "/expected.json")["truncated"]!.asArray! {
            let options = EncodingOptions(maxLength: item["max_length"]!.asInteger!,
                                          truncation: TruncationStrategy(rawValue: item["strategy"]!.asString!)!)
            let tokenizer = item["direction"]?.asString == "left" ? left : right
            let encoding = try? tokenizer.encode(item["first"]!.asString!, pair: item["second"]?.asString, options: options)
            #expect(encoding?.ids == item["expected"]!["ids"].map(Fixture.ids), "\(item.serialized())")
            #expect(encoding?.typeIds == item["expected"]!["type_ids"].map(Fixture.ids), "\(item.serialized())")
        }
    }

    @Test func aBareVocabularyFileIsReadAsUncasedBert() throws {
        let tokenizer = try Tokenizer(folder: Fixture.folder + "/bert-vocabulary")
        let expected = try Fixture.json("bert-uncased/expected.json")["ids"]!.asArray!.map(Fixture.ids)
        for (text, ids) in zip(Fixture.hostile, expected) {
            #expect(try tokenizer.encode(text).ids == ids, "\(text.debugDescription)")
        }
    }

    static let realModel = ProcessInfo.processInfo.environment["SENTX_MODEL"] ?? "models/all-MiniLM-L6-v2"

    @Test(.enabled(if: FileManager.default.fileExists(atPath: realModel + "/tokenizer.json")))
    func theRealModelsTokenizerGivesTheReferencesIds() throws {
        let tokenizer = try Tokenizer(folder: Self.realModel)
        #expect(tokenizer.vocabularySize == 30522)
        #expect(tokenizer.modelMaxLength == 512)
        for (text, ids) in zip(Fixture.hostile, try Fixture.json("all-minilm-l6-v2.json").asArray!.map(Fixture.ids)) {
            #expect(try tokenizer.encode(text).ids == ids, "\(text.debugDescription)")
        }
    }
}
