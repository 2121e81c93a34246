import Encoders
import Files
import JSON
import SafeTensors
import Tensors
import Testing
import TestSupport

/// Every kind of module and architecture against what the reference computes with the same folder; see `make_module_fixtures.py`.
struct ModuleTests {
    static let names = ["layers", "first", "router", "shared", "static", "asym", "roberta", "xlm-roberta", "distilbert"]

    private func model(_ name: String) throws -> SentenceTransformer { try SentenceTransformer(path: Fixture.path("modules/\(name)")) }

    private func expected(_ name: String) throws -> JSONValue { try #require(try Fixture.json("modules/expected.json")[name]) }

    private func texts(_ name: String) throws -> [String] { try expected(name)["texts"]!.asArray!.map { $0.asString! } }

    private func matrix(_ value: JSONValue?) -> Tensor? {
        guard let rows = value?.asArray?.map({ $0.asArray!.map { Float($0.asNumber!) } }) else { return nil }
        return Tensor(rows.flatMap { $0 }, shape: [rows.count, rows[0].count])
    }

    @Test(arguments: names) func embeddingsAreThoseOfTheReference(name: String) throws {
        let model = try model(name), expected = try expected(name), texts = try texts(name)
        let ways: [(String, () throws -> Tensor)] = [
            ("embeddings", { try model.encode(texts) }), ("queries", { try model.encodeQuery(texts, options: .init(batchSize: 2)) }),
            ("documents", { try model.encodeDocument(texts) }),
        ]
        for (key, encode) in ways {
            if let wanted = matrix(expected[key]) {
                let difference = try largestDifference(encode(), wanted)
                #expect(difference < 1e-5, "\(name) \(key): \(difference)")
            } else {
                #expect(throws: ModelError.self) { try encode() }
            }
        }
    }

    @Test(arguments: names) func parametersHaveTheNamesOfTheReferenceAndComeOnce(name: String) throws {
        let model = try model(name)
        let names = model.parameters.map(\.name)
        #expect(Set(names) == Set(try expected(name)["parameters"]!.asArray!.map { $0.asString! }) && Set(names).count == names.count)
        #expect(Set(model.parameters.map { ObjectIdentifier($0.tensor) }).count == names.count)
        #expect(try model.storedParameters.count == names.count)
    }

    @Test(arguments: names) func aSavedFolderGivesTheSameBitsAndHoldsEveryParameter(name: String) throws {
        let folder = TemporaryFolder()
        let model = try model(name), texts = try texts(name)
        try model.save(to: folder("saved"))
        let again = try SentenceTransformer(path: folder("saved"))
        #expect(try haveSameBits(again.encodeQuery(texts), model.encodeQuery(texts)))
        #expect(try haveSameBits(again.encodeDocument(texts), model.encodeDocument(texts)))
        #expect(again.prompts == model.prompts && again.maxSequenceLength == model.maxSequenceLength)
        #expect(again.similarityFunction == model.similarityFunction && again.truncateDim == model.truncateDim)
        #expect(again.modules.map(\.type) == model.modules.map(\.type) && again.parameters.map(\.name) == model.parameters.map(\.name))
        for parameter in try model.storedParameters {
            let file = try SafeTensorsFile(path: folder("saved/" + parameter.file))
            #expect(try file.floats(of: parameter.name) == parameter.tensor.floatArray(), "\(parameter.file) \(parameter.name)")
        }
    }

    @Test(arguments: names) func gradientsReachEveryParameterOfTheRoutesTaken(name: String) throws {
        let model = try model(name), texts = try texts(name)
        model.isTraining = true
        for task in ["query", "document"] {
            let embeddings = try model.embeddings(texts, task: task)
            try embeddings.backward(Tensor((0..<embeddings.count).map { Float($0 % 3) - 1 }, shape: embeddings.shape))
        }
        // The default route of the inner router is taken by neither task.
        for parameter in model.parameters where !parameter.name.contains("other") { #expect(parameter.tensor.grad != nil, "\(parameter.name)") }
    }

    @Test func aPromptIsLeftOutOfPoolingAndTokenEmbeddingsAreThoseOfTheReference() throws {
        let model = try model("layers"), expected = try expected("layers"), texts = try texts("layers")
        #expect(try largestDifference(model.encode(texts, options: .init(prompt: "the ")), matrix(expected["prompted"])!) < 1e-5)
        let tokens = try model.encodeTokens(Array(texts.prefix(2)), options: .init(promptName: "query"))
        let wanted = try #require(expected["tokens"]?.asArray).map { matrix($0)! }
        for (a, b) in zip(tokens, wanted) { #expect(largestDifference(a, b) < 1e-5) }
    }

    @Test func embeddingsOfEachLayerAreThoseOfTheReference() throws {
        let model = try model("first"), texts = try texts("first")
        let wanted = try #require(expected("first")["layers"]?.asArray).map { matrix($0)! }
        let layers = try model.layerEmbeddings(TextInput(texts, prompt: "the "))
        #expect(layers.count == 4 && wanted.count == 4)
        for (a, b) in zip(layers, wanted) { #expect(largestDifference(a, b) < 1e-5) }
        #expect(throws: ModelError.self) { try self.model("static").layerEmbeddings(TextInput(texts)) }
    }

    @Test func emptyTextsAndEmptyListsHaveEmbeddings() throws {
        for name in Self.names where name != "shared" {
            let model = try model(name)
            #expect(try model.encode([]).shape == [0, model.embeddingDimension])
            #expect(try model.encode([""]).shape == [1, model.embeddingDimension])
        }
    }

    @Test func activationsOfDenseAreThoseOfTheReference() throws {
        let fixture = try Fixture.json("modules/activations.json")
        let values = try #require(matrix(fixture["values"]))
        let outputs = try #require(fixture["outputs"]?.asObject)
        #expect(outputs.count == DenseActivation.allCases.count)
        for (path, wanted) in outputs {
            let activation = try #require(DenseActivation(path: path), "\(path)")
            #expect(activation.path == path)
            let dense = try Dense(inputs: 8, outputs: 8, hasBias: false, activation: activation)
            for row in 0..<8 { for column in 0..<8 { dense.linear.weight.floats[row * 8 + column] = row == column ? 1 : 0 } }
            var features = ModuleFeatures(TextInput([]))
            features.sentenceEmbedding = values
            try dense.forward(&features)
            #expect(largestDifference(features.sentenceEmbedding!, matrix(wanted)!) < 2e-6, "\(path)")
        }
    }

    @Test func modulesThatDoNotFitAreRefused() throws {
        let body = try TransformerModule(path: Fixture.path("modules/first"))
        func message(_ modules: [any Module]) -> String {
            do {
                _ = try SentenceTransformer(modules: modules)
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(message([]).contains("at least one module"))
        #expect(message([Pooling(width: 12)]).contains("does not read texts"))
        #expect(message([body]).contains("put a Pooling module behind"))
        #expect(message([body, Pooling(width: 13)]).contains("""
            module 2: Pooling reads token_embeddings of 13 elements, the modules before it give 12
            """))
        #expect(message([body, try Dense(inputs: 12, outputs: 3)]).contains("no module before it makes"))
        #expect(message([body, Pooling(width: 12), try Dense(inputs: 12, outputs: 3)]) == "")
        let router = try Router(routes: [.init("query", [body, Pooling(width: 12)])], allowsEmptyKey: false)
        #expect(throws: ModelError.self) { try SentenceTransformer(modules: [router]).encode(["a"]) }
        #expect(throws: ModelError.self) { try SentenceTransformer(modules: [router]).encodeDocument(["a"]) }
        #expect(throws: ModelError.self) { try Router(routes: []) }
        #expect(throws: ModelError.self) { try Router(routes: [.init("query", [body])], defaultRoute: "document") }
    }

    @Test(arguments: ["WordEmbeddings", "BoW", "CNN", "LSTM", "CLIPModel"]) func modulesOfOtherKindsAreRefusedByName(name: String) throws {
        let folder = TemporaryFolder()
        let entry: JSONValue = ["idx": 0, "name": "0", "path": "", "type": .string("sentence_transformers.models.\(name)")]
        try AtomicFile.write(JSONValue.array([entry]).serialized(), to: folder("modules.json"))
        do {
            _ = try SentenceTransformer(path: folder.path)
            Issue.record("a folder with \(name) was loaded")
        } catch {
            #expect("\(error)".contains("\"\(name)\"") && "\(error)".contains("supported are Transformer"))
        }
    }

    @Test func aWeightedLayerPoolingTurnsTheLayersOfItsTransformerOn() throws {
        let body = try TransformerModule(path: Fixture.path("modules/first"))
        let model = try SentenceTransformer(modules: [body, WeightedLayerPooling(dimension: 12, layerCount: 3, firstLayer: 3), Pooling(width: 12)])
        let plain = try SentenceTransformer(modules: [TransformerModule(path: Fixture.path("modules/first")), Pooling(width: 12)])
        #expect(body.outputsAllLayers)
        #expect(try largestDifference(model.encode(["the cat"]), plain.encode(["the cat"])) < 1e-6)
    }

    @Test func aRouteCanPoolTheLayersOfItsTransformer() throws {
        let body = try TransformerModule(path: Fixture.path("modules/first"))
        let weighted = try WeightedLayerPooling(dimension: 12, layerCount: 3, firstLayer: 1)
        let model = try SentenceTransformer(modules: [Router(routes: [.init("query", [body, weighted])]), Pooling(width: 12)])
        let layers = try model.layerEmbeddings(TextInput(["the cat"], task: "query"))
        #expect(body.outputsAllLayers && layers.count == 4)
        let text = TextInput(["the cat"])
        let states = try SentenceTransformer(modules: [TransformerModule(path: Fixture.path("modules/first")),
            Pooling(width: 12)]).layerEmbeddings(text)
        let mean = try states[1].adding(states[2]).adding(states[3]).dividing(by: 3)
        #expect(try largestDifference(model.encode(["the cat"]), mean) < 1e-6)
    }

    @Test func distillationGivesAVectorForEachToken() throws {
        let path = Fixture.path("modules/first")
        let plain = try StaticEmbedding.distilled(from: path, options: .init(dimension: nil, frequencyCoefficient: nil, removedTokens: "##"))
        let tokenizer = try #require(plain.tokenizer)
        #expect(plain.table.shape == [tokenizer.vocabularySize, 12])
        // A token between the last and the first special token.
        let body = try TransformerModule(path: path)
        let cat = try #require(tokenizer.id(of: "cat")), removed = try #require(tokenizer.id(of: "##a"))
        let states = try body.transformer.hiddenStates(PackedBatch([([tokenizer.sepId!, cat, tokenizer.clsId!], [0, 0, 0])]))
        #expect(try largestDifference(plain.table.select(dim: 0, index: Int(cat)), states.mean(dim: 0)) < 1e-6)
        #expect(plain.table.floatArray()[Int(removed) * 12 ..< Int(removed) * 12 + 12].allSatisfy { $0 == 0 })
        let reduced = try StaticEmbedding.distilled(from: path, options: .init(dimension: 5))
        #expect(reduced.table.shape[1] == 5 && reduced.table.floatArray().allSatisfy(\.isFinite))
        #expect(throws: ModelError.self) { try StaticEmbedding.distilled(from: path, options: .init(frequencyCoefficient: 2)) }
        #expect(throws: ModelError.self) { try StaticEmbedding.distilled(from: path, options: .init(removedTokens: "")) }
    }
}
