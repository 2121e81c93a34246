import Encoders
import Files
import JSON
import SafeTensors
import Tensors
import Testing
import TestSupport

/// LoRA adapters against PEFT, by the folders that the reference saved.
@Suite(.serialized)
struct AdapterTests {
    private var texts: [String] {
        get throws { try #require(Fixture.json("embeddings.json")["texts"]?.asArray).map { $0.asString! } }
    }

    private var pairs: [TextPair] {
        get throws {
            try Fixture.json("scores.json")["pairs"]!.asArray!.map { TextPair($0.asArray![0].asString!, $0.asArray![1].asString!) }
        }
    }

    private func expected(_ name: String) throws -> Tensor { try TensorFixture("adapters.safetensors").floats(name) }

    private func base() throws -> SentenceTransformer { try SentenceTransformer(path: Fixture.path("sentence-transformer")) }

    private func adapted() throws -> SentenceTransformer { try SentenceTransformer(path: Fixture.path("adapter-st")) }

    private func adapters(_ model: any AdaptableModel) throws -> AdapterSet { try #require(model.adapters) }

    private func message(_ body: () throws -> Any) -> String {
        do {
            return "no error: \(try body())"
        } catch { return "\(error)" }
    }

    private func withTemporaryFolder(_ body: (String) throws -> Void) throws {
        let folder = TemporaryFolder()
        try withExtendedLifetime(folder) { try body(folder.path) }
    }

    private func factors(_ shape: [Int]) -> Tensor {
        let count = shape.reduce(1, *)
        return Tensor((0..<count).map { -1 + 2 * Float($0) / Float(count - 1) }, shape: shape)
    }

    @Test func embeddingsOfASavedFolderAreThoseOfTheReference() throws {
        let model = try adapted(), texts = try texts
        #expect(try largestDifference(model.encode(texts), expected("st.embeddings")) < 1e-5)
        #expect(try adapters(model).activeNames() == ["default"])
        // Loaded for use alone.
        #expect(!model.parameters.contains { $0.tensor.requiresGrad && $0.name.hasPrefix("0.") })
    }

    @Test func adaptersAddUpAndSwitchOffAsInTheReference() throws {
        let model = try adapted(), texts = try texts, set = try adapters(model)
        try set.load(folder: Fixture.path("adapter-second"), name: "second")
        #expect(try set.activeNames() == ["second"])
        #expect(try largestDifference(model.encode(texts), expected("st.second")) < 1e-5)
        try set.activate(["default", "second"])
        #expect(try largestDifference(model.encode(texts), expected("st.both")) < 1e-5)
        try set.setEnabled(false)
        #expect(try largestDifference(model.encode(texts), expected("st.disabled")) < 1e-5)
        try set.setEnabled(true)
        try set.delete(["second"])
        #expect(try set.activeNames() == ["default"])
        #expect(try largestDifference(model.encode(texts), expected("st.embeddings")) < 1e-5)
        try set.delete(["default"])
        #expect(set.isEmpty)
        #expect(model.parameters.allSatisfy { $0.tensor.requiresGrad })
        #expect(try largestDifference(model.encode(texts), expected("st.disabled")) < 1e-5)
    }

    @Test(arguments: [false, true])
    func gradientsAreThoseOfTheReference(isCheckpointed: Bool) throws {
        let model = try adapted(), texts = try texts
        try adapters(model).activate(["default"])
        model.usesGradientCheckpointing = isCheckpointed
        let embeddings = try model.embeddings(texts)
        try embeddings.backward(factors(embeddings.shape))
        var checked = 0
        for parameter in model.parameters where parameter.name.hasPrefix("0.model.") {
            guard parameter.tensor.requiresGrad else {
                #expect(parameter.tensor.grad == nil, "\(parameter.name)")
                continue
            }
            let wanted = try expected("st.gradient." + parameter.name.dropFirst("0.model.".count))
            #expect(try relativeDifference(#require(parameter.tensor.grad), wanted) < 1e-4, "\(parameter.name)")
            checked += 1
        }
        #expect(checked == 14)
    }

    @Test func aCrossEncodersScoresAndGradientsAreThoseOfTheReference() throws {
        let model = try CrossEncoder(path: Fixture.path("adapter-ce")), pairs = try pairs
        #expect(model.numLabels == 3 && !model.isHeadNew && model.notes.isEmpty)
        #expect(try largestDifference(model.predict(pairs, options: .init(activation: .identity)), expected("ce.logits")) < 1e-5)
        try adapters(model).activate(["default"])
        let logits = try model.logits(pairs)
        try logits.backward(factors(logits.shape))
        var checked = 0
        for parameter in model.parameters where parameter.tensor.requiresGrad {
            let wanted = try expected("ce.gradient." + parameter.name)
            // Softmax cancels what a bias of keys adds, so that its gradient is rounding alone.
            let bound: Float = parameter.name.hasSuffix("key.bias") ? 1e-3 : 1e-4
            #expect(try relativeDifference(#require(parameter.tensor.grad), wanted) < bound, "\(parameter.name)")
            checked += 1
        }
        // 13 layers with A, B and a bias, and the classifier's two.
        #expect(checked == 13 * 3 + 2)
        #expect(model.parameters.allSatisfy { $0.tensor.requiresGrad || $0.tensor.grad == nil })
    }

    /// With dropout on, the same choices each time.
    @Test func gradientsUnderDropoutAreThoseOfFiniteDifferences() throws {
        let model = try base(), texts = try texts
        var configuration = AdapterConfiguration()
        configuration.rank = 3
        configuration.dropout = 0.3
        configuration.targets = .allLinear
        configuration.initialization = .random
        try adapters(model).add(configuration, generator: Generator(seed: 3))
        model.isTraining = true
        let state = Generator.shared.state
        let factors = factors([texts.count, 8])
        func value() throws -> Double {
            Generator.shared.state = state
            let embeddings = try GradientTape.noGrad { try model.embeddings(texts) }
            return zip(embeddings.floatArray(), factors.floatArray()).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        for isCheckpointed in [false, true] {
            model.usesGradientCheckpointing = isCheckpointed
            Generator.shared.state = state
            try model.embeddings(texts).backward(factors)
            for parameter in model.parameters where parameter.name.contains("lora_") {
                let tensor = parameter.tensor, grad = try #require(tensor.grad, "\(parameter.name)")
                let index = tensor.count / 2, step: Float = 1e-2, before = tensor.floats[index]
                let scale = grad.floatArray().reduce(Float(0.02)) { max($0, abs($1)) }
                tensor.floats[index] = before + step
                let above = try value()
                tensor.floats[index] = before - step
                let below = try value()
                tensor.floats[index] = before
                let wanted = Float((above - below) / Double(2 * step))
                #expect(abs(grad.floats[index] - wanted) < 0.03 * scale, "\(parameter.name): \(grad.floats[index]) against \(wanted)")
                tensor.grad = nil
            }
        }
        model.isTraining = false
    }

    @Test func aFreshAdapterChangesNothingAndTrainsAlone() throws {
        let model = try base(), texts = try texts
        let before = try model.encode(texts)
        try adapters(model).add(AdapterConfiguration())
        #expect(try haveSameBits(model.encode(texts), before))
        let trained = model.parameters.filter(\.tensor.requiresGrad).map(\.name)
        // Queries and values of two layers, and the module behind the transformer.
        #expect(trained.count == 8 + 2)
        #expect(trained.contains("0.model.encoder.layer.1.attention.self.value.lora_B.default.weight"))
        #expect(trained.filter { !$0.contains("lora_") } == ["2.linear.weight", "2.linear.bias"])
    }

    @Test func mergedWeightsGiveWhatTheAdapterGives() throws {
        let model = try adapted(), texts = try texts, set = try adapters(model)
        let before = try model.encode(texts)
        try set.merge()
        #expect(set.isMerged)
        let merged = try model.encode(texts)
        #expect(largestDifference(merged, before) < 1e-5)
        #expect(try !haveSameBits(merged, base().encode(texts)))
        try set.unmerge()
        #expect(try haveSameBits(model.encode(texts), before))
        try set.mergeAndUnload()
        #expect(try set.isEmpty && largestDifference(model.encode(texts), before) < 1e-5)
        #expect(model.parameters.allSatisfy { $0.tensor.requiresGrad })
        try withTemporaryFolder { folder in
            try model.save(to: Path.join(folder, "merged"))
            #expect(try haveSameBits(SentenceTransformer(path: Path.join(folder, "merged")).encode(texts), model.encode(texts)))
        }
    }

    @Test func aSavedFolderHoldsTheAdapterAlone() throws {
        let model = try adapted(), texts = try texts
        try withTemporaryFolder { folder in
            let place = Path.join(folder, "again")
            try model.save(to: place)
            let entries = try Folder.entries(place)
            #expect(entries.contains("adapter_config.json") && entries.contains("adapter_model.safetensors") && entries.contains("tokenizer.json"))
            #expect(!entries.contains("model.safetensors") && !entries.contains("config.json"))
            let original = try SafeTensorsFile(path: Fixture.path("adapter-st/adapter_model.safetensors"))
            let written = try SafeTensorsFile(path: Path.join(place, "adapter_model.safetensors"))
            #expect(Set(written.names) == Set(original.names))
            for name in original.names { #expect(try written.floats(of: name) == original.floats(of: name)) }
            #expect(try haveSameBits(SentenceTransformer(path: place).encode(texts), model.encode(texts)))
            // What a checkpoint reads back is there.
            for parameter in try model.storedParameters where parameter.name.contains("lora_") {
                #expect(parameter.file == "adapter_model.safetensors")
                #expect(written.entry(parameter.name)?.shape == parameter.tensor.shape)
            }
            // A whole model takes the adapter's place.
            try adapters(model).mergeAndUnload()
            try model.save(to: place)
            #expect(try !Folder.entries(place).contains("adapter_config.json"))
            #expect(try haveSameBits(SentenceTransformer(path: place).encode(texts), model.encode(texts)))
        }
    }

    @Test func aFreshClassifierIsSavedWithTheAdapter() throws {
        let pairs = try pairs
        try withTemporaryFolder { folder in
            let model = try CrossEncoder(path: Fixture.path("sentence-transformer"), options: CrossEncoderOptions(numLabels: 2, seed: 5))
            var configuration = AdapterConfiguration()
            configuration.initialization = .random
            try adapters(model).add(configuration, generator: Generator(seed: 6))
            let trained = model.parameters.filter(\.tensor.requiresGrad).map(\.name)
            #expect(trained.filter { !$0.contains("lora_") } == ["classifier.weight", "classifier.bias"])
            let place = Path.join(folder, "reranker")
            try model.save(to: place)
            let again = try CrossEncoder(path: place)
            #expect(again.numLabels == 2 && !again.isHeadNew && again.notes.isEmpty)
            #expect(try haveSameBits(again.predict(pairs), model.predict(pairs)))
        }
    }

    @Test func modulesTrainedWholeBelongToTheirAdapter() throws {
        let model = try base(), texts = try texts, set = try adapters(model)
        var configuration = AdapterConfiguration()
        configuration.modulesToSave = ["LayerNorm"]
        try set.add(configuration, name: "norms")
        let norm = try #require(model.parameters.first { $0.name.hasSuffix("embeddings.LayerNorm.weight") }).tensor
        #expect(norm.requiresGrad)
        let before = try model.encode(texts)
        try GradientTape.noGrad { try norm.fillInPlace(0.5) }
        let changed = try model.encode(texts)
        #expect(!haveSameBits(changed, before))
        try set.setEnabled(false)
        #expect(try haveSameBits(model.encode(texts), before) && !norm.requiresGrad)
        try set.setEnabled(true)
        #expect(try haveSameBits(model.encode(texts), changed) && norm.requiresGrad)
        try set.add(configuration, name: "others")
        #expect(try haveSameBits(model.encode(texts), before))
        #expect(message { try set.activate(["norms", "others"]) }.contains("modules_to_save, of which only one"))
    }

    @Test func targetsAreNamedAsInPEFT() throws {
        func layers(_ change: (inout AdapterConfiguration) -> Void) throws -> [String] {
            let model = try base()
            var configuration = AdapterConfiguration()
            change(&configuration)
            try adapters(model).add(configuration)
            return model.parameters.filter { $0.name.hasSuffix("lora_A.default.weight") }
                .map { String($0.name.dropFirst("0.model.encoder.layer.".count).dropLast(".lora_A.default.weight".count)) }
        }
        #expect(try layers { _ in } == ["0.attention.self.query", "0.attention.self.value", "1.attention.self.query", "1.attention.self.value"])
        #expect(try layers { $0.targets = .allLinear }.count == 12)
        #expect(try layers { $0.targets = .names(["output.dense"]); $0.excluded = .names(["attention.output.dense"]) } == ["0.output.dense",
            "1.output.dense"])
        #expect(try layers { $0.targets = .pattern(#".*\.1\.(attention\.self\.key|output\.dense)"#) } == ["1.attention.self.key", "1.output.dense"])
        #expect(try layers { $0.targets = .names(["key"]); $0.layers = [1] } == ["1.attention.self.key"])
        #expect(try layers { $0.targets = .names(["dense"]); $0.layers = [0]; $0.layersPattern = ["layer"] }.allSatisfy { $0.hasPrefix("0.") })
        #expect(message { try layers { $0.targets = .names(["nothing"]) } }.contains("target_modules: no linear layer"))
        #expect(message { try layers { $0.targets = .names(["uery"]) } }.contains("target_modules: no linear layer"))
        #expect(message { try layers { $0.modulesToSave = ["nothing"] } }.contains("modules_to_save: the model has no module \"nothing\""))
        #expect(message { try layers { $0.targets = .pattern("(") } }.contains("is not a regular expression"))
    }

    @Test func mistakesAreNamed() throws {
        let model = try base(), set = try adapters(model)
        #expect(message { try set.activate(["a"]) }.contains("the model has no adapter"))
        try set.add(AdapterConfiguration(), name: "a")
        #expect(message { try set.add(AdapterConfiguration(), name: "a") }.contains("there is an adapter \"a\" already"))
        #expect(message { try set.add(AdapterConfiguration(), name: "a.b") }.contains("a name without dots"))
        #expect(message { try set.activate(["b"]) } == "there is no adapter \"b\"; the model has \"a\"")
        #expect(message { try set.load(folder: Fixture.path("sentence-transformer"), name: "c") }.contains("there is no adapter_config.json"))
        #expect(message { try set.load(folder: Fixture.path("adapter-ce"), name: "c") }.contains("no linear layer of the model has such a name"))
        #expect(message { try model.save(to: Fixture.path("sentence-transformer")) }.contains("a folder of its own"))
        #expect(message { try model.transformer!.keepLayers([0]) }.contains("the model has adapters"))
        try set.add(AdapterConfiguration(), name: "b")
        try set.activate(["a", "b"])
        try withTemporaryFolder { folder in
            #expect(message { try model.save(to: Path.join(folder, "x")) }.contains("a folder holds one adapter"))
        }
    }

    @Test func anAdapterWhoseModelIsNotThereSaysSo() throws {
        try withTemporaryFolder { folder in
            var json = try #require(Fixture.json("adapter-st/adapter_config.json").asObject)
            json["base_model_name_or_path"] = "/nowhere/model"
            try AtomicFile.write(JSONValue.object(json).serialized(), to: Path.join(folder, "adapter_config.json"))
            #expect(message { try Transformer(folder: folder) }.contains("config.json"))
            #expect(message { try SentenceTransformer(path: folder) }.contains("base_model_name_or_path"))
        }
    }

    @Test func settingsThatChangeTheComputationAreRefused() throws {
        for (key, value) in [("use_dora", true), ("peft_type", "IA3"), ("r", 0), ("lora_bias", true)] as [(String, JSONValue)] {
            try withTemporaryFolder { folder in
                var json = try #require(Fixture.json("adapter-second/adapter_config.json").asObject)
                json[key] = value
                try AtomicFile.write(JSONValue.object(json).serialized(), to: Path.join(folder, "adapter_config.json"))
                try AtomicFile.write(FileContents.read(Fixture.path("adapter-second/adapter_model.safetensors")),
                    to: Path.join(folder, "adapter_model.safetensors"))
                #expect(message { try adapters(base()).load(folder: folder) }.contains(key))
            }
        }
    }

    @Test func keptLayersAreThoseOfTheTeacher() throws {
        let teacher = try base(), student = try base(), texts = try texts
        let body = try #require(student.transformer)
        try body.keepLayers([1])
        #expect(body.layers.count == 1 && body.configuration.layerCount == 1)
        let theirs = try #require(teacher.transformer).layers[1].attention.query.weight
        #expect(haveSameBits(body.layers[0].attention.query.weight, theirs))
        try withTemporaryFolder { folder in
            try student.save(to: Path.join(folder, "student"))
            #expect(try haveSameBits(SentenceTransformer(path: Path.join(folder, "student")).encode(texts), student.encode(texts)))
        }
        #expect(message { try body.keepLayers([1]) } == "keep_layers: indices from 1 to 1 in ascending order are wanted, they are 2")
    }
}
