import Encoders
import Files
import Tensors
import Testing
import TestSupport

struct CrossEncoderTests {
    private func numbers(_ key: String) throws -> [Float] {
        return try #require(Fixture.json("scores.json")[key]?.asArray).flatMap { row in
            row.asArray.map { $0.map { Float($0.asNumber!) } } ?? [Float(row.asNumber!)]
        }
    }

    private var pairs: [TextPair] {
        get throws {
            try Fixture.json("scores.json")["pairs"]!.asArray!.map { TextPair($0.asArray![0].asString!, $0.asArray![1].asString!) }
        }
    }

    private func model(_ options: CrossEncoderOptions = .init()) throws -> CrossEncoder {
        try CrossEncoder(path: Fixture.path("cross-encoder"), options: options)
    }

    private func isClose(_ tensor: Tensor, _ expected: [Float], _ tolerance: Float = 1e-5) -> Bool {
        tensor.count == expected.count && zip(tensor.floatArray(), expected).allSatisfy { abs($0 - $1) < tolerance }
    }

    @Test func settingsAreThoseOfTheFolder() throws {
        let three = try model()
        #expect(three.numLabels == 3 && three.activation == .identity && three.maxLength == 32 && !three.isHeadNew && three.notes.isEmpty)
        #expect(three.prompts["query"] == "query: ")
        let one = try CrossEncoder(path: Fixture.path("ranker"))
        #expect(one.numLabels == 1 && one.activation == .sigmoid && one.maxLength == 40)
    }

    @Test func scoresAreThoseOfTheReference() throws {
        let model = try model(), pairs = try pairs
        #expect(try isClose(model.predict(pairs), numbers("logits")))
        #expect(try isClose(model.predict(pairs, options: .init(batchSize: 2)), numbers("logits")))
        #expect(try isClose(model.predict(pairs, options: .init(applySoftmax: true)), numbers("softmax")))
        #expect(try isClose(model.predict(pairs, options: .init(activation: .sigmoid)), numbers("sigmoid")))
        #expect(try isClose(model.predict(pairs, options: .init(promptName: "query")), numbers("prompted")))
        #expect(try model.predict([]).shape == [0, 3])
        let ranker = try CrossEncoder(path: Fixture.path("ranker"))
        #expect(try ranker.predict(pairs).shape == [5])
        #expect(try isClose(ranker.predict(pairs), numbers("scores")))
    }

    @Test func ranksAreThoseOfTheReference() throws {
        let ranker = try CrossEncoder(path: Fixture.path("ranker"))
        let documents = try pairs.map(\.second)
        let ranks = try ranker.rank(query: "the red dog", documents: documents, options: .init(topK: 3, returnDocuments: true))
        let expected = try Fixture.json("scores.json")["ranks"]!.asArray!.map { ($0.asArray![0].asInteger!, Float($0.asArray![1].asNumber!)) }
        #expect(ranks.map(\.corpusId) == expected.map(\.0))
        for (rank, (id, score)) in zip(ranks, expected) {
            #expect(abs(rank.score - score) < 1e-5)
            #expect(rank.text == documents[id])
        }
        #expect(throws: ModelError.self) { try model().rank(query: "a", documents: ["b"]) }
    }

    @Test func logitsAndGradientsAreThoseOfTheReference() throws {
        let fixture = try TensorFixture("cross-encoder.safetensors")
        let model = try model()
        let logits = try model.logits(packedBatch(fixture))
        #expect(try largestDifference(logits, fixture.floats("logits")) < 1e-5)
        #expect(try largestDifference(model.logits(pairs), fixture.floats("logits")) < 1e-5)
        try logits.backward(fixture.floats("factors"))
        for parameter in model.parameters {
            let grad = try #require(parameter.tensor.grad, "\(parameter.name)")
            #expect(try relativeDifference(grad, fixture.floats("gradient." + parameter.name)) < 1e-4, "\(parameter.name)")
        }
    }

    @Test func dropoutMovesLogitsAroundTheirValueAndKeepsTheMode() throws {
        let model = try model(), pairs = try pairs
        let still = try model.logits(pairs)
        model.isTraining = true
        #expect(try !haveSameBits(model.logits(pairs), model.logits(pairs)))
        #expect(try largestDifference(model.predict(pairs), still) < 1e-6, "predict is without dropout")
        #expect(model.isTraining)
    }

    @Test func aSavedFolderGivesTheSameBitsAndSettings() throws {
        let folder = TemporaryFolder()
        let model = try model(), pairs = try pairs
        model.activation = .sigmoid
        try model.setMaxLength(20)
        try model.save(to: folder("saved"))
        let again = try CrossEncoder(path: folder("saved"))
        #expect(try haveSameBits(again.predict(pairs), model.predict(pairs)))
        #expect(again.maxLength == 20 && again.activation == .sigmoid && again.numLabels == 3 && again.prompts == model.prompts)
        try again.save(to: folder("saved"))
        #expect(try haveSameBits(CrossEncoder(path: folder("saved")).predict(pairs), model.predict(pairs)), "saving over the mapped folder")
    }

    @Test func trainingTheWeightsLeavesTheFileAlone() throws {
        let before = try FileContents.read(Fixture.path("ranker/model.safetensors"))
        let ranker = try CrossEncoder(path: Fixture.path("ranker"))
        for parameter in ranker.parameters { parameter.tensor.floats.update(repeating: 0, count: parameter.tensor.count) }
        #expect(try FileContents.read(Fixture.path("ranker/model.safetensors")) == before)
    }

    @Test func aBodyWithoutHeadGetsAFreshOneFromTheSeed() throws {
        let path = Fixture.path("sentence-transformer")
        let a = try CrossEncoder(path: path, options: .init(seed: 7)), b = try CrossEncoder(path: path, options: .init(seed: 7))
        let c = try CrossEncoder(path: path, options: .init(numLabels: 2, seed: 8))
        #expect(a.isHeadNew && a.numLabels == 1 && a.notes.count == 1 && a.maxLength == 16)
        #expect(haveSameBits(a.head.classifier.weight, b.head.classifier.weight))
        #expect(c.numLabels == 2 && c.head.classifier.weight.shape == [2, 24])
        let deviation = a.head.classifier.weight.floatArray().reduce(0) { $0 + $1 * $1 } / 24
        #expect(deviation > 1e-4 && deviation < 1e-3, "variance about 0.02 squared")
        #expect(a.prompts["query"] == nil, "prompts of another kind of model do not carry over")
    }

    @Test func aHeadOfAnotherSizeIsAnError() {
        #expect { try model(.init(numLabels: 1)) } throws: { "\($0)".contains("classifier.weight") && "\($0)".contains("num_labels 1") }
    }

    @Test func tooGreatALengthIsAnError() {
        #expect { try model(.init(maxLength: 41)) } throws: { "\($0)".contains("max_length 41") && "\($0)".contains("40") }
    }
}
