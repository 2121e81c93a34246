import Encoders
import Files
import JSON
import SafeTensors
import Tensors
import Testing
import TestSupport
import Tokenizers

/// MPNet, with its attention by relative position, against what the reference computes; see `make_mpnet_fixtures.py`. One
/// text is long enough for the farthest distances.
struct MPNetTests {
    private func expected() throws -> JSONValue { try Fixture.json("mpnet/expected.json") }
    private func texts() throws -> [String] { try expected()["texts"]!.asArray!.map { $0.asString! } }
    private func model() throws -> SentenceTransformer { try SentenceTransformer(path: Fixture.path("mpnet/sentence-transformer")) }
    private func body() throws -> Transformer { try Transformer(folder: Fixture.path("mpnet/sentence-transformer")) }

    private func matrix(_ value: JSONValue?) throws -> Tensor {
        let rows = try #require(value?.asArray).map { $0.asArray!.map { Float($0.asNumber!) } }
        return Tensor(rows.flatMap { $0 }, shape: [rows.count, rows[0].count])
    }

    @Test func embeddingsAndHiddenStatesAreThoseOfTheReference() throws {
        let fixture = try TensorFixture("mpnet/expected.safetensors"), model = try model(), texts = try texts()
        #expect(try largestDifference(body().hiddenStates(packedBatch(fixture)), fixture.floats("hidden")) < 1e-5)
        #expect(try largestDifference(model.encode(texts), matrix(expected()["embeddings"])) < 1e-5)
        #expect(try largestDifference(model.encode(texts, options: .init(batchSize: 1)), matrix(expected()["embeddings"])) < 1e-5)
        #expect(model.maxSequenceLength == 174)
        #expect(try model.parameters.map(\.name).sorted() == expected()["parameters"]!.asArray!.map { $0.asString! }.sorted())
    }

    @Test func bucketsOfDistancesAreThoseOfTheReference() throws {
        let fixture = try TensorFixture("mpnet/expected.safetensors")
        let wanted = try zip(fixture.integers("distances"), fixture.integers("buckets"))
        for (distance, bucket) in wanted { #expect(RelativePositionBias.bucket(distance) == bucket, "\(distance)") }
    }

    @Test(arguments: [false, true]) func gradientsAreThoseOfTheReference(checkpointing: Bool) throws {
        let fixture = try TensorFixture("mpnet/expected.safetensors"), body = try body()
        body.usesGradientCheckpointing = checkpointing
        try body.hiddenStates(packedBatch(fixture)).backward(fixture.floats("factors"))
        for parameter in body.parameters {
            let difference = try relativeDifference(#require(parameter.tensor.grad), fixture.floats("gradient." + parameter.name))
            #expect(difference < 1e-4, "\(parameter.name): \(difference)")
        }
    }

    /// Of first tokens alone, with dropout, and where nothing but the table of distances is trained.
    @Test(arguments: [false, true]) func theTableOfDistancesHasTheGradientOfFiniteDifferences(isAlone: Bool) throws {
        let body = try body(), batch = try packedBatch(TensorFixture("mpnet/expected.safetensors"))
        let table = try #require(body.relativeBias).weight
        if isAlone { for parameter in body.parameters where parameter.tensor !== table { parameter.tensor.requiresGrad = false } }
        body.isTraining = true
        let state = Generator.shared.state
        func states() throws -> Tensor {
            Generator.shared.state = state
            return try body.firstHiddenStates(batch)
        }
        let factors = Tensor((0..<batch.sequenceCount * 12).map { Float(($0 * 7) % 11 - 5) / 5 }, shape: [batch.sequenceCount, 12])
        func value() throws -> Double {
            let states = try GradientTape.noGrad { try states() }
            return zip(states.floatArray(), factors.floatArray()).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        try states().backward(factors)
        let gradient = try #require(table.grad)
        let scale = gradient.floatArray().reduce(0) { max($0, abs($1)) }
        for index in 0..<table.count {
            let before = table.floats[index], step: Float = 4e-3
            table.floats[index] = before + step
            let above = try value()
            table.floats[index] = before - step
            let below = try value()
            table.floats[index] = before
            let wanted = Float((above - below) / Double(2 * step))
            #expect(abs(gradient.floats[index] - wanted) < 0.02 * max(scale, 0.5), "[\(index)]: \(gradient.floats[index]) against \(wanted)")
        }
        if isAlone { #expect(body.parameters.allSatisfy { ($0.tensor.grad != nil) == ($0.tensor === table) }) }
    }

    @Test func pairsAreJoinedAndScoredAsInTheReference() throws {
        let model = try CrossEncoder(path: Fixture.path("mpnet/cross-encoder")), expected = try expected()
        let pairs = expected["pairs"]!.asArray!.map { TextPair($0.asArray![0].asString!, $0.asArray![1].asString!) }
        #expect(try model.tokenizer.encode(pairs[0].first, pair: pairs[0].second).ids.map(Int.init) == expected["ids"]!.asArray!.map { $0.asInteger! })
        let scores = Tensor(expected["scores"]!.asArray!.map { Float($0.asNumber!) }, shape: [pairs.count])
        #expect(try largestDifference(model.predict(pairs, options: .init(activation: .identity)).reshape([pairs.count]), scores) < 1e-5)
    }

    @Test func aSavedFolderGivesTheSameBits() throws {
        let folder = TemporaryFolder(), model = try model(), texts = try texts()
        try model.save(to: folder("saved"))
        #expect(try haveSameBits(SentenceTransformer(path: folder("saved")).encode(texts), model.encode(texts)))
        let file = try SafeTensorsFile(path: folder("saved/model.safetensors"))
        #expect(Set(file.names) == Set(try SafeTensorsFile(path: Fixture.path("mpnet/sentence-transformer/model.safetensors")).names))
        let config = try JSONValue.parse(contentsOfFile: folder("saved/config.json"))
        #expect(config["architectures"] == ["MPNetModel"] && config["relative_attention_num_buckets"] == 32)
    }

    @Test func aVocabularyWithoutTokenizerFileIsReadWithItsOwnSpecialTokens() throws {
        let folder = TemporaryFolder(), source = Fixture.path("mpnet/sentence-transformer")
        let vocabulary = try JSONValue.parse(contentsOfFile: Path.join(source, "tokenizer.json"))["model"]!["vocab"]!.asObject!
        let words = vocabulary.sorted { $0.1.asInteger! < $1.1.asInteger! }.map(\.0)
        try AtomicFile.write(words.joined(separator: "\n") + "\n", to: folder("vocab.txt"))
        try AtomicFile.write(FileContents.read(Path.join(source, "tokenizer_config.json")), to: folder("tokenizer_config.json"))
        let own = try Tokenizer(folder: folder.path), whole = try Tokenizer(folder: source)
        for text in try texts() {
            #expect(try own.encode(text, pair: "The Cat").ids == whole.encode(text, pair: "The Cat").ids)
        }
    }

    @Test func adaptersTakeItsLayersAndAllBiasesMeanTheTableToo() throws {
        let model = try model(), adapters = try #require(model.adapters)
        #expect(throws: ModelError("""
            target_modules is required for a mpnet model; name linear layers, such as { "q", "v" }, or "all-linear"
            """)) { try adapters.add(AdapterConfiguration()) }
        var configuration = AdapterConfiguration()
        configuration.targets = .names(["q", "o"])
        configuration.bias = .all
        configuration.initialization = .random
        try adapters.add(configuration)
        let folder = TemporaryFolder(), texts = try texts()
        let table = try #require(model.transformer?.relativeBias).weight
        #expect(table.requiresGrad && model.parameters.filter { $0.name.contains("lora_A") }.count == 4)
        try GradientTape.noGrad { try table.copyInPlace(table.multiplying(0.5)) }
        try model.save(to: folder("saved"))
        let again = try SentenceTransformer(path: folder("saved"))
        #expect(try haveSameBits(again.encode(texts), model.encode(texts)))
    }

    @Test func tooFewBucketsAreRefused() throws {
        let folder = TemporaryFolder()
        var json = try #require(Fixture.json("mpnet/sentence-transformer/config.json").asObject)
        json["relative_attention_num_buckets"] = 8
        try AtomicFile.write(JSONValue.object(json).serialized(), to: folder("config.json"))
        #expect(throws: ModelError("\(folder("config.json")): relative_attention_num_buckets 8 is not supported; distances fall into 32")) {
            try TransformerConfiguration(folder: folder.path)
        }
    }
}
