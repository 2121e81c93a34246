import Encoders
import Files
import Foundation
import Tensors
import Testing

/// all-MiniLM-L6-v2 against numbers that the reference computed with the same weights.
struct RealWeightsTests {
    static let folder = ProcessInfo.processInfo.environment["SENTX_MODEL"] ?? "models/all-MiniLM-L6-v2"
    static let isPresent = FileContents.exists(Path.join(folder, "model.safetensors"))

    private var texts: [String] {
        get throws { try Fixture.json("minilm.json").asArray!.map { $0.asString! } }
    }

    @Test(.enabled(if: isPresent)) func embeddingsOfTwoHundredTextsAreThoseOfTheReference() throws {
        let model = try SentenceTransformer(path: Self.folder)
        let embeddings = try model.encode(texts)
        #expect(embeddings.shape == [200, 384])
        let fixture = try TensorFixture("minilm.safetensors")
        #expect(try largestDifference(embeddings.narrow(dim: 1, start: 0, length: 16).contiguous(), fixture.floats("leading")) < 1e-5)
        let entries: [Float] = (0 ..< 384 * 8).map { index in
            let step = (index / 8 * 7 + index % 8 * 13) % 23
            return Float(step - 11) / 11
        }
        let basis = Tensor(entries, shape: [384, 8])
        #expect(try largestDifference(embeddings.matmul(basis), fixture.floats("projected")) < 3e-5)
    }

    @Test(.enabled(if: isPresent)) func scoresOfTwoHundredPairsAreThoseOfTheReference() throws {
        let model = try CrossEncoder(path: Self.folder, options: .init(numLabels: 1))
        let head = model.head.classifier
        for index in 0..<384 { head.weight.floats[index] = Float((index * 29) % 17 - 8) / 32 }
        head.bias!.floats[0] = 0.125
        let texts = try texts
        let pairs = texts.indices.map { TextPair(texts[$0], texts[($0 * 37 + 11) % texts.count]) }
        let scores = try model.predict(pairs, options: .init(activation: .identity))
        #expect(try largestDifference(scores, TensorFixture("minilm.safetensors").floats("scores")) < 1e-5)
    }
}
