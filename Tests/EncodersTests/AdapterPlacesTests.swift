import Encoders
import Files
import JSON
import SafeTensors
import Tensors
import Testing
import TestSupport

/// LoRA adapters of models that are more than one transformer, and of copies.
@Suite(.serialized)
struct AdapterPlacesTests {
    private var texts: [String] {
        get throws { try #require(Fixture.json("embeddings.json")["texts"]?.asArray).map { $0.asString! } }
    }

    private func expected(_ name: String) throws -> Tensor { try TensorFixture("adapters.safetensors").floats(name) }

    private func message(_ body: () throws -> Any) -> String {
        do {
            return "no error: \(try body())"
        } catch { return "\(error)" }
    }

    private func withTemporaryFolder(_ body: (String) throws -> Void) throws {
        let folder = TemporaryFolder()
        try withExtendedLifetime(folder) { try body(folder.path) }
    }

    // MARK: Behind a Router

    @Test func behindARouterEmbeddingsAreThoseOfTheReference() throws {
        let model = try SentenceTransformer(path: Fixture.path("adapter-router")), texts = try texts
        #expect(try #require(model.adapters).names == ["default"])
        #expect(try largestDifference(model.encodeQuery(texts), expected("router.query")) < 1e-5)
        #expect(try largestDifference(model.encodeDocument(texts), expected("router.document")) < 1e-5)
    }

    @Test func behindARouterTheFirstTransformerGetsTheAdapter() throws {
        let model = try SentenceTransformer(path: Fixture.path("modules/router")), set = try #require(model.adapters)
        try set.add(AdapterConfiguration())
        let trained = model.parameters.filter(\.tensor.requiresGrad).map(\.name)
        #expect(trained.contains("0.sub_modules.document.0.model.encoder.layer.0.attention.self.query.lora_A.default.weight"))
        // The table of the other route is trained as before.
        #expect(trained.filter { !$0.contains("lora_") } == ["0.sub_modules.query.0.embedding.weight"])
    }

    @Test func behindARouterTheFolderOfTheTransformerHoldsTheAdapter() throws {
        let model = try SentenceTransformer(path: Fixture.path("adapter-router")), texts = try texts
        try withTemporaryFolder { folder in
            let place = Path.join(folder, "model"), part = Path.join(place, "document_0_Transformer")
            try model.save(to: place)
            #expect(try Set(Folder.entries(part)).isDisjoint(with: ["model.safetensors", "config.json"]))
            let again = try SentenceTransformer(path: place)
            #expect(try haveSameBits(again.encodeDocument(texts), model.encodeDocument(texts)))
            for parameter in try model.storedParameters where parameter.name.contains("lora_") {
                #expect(parameter.file == "document_0_Transformer/adapter_model.safetensors")
                #expect(try SafeTensorsFile(path: Path.join(place, parameter.file)).entry(parameter.name)?.shape == parameter.tensor.shape)
            }
            // A whole model takes the adapter's place, and an adapter does not take that of the model which it belongs to.
            try #require(again.adapters).mergeAndUnload()
            try again.save(to: place)
            #expect(try Set(Folder.entries(part)).isDisjoint(with: ["adapter_config.json", "adapter_model.safetensors"]))
            let whole = try SentenceTransformer(path: place)
            #expect(try haveSameBits(whole.encodeDocument(texts), again.encodeDocument(texts)))
            try #require(whole.adapters).add(AdapterConfiguration())
            #expect(message { try whole.save(to: place) }.contains("an adapter is saved into a folder of its own"))
            // Over another whole model nothing of it stays.
            let other = Path.join(folder, "other")
            try SentenceTransformer(path: Fixture.path("modules/router")).save(to: other)
            try whole.save(to: other)
            #expect(try Set(Folder.entries(Path.join(other, "document_0_Transformer"))).isDisjoint(with: ["model.safetensors", "config.json"]))
            #expect(try haveSameBits(SentenceTransformer(path: other).encodeDocument(texts), whole.encodeDocument(texts)))
        }
    }

    @Test func behindARouterTheModelsFolderAloneMayBeNamed() throws {
        try withTemporaryFolder { folder in
            let place = Path.join(folder, "model"), path = Path.join(place, "document_0_Transformer/adapter_config.json")
            try SentenceTransformer(path: Fixture.path("adapter-router")).save(to: place)
            var json = try #require(JSONValue.parse(contentsOfFile: path).asObject)
            json["base_model_name_or_path"] = .string(Fixture.path("modules/router"))
            try AtomicFile.write(JSONValue.object(json).serialized(), to: path)
            let model = try SentenceTransformer(path: place)
            #expect(try largestDifference(model.encodeDocument(texts), expected("router.document")) < 1e-5)
            #expect(try #require(model.adapters).baseModelName?.hasSuffix("modules/router/document_0_Transformer") == true)
        }
    }

    // MARK: Copies

    private func copy(_ model: SentenceTransformer) throws -> SentenceTransformer { try #require(model.makeCopy() as? SentenceTransformer) }

    /// Two adapters, of which the second trains the norms whole, with values that matter.
    private func twoAdapters() throws -> SentenceTransformer {
        let model = try SentenceTransformer(path: Fixture.path("sentence-transformer")), set = try #require(model.adapters)
        var configuration = AdapterConfiguration()
        configuration.initialization = .random
        try set.add(configuration, name: "first", generator: Generator(seed: 1))
        configuration.modulesToSave = ["LayerNorm"]
        configuration.rank = 3
        try set.add(configuration, name: "second", generator: Generator(seed: 2))
        for parameter in model.parameters where parameter.name.hasSuffix("LayerNorm.weight") {
            try GradientTape.noGrad { try parameter.tensor.fillInPlace(0.7) }
        }
        return model
    }

    private func expectSame(_ copy: SentenceTransformer, _ model: SentenceTransformer) throws {
        let texts = try texts
        #expect(try haveSameBits(copy.encode(texts), model.encode(texts)))
        #expect(copy.parameters.map(\.name) == model.parameters.map(\.name))
        #expect(copy.parameters.map(\.tensor.requiresGrad) == model.parameters.map(\.tensor.requiresGrad))
        for (own, copied) in zip(model.parameters, copy.parameters) {
            #expect(own.tensor !== copied.tensor && haveSameBits(own.tensor, copied.tensor), "\(own.name)")
        }
    }

    @Test func copiesHaveAllAdaptersInTheSameState() throws {
        let model = try twoAdapters(), set = try #require(model.adapters), texts = try texts
        let changes: [(AdapterSet) throws -> Void] = [
            { _ in }, { try $0.activate(["first"]) }, { try $0.activate(["second", "first"]) }, { try $0.setEnabled(false) },
            { try $0.setEnabled(true) }, { try $0.merge() }, { try $0.unmerge() },
        ]
        for change in changes {
            try change(set)
            let copy = try copy(model), copied = try #require(copy.adapters)
            #expect(copied.names == ["first", "second"] && copied.isEnabled == set.isEnabled && copied.isMerged == set.isMerged)
            #expect(try copied.activeNames() == set.activeNames())
            #expect(copied.baseModelName == set.baseModelName)
            try expectSame(copy, model)
        }
        // The copy goes its own way, and can go back as the model can.
        let twin = try copy(model), before = try model.encode(texts)
        try #require(twin.adapters).activate(["first"])
        try set.activate(["first"])
        try expectSame(twin, model)
        try set.activate(["second", "first"])
        #expect(try haveSameBits(model.encode(texts), before))
        try #require(twin.adapters).delete(["first", "second"])
        try set.delete(["first", "second"])
        try expectSame(twin, model)
    }

    @Test func aCopyWithoutAdaptersKnowsItsOrigin() throws {
        let model = try SentenceTransformer(path: Fixture.path("sentence-transformer")), copy = try copy(model)
        #expect(try #require(copy.adapters).baseModelName == #require(model.adapters).baseModelName)
        try expectSame(copy, model)
    }

    @Test func copiesBehindARouterHaveTheirAdapter() throws {
        let model = try SentenceTransformer(path: Fixture.path("adapter-router")), copy = try copy(model), texts = try texts
        #expect(try #require(copy.adapters).names == ["default"])
        #expect(try haveSameBits(copy.encodeDocument(texts), model.encodeDocument(texts)))
    }
}
