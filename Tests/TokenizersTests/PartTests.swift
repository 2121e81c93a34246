import JSON
import TestSupport
import Testing
import Tokenizers

/// Every normaliser and pre-tokeniser, before a model that shows each character and where words begin.
@Suite struct PartTests {
    static let fixture = try! Fixture.json("parts.json")
    static let cases = fixture["cases"]!.asArray!

    @Test(arguments: cases.indices) func textsAreRewrittenAndCutAsTheReferenceDoes(index: Int) throws {
        let item = Self.cases[index]
        var description = Self.fixture["tokenizer"]!.asObject!
        description["normalizer"] = item["normalizer"]
        description["pre_tokenizer"] = item["pre_tokenizer"]
        let folder = TemporaryFolder()
        _ = folder.write(JSONValue.object(description).serialized(), to: "tokenizer.json")
        let tokenizer = try Tokenizer(folder: folder.path)
        for (text, ids) in zip(Self.fixture["texts"]!.asArray!, item["ids"]!.asArray!) {
            let found = try tokenizer.encode(text.asString!).ids
            #expect(found == Fixture.ids(ids), """
                \(text.asString!.debugDescription) by \(item["normalizer"]!.serialized()) and \
                \(item["pre_tokenizer"]!.serialized())
                """)
        }
    }
}
