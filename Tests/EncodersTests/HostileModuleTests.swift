import Encoders
import Files
import Glibc
import JSON
import SafeTensors
import Tensors
import Testing
import TestSupport

/// Module folders whose numbers, names and links ask for what is not there: each one clear error that names the file and the key.
struct HostileModuleTests {
    private let folder = TemporaryFolder()

    /// A copy of a fixture with all its folders; its path.
    private func copy(_ name: String) throws -> String {
        func copy(_ source: String, _ target: String) throws {
            try Folder.create(target)
            for name in try Folder.entries(source) {
                let place = Path.join(source, name)
                if Folder.exists(place) { try copy(place, Path.join(target, name)) } else {
                    try AtomicFile.write(FileContents.read(place), to: Path.join(target, name))
                }
            }
        }
        try copy(Fixture.path(name), folder("model"))
        return folder("model")
    }

    private func edit(_ name: String, _ change: (inout JSONObject) -> Void) throws {
        var object = try JSONValue.parse(contentsOfFile: folder("model/" + name)).asObject ?? JSONObject()
        change(&object)
        try AtomicFile.write(JSONValue.object(object).serialized(), to: folder("model/" + name))
    }

    private func write(_ value: JSONValue, to name: String) throws { try AtomicFile.write(value.serialized(), to: folder("model/" + name)) }

    private func message(_ load: () throws -> Void) -> String {
        do {
            try load()
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    private func sentence() -> String { message { _ = try SentenceTransformer(path: folder("model")) } }

    private func router(_ types: JSONObject, _ structure: JSONObject, in place: String = "") throws {
        try write(["types": .object(types), "structure": .object(structure), "parameters": [:]], to: Path.join(place, "router_config.json"))
    }

    private static let routerType: JSONValue = "sentence_transformers.base.modules.router.Router"

    // MARK: Sizes

    @Test(arguments: ["hidden_size", "intermediate_size", "vocab_size", "max_position_embeddings", "type_vocab_size", "num_hidden_layers",
                      "num_attention_heads"])
    func sizesAreComparedWithTheWeights(key: String) throws {
        _ = try copy("ranker")
        for value in [300_000, 1_073_741_823, .max] as [Int64] {
            try edit("config.json") { $0[key] = .integer(value) }
            for text in [sentence(), message { _ = try CrossEncoder(path: folder("model")) }, message { _ = try SparseEncoder(path: folder("model")) }] {
                #expect(text.hasPrefix(folder("model/")) && !text.contains("\n"), "\(key) \(value): \(text)")
            }
        }
        for value in [1e300, 2.5, -1, 0, 9_007_199_254_740_993] as [JSONValue] {
            try edit("config.json") { $0[key] = value }
            #expect(sentence().hasPrefix("\(folder("model/config.json")): \(key): a whole number above 0 is wanted, it is "), "\(sentence())")
        }
    }

    @Test func sizesThatHoldTogetherButNotInTheFileAreRefusedBeforeMemoryIsTaken() throws {
        _ = try copy("ranker")
        try edit("config.json") {
            $0["hidden_size"] = 300_000
            $0["num_attention_heads"] = 1
        }
        #expect(sentence().contains("config.json asks for") && sentence().contains("300000"))
    }

    @Test func labelsOfAFreshHeadHaveALimit() throws {
        _ = try copy("sentence-transformer")
        let transformer = try ModuleFolderOf(folder("model")).transformer
        try edit(transformer + "config.json") {
            $0["architectures"] = ["BertForSequenceClassification"]
            $0["id2label"] = nil
            $0["num_labels"] = 1_000_000_000
        }
        #expect(message { _ = try CrossEncoder(path: folder("model")) }.contains("num_labels: 1 to 65536 labels are possible"))
        for (key, value) in [("num_labels", 1e300), ("num_labels", -1), ("id2label", "x"), ("id2label", [:])] as [(String, JSONValue)] {
            try edit(transformer + "config.json") {
                $0["num_labels"] = nil
                $0["id2label"] = nil
                $0[key] = value
            }
            let text = message { _ = try CrossEncoder(path: folder("model")) }
            #expect(text.contains("config.json: \(key)"), "\(text)")
        }
        var options = CrossEncoderOptions()
        options.numLabels = .max
        #expect(message { _ = try CrossEncoder(path: folder("model"), options: options) }.contains("num_labels: 1 to"))
    }

    @Test(arguments: [("layer_norm_eps", 1e300), ("layer_norm_eps", -1), ("initializer_range", 1e300), ("pad_token_id", -1), ("pad_token_id", 1e300)]
          as [(String, JSONValue)])
    func numbersOutOfRangeAreNamed(key: String, value: JSONValue) throws {
        _ = try copy("ranker")
        try edit("config.json") { $0[key] = value }
        #expect(sentence().contains("config.json: \(key): "), "\(sentence())")
    }

    @Test(arguments: ["input_dim", "hidden_dim", "k", "k_aux", "dead_threshold"]) func sizesOfAnAutoEncoderAreChecked(key: String) throws {
        _ = try copy("sparse/csr")
        let place = try #require(try Folder.entries(folder("model")).first { $0.hasSuffix("SparseAutoEncoder") })
        for value in [1e300, 2.5, -1, .integer(.max)] as [JSONValue] {
            try edit(place + "/config.json") { $0[key] = value }
            let text = message { _ = try SparseEncoder(path: folder("model")) }
            #expect(text.contains("\(place)/config.json: ") && text.contains(key), "\(text)")
        }
    }

    @Test func countsOfAnAutoEncoderMayNotOverflow() throws {
        _ = try copy("sparse/csr")
        let place = try #require(try Folder.entries(folder("model")).first { $0.hasSuffix("SparseAutoEncoder") })
        let file = try SafeTensorsFile(path: folder("model/\(place)/model.safetensors"))
        let hidden = try #require(try JSONValue.parse(contentsOfFile: folder("model/\(place)/config.json"))["hidden_dim"]?.asInteger)
        let counts = [Int64](repeating: .max, count: hidden)
        try counts.withUnsafeBytes { counts in
            let others = try file.names.filter { $0 != "stats_last_nonzero" }.map { name in
                SafeTensorsOutput(name: name, dtype: .float32, shape: file.entry(name)!.shape, bytes: try file.bytes(of: name))
            }
            try SafeTensorsWriter.write(to: folder("model/\(place)/model.safetensors"), tensors: others + [
                SafeTensorsOutput(name: "stats_last_nonzero", dtype: .int64, shape: [hidden], bytes: counts)])
        }
        #expect(message { _ = try SparseEncoder(path: folder("model")) }.contains("tensor \"stats_last_nonzero\" holds 9223372036854775807"))
    }

    @Test func poolingModesComeOnce() throws {
        _ = try copy("sentence-transformer")
        let place = try #require(try Folder.entries(folder("model")).first { $0.hasSuffix("Pooling") })
        try edit(place + "/config.json") { $0["pooling_mode"] = .array([JSONValue](repeating: "mean", count: 1000)) }
        #expect(sentence().contains("pooling_mode: a name comes twice"))
    }

    // MARK: Routers and places

    @Test func aRouterWithinItselfIsRefused() throws {
        _ = try copy("modules/static")
        try write([["idx": 0, "name": "0", "path": "", "type": Self.routerType]], to: "modules.json")
        for id in ["", ".", "./", "a/.."] {
            try router(JSONObject([(id, Self.routerType)]), ["a": [.string(id)]])
            #expect(sentence().hasPrefix("\(folder("model/router_config.json")): types: \"\(id)\": the name of a folder"), "\(sentence())")
        }
        // Through a link to its own folder, and through one that goes round two.
        #expect(symlink(".", folder("model/self")) == 0)
        try router(["self": Self.routerType], ["a": ["self"]])
        #expect(sentence().contains("makes a Router twice, or one within itself"), "\(sentence())")
    }

    @Test func routersNestToALimit() throws {
        _ = try copy("modules/static")
        try write([["idx": 0, "name": "0", "path": "", "type": Self.routerType]], to: "modules.json")
        for depth in 0..<40 { try router(["r": Self.routerType], ["a": ["r"]], in: [String](repeating: "r", count: depth).joined(separator: "/")) }
        #expect(sentence().contains("more than 8 routers stand within one another"), "\(sentence())")
    }

    @Test func aModelHasALimitOfModules() throws {
        _ = try copy("modules/static")
        let many = (0..<100_000).map { index -> JSONValue in
            ["idx": .integer(Int64(index)), "name": "n", "path": .string("n\(index)"), "type": "sentence_transformers.models.Normalize"]
        }
        try write(.array(many), to: "modules.json")
        #expect(sentence().contains("more than 256 modules"))
        let static0 = try #require(try JSONValue.parse(contentsOfFile: Fixture.path("modules/static/modules.json")).asArray?[0])
        try write([static0, static0], to: "modules.json")
        #expect(sentence().contains("makes a StaticEmbedding twice"), "\(sentence())")
    }

    @Test func routesAreNamesThatFoldersMayBegin() {
        for name in ["../../x", "a/b", "a.b", "", "a\nb", String(repeating: "x", count: 300)] {
            #expect(message { _ = try Router(routes: [.init(name, [Normalize()])]) }.contains("without dots and slashes"))
        }
        #expect(message { _ = try Router(routes: [.init("a", [Normalize()]), .init("a", [Normalize()])]) }.contains("comes twice"))
    }

    @Test func theFirstRouteAsWrittenIsTheDefault() throws {
        let router = try Router(routes: [.init("z", [Normalize()]), .init("a", [Normalize()])])
        #expect(router.defaultRoute == "z")
    }

    @Test(arguments: ["../x", "/etc", "a/../../x", "out"]) func placesOutsideTheFolderAreRefused(path: String) throws {
        _ = try copy("modules/router")
        try Folder.create(folder("elsewhere"))
        #expect(symlink("../elsewhere", folder("model/out")) == 0)
        try router(JSONObject([(path, "sentence_transformers.models.Normalize")]), ["a": [.string(path)]])
        #expect(sentence().contains("router_config.json: types: \"\(path)\""), "\(sentence())")
        try write([["idx": 0, "name": "0", "path": .string(path), "type": "sentence_transformers.models.Normalize"]], to: "modules.json")
        #expect(sentence().contains("modules.json: module 0: path \"\(path)\" leaves the model folder"), "\(sentence())")
    }

    @Test func tokenWeightsAreReadFromTheirOwnFolderOnly() throws {
        _ = try copy("sparse/router")
        let places = try Folder.entries(folder("model")).filter { $0.hasSuffix("SparseStaticEmbedding") }
        let place = try #require(places.first)
        for path in ["../idf.json", "/tmp/idf.json"] {
            try edit(place + "/config.json") { $0["path"] = .string(path) }
            let text = message { _ = try SparseEncoder(path: folder("model")) }
            #expect(text.contains("\(place)/config.json: path: \"\(path)\" leaves the module's folder"), "\(text)")
        }
    }

    // MARK: Files that are none

    @Test func devicesPipesAndLinksToNowhereAreNamed() throws {
        let names = ["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors", "modules.json", "sentence_bert_config.json",
                     "config_sentence_transformers.json", "special_tokens_map.json"]
        for name in names {
            _ = try copy("ranker")
            let path = folder("model/" + name)
            try Folder.remove(path)
            #expect(mkfifo(path, 0o600) == 0)
            #expect(message { _ = try CrossEncoder(path: folder("model")) }.contains("\(path): it is a pipe"), "\(name)")
            try Folder.remove(path)
            #expect(symlink("/dev/zero", path) == 0)
            #expect(message { _ = try CrossEncoder(path: folder("model")) }.contains("\(path): it is a device"), "\(name)")
            try Folder.remove(path)
            #expect(symlink("no-such-blob", path) == 0)
            #expect(message { _ = try CrossEncoder(path: folder("model")) }.contains("\(path): No such file"), "\(name)")
            try Folder.remove(path)
            try AtomicFile.write("", to: path)
            #expect(truncate(path, 100 << 30) == 0)
            #expect(message { _ = try CrossEncoder(path: folder("model")) }.contains(path), "\(name)")
            try Folder.remove(folder("model"))
        }
    }

    @Test func aSnapshotWhoseFilesAreLinksIsRead() throws {
        _ = try copy("ranker")
        try Folder.create(folder("blobs"))
        for name in try Folder.entries(folder("model")) {
            #expect(rename(folder("model/" + name), folder("blobs/" + name)) == 0 && symlink("../blobs/" + name, folder("model/" + name)) == 0)
        }
        #expect(message { _ = try CrossEncoder(path: folder("model")) } == "no error")
    }

    @Test func damagedWeightsOfADecoderAreAnError() throws {
        let model = try SentenceTransformer(path: copy("sentence-transformer"))
        let transformer = try #require(model.transformer)
        try Folder.create(folder("weights"))
        #expect(message { _ = try TextDecoder(transformer: transformer, folder: folder("weights")) } == "no error")
        try AtomicFile.write("{", to: folder("weights/model.safetensors"))
        #expect(message { _ = try TextDecoder(transformer: transformer, folder: folder("weights")) }.contains("weights/model.safetensors"))
    }

    // MARK: Adapters

    @Test(arguments: [("r", 1e300), ("r", .integer(.max)), ("r", 2.5), ("lora_alpha", 1e300), ("rank_pattern", ["query": 1e300]),
                      ("rank_pattern", [1]), ("alpha_pattern", ["query": 1e200]), ("layers_to_transform", [1e300]), ("base_model_name_or_path", 3),
                      ("target_modules", .array([JSONValue](repeating: "query", count: 20_000)))] as [(String, JSONValue)])
    func settingsOfAnAdapterAreChecked(key: String, value: JSONValue) throws {
        _ = try copy("adapter-ce")
        try edit("adapter_config.json") {
            $0["base_model_name_or_path"] = .string(Fixture.path("cross-encoder"))
            $0[key] = value
        }
        let text = message { _ = try CrossEncoder(path: folder("model")) }
        #expect(text.contains(folder("model/adapter_")) && !text.contains("\n"), "\(text)")
        if !(key == "r" && value == .integer(.max)) { #expect(text.contains(key), "\(text)") }
    }

    @Test func targetsThatTheModelDoesNotHaveAreNamedWithTheirFile() throws {
        _ = try copy("adapter-ce")
        try edit("adapter_config.json") {
            $0["base_model_name_or_path"] = .string(Fixture.path("cross-encoder"))
            $0["target_modules"] = ["no_such_layer"]
        }
        let text = message { _ = try CrossEncoder(path: folder("model")) }
        #expect(text.hasPrefix("\(folder("model/adapter_config.json")): target_modules: no linear layer"), "\(text)")
    }

    @Test func aModelWithSeveralActiveAdaptersSaysThatItCannotBeSaved() throws {
        let model = try CrossEncoder(path: Fixture.path("ranker"))
        for name in ["one", "two"] {
            var configuration = AdapterConfiguration()
            configuration.modulesToSave = []
            try model.transformer.adapters.add(configuration, name: name)
        }
        try model.transformer.adapters.activate(["one", "two"])
        #expect(message { _ = try model.storedParameters }.contains("a folder holds one adapter"))
        #expect(message { try model.save(to: folder("saved")) }.contains("a folder holds one adapter"))
    }

    // MARK: Names

    @Test func anotherOrganizationsNameIsNotTakenFromTheFolderOfModels() throws {
        let foreign = message { _ = try CrossEncoder(path: "some-organization/no-such-model") }
        #expect(foreign.hasPrefix("no model \"some-organization/no-such-model\": looked at some-organization/no-such-model, "), "\(foreign)")
        #expect(foreign.hasSuffix("models--some-organization--no-such-model, models/some-organization/no-such-model"), "\(foreign)")
        let own = message { _ = try CrossEncoder(path: "sentence-transformers/no-such-model") }
        #expect(own.hasSuffix("models/sentence-transformers/no-such-model, models/no-such-model"), "\(own)")
        #expect(message { _ = try CrossEncoder(path: "x/..") }.hasSuffix("looked at x/.."))
    }
}

/// Where the transformer of a saved model is, as a beginning of paths in it.
private struct ModuleFolderOf {
    let transformer: String

    init(_ folder: String) throws {
        let path = try JSONValue.parse(contentsOfFile: Path.join(folder, "modules.json")).asArray?[0]["path"]?.asString ?? ""
        transformer = path.isEmpty ? "" : path + "/"
    }
}
