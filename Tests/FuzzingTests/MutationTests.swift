import Fuzzing
import JSON
import Testing

@Suite("Changed inputs") struct MutationTests {
    @Test("Documents stay documents, mostly, and become others")
    func changesDocuments() {
        var random = RandomSource(seed: 3)
        let input = Array(#"{"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Strip", "left": true}], "n": 12}"#.utf8)
        var valid = 0, different: Set<[UInt8]> = []
        for _ in 0..<500 {
            let changed = JSONMutation.mutated(input, words: ["Lowercase"], &random)
            if changed.withUnsafeBytes({ try? JSONValue.parse(bytes: $0, options: JSONParsingOptions(allowsNonFinite: true)) }) != nil { valid += 1 }
            different.insert(changed)
        }
        #expect(valid > 250)
        #expect(different.count > 300)
    }

    @Test("Nothing grows without end")
    func staysShort() {
        var random = RandomSource(seed: 4)
        var bytes: [UInt8] = [1], document = Array("[1]".utf8)
        for _ in 0..<3000 {
            bytes = ByteMutation.mutated(bytes, words: ["word"], &random)
            document = JSONMutation.mutated(document, &random)
        }
        #expect(bytes.count <= 1 << 16)
        #expect(document.count <= 1 << 18)
    }

    @Test("A folder's changes survive being written as bytes, and stay inside the folder")
    func writesFolders() {
        let input = FolderInput(folder: "bert", files: [("config.json", Array("{}\nfile x 3\n".utf8)), ("1_Pooling/config.json", []), ("model.safetensors", nil)])
        let again = FolderInput(input.bytes)
        #expect(again.folder == "bert")
        #expect(again.files.map(\.name) == input.files.map(\.name))
        #expect(again.files.map(\.bytes) == input.files.map(\.bytes))
        #expect(FolderInput(Array("folder bert\nfile ../x 1\na\nfile /etc/x 1\nb\nremove a/../../b\n".utf8)).files.isEmpty)
    }
}
