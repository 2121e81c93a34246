import Files
import Foundation
import TestSupport
import Testing

/// Runs every Lua block of the guides as a script of its own, in a fresh folder with small data in it:
/// data/train.jsonl, data/dev.jsonl (query, passage, label), data/pairs.jsonl (query, passage), data/ratings.csv
/// (sentence1, sentence2, rating) and, where the base model is present, models/all-MiniLM-L6-v2.
/// A block may use `sentx` without loading it. Blocks marked "lua model" run only where the base model is present.
@Suite(.serialized) struct ReferenceGuideTests {
    @Test(arguments: LuaBlock.all.filter { !$0.needsModel }) func everyBlockOfTheGuidesRuns(block: LuaBlock) throws {
        try run(block)
    }

    @Test(.enabled(if: BaseModel.path != nil, "needs the base model"), arguments: LuaBlock.all.filter(\.needsModel))
    func everyBlockThatNeedsTheModelRuns(block: LuaBlock) throws {
        try run(block)
    }

    private func run(_ block: LuaBlock) throws {
        let folder = TemporaryFolder()
        try writeData(folder)
        if let model = BaseModel.path {
            try Folder.create(folder("models"))
            try FileManager.default.createSymbolicLink(atPath: folder("models/all-MiniLM-L6-v2"),
                                                       withDestinationPath: URL(fileURLWithPath: model).standardizedFileURL.path)
        }
        // On the first line, so that line numbers stay.
        _ = folder.write("local sentx = require \"sentx\"; " + block.code, to: "block.lua")
        let result = try SentxRun.run(["block.lua"], in: folder.path)
        #expect(result.status == 0, "\(block.file):\(block.line)\n\(result.errors)\n\(result.output)")
    }

    private func writeData(_ folder: TemporaryFolder) throws {
        let animals = [("a large wading bird with long legs", "heron"), ("a small insect that makes honey", "bee, honeybee"),
                       ("the largest animal of the sea", "whale"), ("a slow reptile with a shell", "tortoise"),
                       ("a nocturnal bird of prey", "owl"), ("a striped animal like a horse", "zebra"),
                       ("a spider's eight-legged cousin with a stinging tail", "scorpion"), ("a burrowing mammal with velvety fur", "mole")]
        var labelled = ""
        var pairs = ""
        for (place, (query, passage)) in animals.enumerated() {
            let other = animals[(place + 3) % animals.count].1
            labelled += "{\"query\": \"\(query)\", \"passage\": \"\(passage)\", \"label\": 1}\n"
            labelled += "{\"query\": \"\(query)\", \"passage\": \"\(other)\", \"label\": 0}\n"
            pairs += "{\"query\": \"\(query)\", \"passage\": \"\(passage)\"}\n"
        }
        _ = folder.write(labelled, to: "data/train.jsonl")
        _ = folder.write(labelled, to: "data/dev.jsonl")
        _ = folder.write(pairs, to: "data/pairs.jsonl")
        _ = folder.write("sentence1,sentence2,rating\n\"A man plays, loudly.\",A person makes music.,4.2\nA dog runs.,The sky is blue.,0.0\n",
                         to: "data/ratings.csv")
    }
}
