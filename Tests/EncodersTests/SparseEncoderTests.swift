import Encoders
import Files
import JSON
import Tensors
import Testing
import TestSupport

struct SparseEncoderTests {
    private static let names = ["bert-max", "bert-sum", "distilbert", "roberta"]

    private func expected(_ name: String) throws -> JSONValue { try #require(Fixture.json("sparse/expected.json")[name]) }

    private var texts: [String] {
        get throws { try expected("texts").asArray!.map { $0.asString! } }
    }

    private func matrix(_ value: JSONValue?) throws -> Tensor {
        let rows = try #require(value?.asArray).map { $0.asArray!.map { Float($0.asNumber!) } }
        return Tensor(rows.flatMap { $0 }, shape: [rows.count, rows[0].count])
    }

    private func model(_ name: String) throws -> SparseEncoder { try SparseEncoder(path: Fixture.path("sparse/" + name)) }

    @Test(arguments: names + ["router", "csr"]) func embeddingsAreThoseOfTheReference(_ name: String) throws {
        let model = try model(name), texts = try texts, wanted = try expected(name)
        #expect(!model.isHeadNew && model.notes.isEmpty)
        let documents = try model.encodeDocument(texts), queries = try model.encodeQuery(texts)
        #expect(try largestDifference(documents.dense(), matrix(wanted["document"])) < 1e-5)
        #expect(try largestDifference(queries.dense(), matrix(wanted["query"])) < 1e-5)
        let few = try model.encodeDocument(texts, options: .init(batchSize: 2, maxActiveDims: 3))
        #expect(try largestDifference(few.dense(), matrix(wanted["few"])) < 1e-5)
        #expect(try largestDifference(model.similarity(queries, documents), matrix(wanted["similarity"])) < 2e-4)
        #expect(try largestDifference(SparseEncoder.intersection(queries[0..<1], documents).dense(), matrix(wanted["intersection"])) < 1e-4)
        let sparsity = wanted["sparsity"]!.asArray!.map { $0.asNumber! }
        #expect(abs(documents.sparsity.activeDims - sparsity[0]) < 1e-5 && abs(documents.sparsity.sparsityRatio - sparsity[1]) < 1e-6)
        for (row, wantedRow) in zip(try model.decode(documents, topK: 4), wanted["decoded"]!.asArray!) {
            #expect(row.map(\.token) == wantedRow.asArray!.map { $0.asArray![0].asString! })
        }
        #expect(try model.encode([]).rowCount == 0)
    }

    /// The reference's parameters under their names in this model, and their gradients.
    private func checkGradients(_ model: SparseEncoder, prefix: String) throws {
        let fixture = try TensorFixture("sparse/gradients.safetensors")
        let names = fixture.file.names.filter { $0.hasPrefix(prefix) }
        let largest = try names.reduce(Float(0)) { try fixture.floats($1).floatArray().reduce($0) { max($0, abs($1)) } }
        var count = 0
        for parameter in model.parameters {
            let name = prefix + String(parameter.name.dropFirst("0.model.".count))
            let wanted = try fixture.floats(name), found = try #require(parameter.tensor.grad, "\(name)")
            // The gradient of a key bias is zero but for rounding, which follows the size of the others.
            let scale = max(wanted.floatArray().reduce(Float(0)) { max($0, abs($1)) }, 1e-3 * largest)
            #expect(largestDifference(found, wanted) < 1e-4 * scale, "\(name)")
            count += 1
        }
        #expect(count == names.count)
    }

    @Test(arguments: names) func gradientsAreThoseOfTheReference(_ name: String) throws {
        let model = try model(name)
        model.isTraining = true
        let embeddings = try model.embeddings(texts)
        let last = Float(embeddings.count - 1)
        try embeddings.backward(Tensor((0..<embeddings.count).map { -1 + 2 * Float($0) / last }, shape: embeddings.shape))
        try checkGradients(model, prefix: name + ".")
    }

    @Test(arguments: names) func theLossOfMaskedWordsIsThatOfTheReference(_ name: String) throws {
        let model = try model(name), wanted = try #require(expected(name)["mlm"])
        func numbers(_ key: String) -> [[Int32]] { wanted[key]!.asArray!.map { $0.asArray!.map { Int32($0.asInteger!) } } }
        let module = try #require(model.modules[0] as? TransformerModule)
        let ids = numbers("ids"), labels = numbers("labels").flatMap { $0 }
        let hidden = try module.transformer.hiddenStates(PackedBatch(ids.map { ($0, [Int32](repeating: 0, count: $0.count)) }))
        let rows = labels.indices.filter { labels[$0] >= 0 }
        let loss = try #require(module.head).crossEntropy(hidden.indexSelect(dim: 0, indices: rows), targets: rows.map { labels[$0] })
        #expect(abs(loss.floats[0] - Float(wanted["loss"]!.asNumber!)) < 1e-5 * loss.floats[0])
        try loss.backward()
        try checkGradients(model, prefix: "mlm." + name + ".")
    }

    @Test(arguments: names + ["router", "csr"]) func aSavedFolderGivesTheSameBits(_ name: String) throws {
        let folder = TemporaryFolder()
        let model = try model(name), texts = try texts
        try model.save(to: folder("saved"))
        let again = try SparseEncoder(path: folder("saved"))
        #expect(try haveSameBits(again.encodeDocument(texts).dense(), model.encodeDocument(texts).dense()))
        #expect(try haveSameBits(again.encodeQuery(texts).dense(), model.encodeQuery(texts).dense()))
        #expect(again.similarityFunction == model.similarityFunction && again.prompts == model.prompts)
    }

    @Test func aFolderWithoutAHeadGetsAFreshTiedOne() throws {
        let path = Fixture.path("sentence-transformer")
        let model = try SparseEncoder(path: path, generator: Generator(seed: 3))
        let again = try SparseEncoder(path: path, generator: Generator(seed: 3))
        #expect(model.isHeadNew && model.notes.count == 2)
        let head = try #require((model.modules[0] as? TransformerModule)?.head)
        #expect(head.isTied && head.decoder === model.transformer?.embeddings.words && head.bias.floatArray().allSatisfy { $0 == 0 })
        #expect(try haveSameBits(model.encode(["cat"]).dense(), again.encode(["cat"]).dense()))
        // It is new until it has learnt to guess a word.
        let hidden = try #require(model.transformer).hiddenStates(PackedBatch([([2, 7, 3], [0, 0, 0])]))
        try head.crossEntropy(hidden.indexSelect(dim: 0, indices: [1]), targets: [7]).backward()
        #expect(!model.isHeadNew)
    }
}
