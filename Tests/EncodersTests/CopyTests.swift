import Encoders
import Files
import Glibc
import Tensors
import TestSupport
import Testing

/// Copies of models are made in memory.
@Suite struct CopyTests {
    private let texts = ["the cat", "a dog sat on the mat", "rivers"]

    @Test(arguments: ["sentence-transformer", "modules/router", "mpnet/sentence-transformer"]) func aCopyGivesTheSameBitsAndHasItsOwnWeights(name: String) throws {
        let model = try SentenceTransformer(path: Fixture.path(name))
        let before = try model.encodeDocument(texts).floatArray()
        let copy = try #require(model.makeCopy() as? SentenceTransformer)
        #expect(try copy.encodeDocument(texts).floatArray() == before)
        #expect(copy.parameters.map(\.name) == model.parameters.map(\.name))
        try GradientTape.noGrad { for parameter in model.parameters { try parameter.tensor.fillInPlace(0.5) } }
        #expect(try copy.encodeDocument(texts).floatArray() == before)
    }

    /// Neither a folder that can be written nor the model's own is needed, and the generator of the script stands where it stood.
    @Test func aCopyNeedsNoFolder() throws {
        let folder = TemporaryFolder()
        let model = try SentenceTransformer(path: Fixture.path("sentence-transformer"))
        try model.save(to: folder("model"))
        let loaded = try SentenceTransformer(path: folder("model"))
        let dense = try Dense(inputs: loaded.embeddingDimension, outputs: 5, generator: Generator(seed: 3))
        let deep = try SentenceTransformer(modules: loaded.modules + [dense, Normalize()])
        try Folder.remove(folder("model"))
        let stream = Generator.shared.state.stream
        let copy = try #require(deep.makeCopy() as? SentenceTransformer)
        #expect(Generator.shared.state.stream == stream)
        #expect(try copy.encode(texts).floatArray() == deep.encode(texts).floatArray())
    }
}
