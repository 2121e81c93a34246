import Encoders
import Files
import JSON
import SafeTensors
import Testing
import TestSupport

/// Folders that are incomplete, damaged or of another kind: each one clear error that names the file and the key.
struct HostileFolderTests {
    private let folder = TemporaryFolder()

    /// A copy of the ranker fixture.
    private func copy() throws -> String {
        let source = Fixture.path("ranker")
        for name in try Folder.entries(source) { try AtomicFile.write(FileContents.read(Path.join(source, name)), to: folder(name)) }
        return folder.path
    }

    private func message(_ path: String, _ options: CrossEncoderOptions = .init()) -> String {
        do {
            _ = try CrossEncoder(path: path, options: options)
            return ""
        } catch {
            return "\(error)"
        }
    }

    private func edit(_ name: String, _ change: (inout JSONObject) -> Void) throws {
        var object = try JSONValue.parse(contentsOfFile: folder(name)).asObject!
        change(&object)
        try AtomicFile.write(JSONValue.object(object).serialized(), to: folder(name))
    }

    @Test func aMissingModelNamesEveryPlace() {
        let text = message("sentence-transformers/no-such-model")
        #expect(text.contains("models--sentence-transformers--no-such-model") && text.contains("models/no-such-model"))
        #expect(message("").contains("empty"))
        #expect(message(folder.path).contains("config.json"))
    }

    @Test func anUnsupportedTypeListsWhatIsSupported() throws {
        _ = try copy()
        try edit("config.json") { $0["model_type"] = "t5" }
        let text = message(folder.path)
        #expect(text.contains("config.json") && text.contains("\"t5\"") && text.contains("bert, distilbert, roberta, xlm-roberta, mpnet"))
    }

    @Test(arguments: [("hidden_size", JSONValue.string("24")), ("num_attention_heads", 5), ("hidden_act", "swish"), ("hidden_dropout_prob", 1.5),
                      ("vocab_size", -3), ("num_hidden_layers", .null), ("position_embedding_type", "relative_key")])
    func aBadSettingNamesFileAndKey(key: String, value: JSONValue) throws {
        _ = try copy()
        try edit("config.json") { $0[key] = value }
        let text = message(folder.path)
        #expect(text.contains("config.json") && text.contains(key), "\(text)")
        #expect(!text.contains("\n"))
    }

    @Test func damagedJSONNamesTheFile() throws {
        _ = try copy()
        try AtomicFile.write("{\"model_type\": ", to: folder("config.json"))
        #expect(message(folder.path).contains("config.json"))
        try AtomicFile.write("[1]", to: folder("config.json"))
        #expect(message(folder.path).contains("an object is wanted"))
    }

    @Test func aMissingTokenizerIsNamed() throws {
        _ = try copy()
        try Folder.remove(folder("tokenizer.json"))
        #expect(message(folder.path).contains("tokenizer.json"))
    }

    @Test func truncatedWeightsAreNamed() throws {
        _ = try copy()
        let bytes = try FileContents.read(folder("model.safetensors"))
        for count in [0, 7, 100, bytes.count - 1] {
            try AtomicFile.write(Array(bytes[..<count]), to: folder("model.safetensors"))
            #expect(message(folder.path).contains("model.safetensors"))
        }
    }

    @Test func aMissingTensorAndAWrongShapeAreNamed() throws {
        _ = try copy()
        try edit("config.json") { $0["num_hidden_layers"] = 3 }
        #expect(message(folder.path).contains("bert.encoder.layer.2.attention.self.query.weight"))
        try edit("config.json") {
            $0["num_hidden_layers"] = 2
            $0["intermediate_size"] = 41
        }
        let text = message(folder.path)
        #expect(text.contains("model.safetensors") && text.contains("intermediate.dense.weight") && text.contains("[40, 24]")
            && text.contains("[41, 24]"))
    }

    @Test func pickledWeightsAreRefusedWithTheWayToConvertThem() throws {
        _ = try copy()
        try Folder.remove(folder("model.safetensors"))
        #expect(message(folder.path).contains("no weights"))
        try AtomicFile.write("x", to: folder("pytorch_model.bin"))
        let text = message(folder.path)
        #expect(text.contains("pytorch_model.bin") && text.contains("save_pretrained"))
    }

    @Test func shardsUnderAnIndexAreRead() throws {
        let path = try copy()
        let whole = try CrossEncoder(path: path).predict([TextPair("a dog", "the cat")]).floatArray()
        let file = try SafeTensorsFile(path: folder("model.safetensors"))
        var map = JSONObject()
        for part in 0..<2 {
            let names = file.names.enumerated().filter { $0.offset % 2 == part }.map(\.element)
            let outputs = try names.map { name in
                SafeTensorsOutput(name: name, dtype: .float32, shape: file.entry(name)!.shape, bytes: try file.bytes(of: name))
            }
            try SafeTensorsWriter.write(to: folder("part-\(part).safetensors"), tensors: outputs)
            for name in names { map[name] = .string("part-\(part).safetensors") }
        }
        try Folder.remove(folder("model.safetensors"))
        try AtomicFile.write(JSONValue.object(["weight_map": .object(map)]).serialized(), to: folder("model.safetensors.index.json"))
        #expect(try CrossEncoder(path: path).predict([TextPair("a dog", "the cat")]).floatArray() == whole)
        map[file.names[0]] = "../outside.safetensors"
        try AtomicFile.write(JSONValue.object(["weight_map": .object(map)]).serialized(), to: folder("model.safetensors.index.json"))
        #expect(message(path).contains("weight_map"))
    }

    @Test func modulesOutsideTheFolderAndUnknownOnesAreErrors() throws {
        _ = try copy()
        let entry: (String, String) -> JSONValue = { ["idx": 0, "name": "0", "path": .string($0), "type": .string($1)] }
        try AtomicFile.write(JSONValue.array([entry("../x", "sentence_transformers.models.Transformer")]).serialized(), to: folder("modules.json"))
        #expect(message(folder.path).contains("leaves the model folder"))
        try AtomicFile.write(JSONValue.array([entry("", "sentence_transformers.models.CLIPModel")]).serialized(), to: folder("modules.json"))
        #expect(message(folder.path).contains("CLIPModel"))
        try AtomicFile.write(JSONValue.array([entry("", "sentence_transformers.models.Transformer"),
            entry("1_LogitScore", "sentence_transformers.models.LogitScore")]).serialized(), to: folder("modules.json"))
        #expect(message(folder.path).contains("LogitScore"))
    }
}
