import Encoders
import Files
import Tensors
import Testing
import TestSupport

struct SentenceTransformerTests {
    private func model(_ options: SentenceTransformerOptions = .init()) throws -> SentenceTransformer {
        try SentenceTransformer(path: Fixture.path("sentence-transformer"), options: options)
    }

    private func matrix(_ key: String) throws -> Tensor {
        let rows = try #require(Fixture.json("embeddings.json")[key]?.asArray).map { $0.asArray!.map { Float($0.asNumber!) } }
        return Tensor(rows.flatMap { $0 }, shape: [rows.count, rows[0].count])
    }

    private var texts: [String] {
        get throws { try Fixture.json("embeddings.json")["texts"]!.asArray!.map { $0.asString! } }
    }

    @Test func embeddingsAreThoseOfTheReference() throws {
        let model = try model(), texts = try texts
        #expect(model.embeddingDimension == 8 && model.maxSequenceLength == 16 && model.notes.isEmpty)
        #expect(try largestDifference(model.encode(texts), matrix("embeddings")) < 1e-5)
        #expect(try largestDifference(model.encode(texts, options: .init(batchSize: 2)), matrix("embeddings")) < 1e-5)
        #expect(try largestDifference(model.encodeQuery(texts), matrix("queries")) < 1e-5)
        #expect(try largestDifference(model.encodeDocument(texts), matrix("embeddings")) < 1e-5)
        #expect(try largestDifference(model.encode(texts, options: .init(normalizeEmbeddings: true, truncateDim: 5)), matrix("truncated")) < 1e-5)
        #expect(try largestDifference(model.similarity(model.encode(texts), model.encode(texts)), matrix("similarity")) < 1e-5)
        #expect(try model.encode([]).shape == [0, 8])
    }

    @Test func rowsOfManyBatchesComeInTheOrderGiven() throws {
        let model = try model(), texts = try texts, expected = try matrix("embeddings")
        let copies = LengthBatches.leastLength * 3 / texts.reduce(0) { $0 + $1.utf8.count }
        var batches = 0
        let many = try model.encode((0..<copies).flatMap { _ in texts }, options: .init(batchSize: 2, onBatch: { _, _ in batches += 1 }))
        #expect(batches > 2)
        for copy in 0..<copies {
            let part = try many.narrow(dim: 0, start: copy * texts.count, length: texts.count)
            #expect(try largestDifference(part.contiguous(), expected) < 1e-5)
        }
    }

    @Test func aSavedFolderGivesTheSameBitsAndSettings() throws {
        let folder = TemporaryFolder()
        let model = try model(.init(truncateDim: 6)), texts = try texts
        try model.save(to: folder("saved"))
        let again = try SentenceTransformer(path: folder("saved"))
        #expect(try haveSameBits(again.encodeQuery(texts), model.encodeQuery(texts)))
        #expect(again.embeddingDimension == 6 && again.prompts == model.prompts && again.maxSequenceLength == 16)
    }

    @Test func gradientsReachEveryParameter() throws {
        let model = try model()
        model.isTraining = true
        let embeddings = try model.embeddings(texts)
        try embeddings.backward(Tensor((0..<embeddings.count).map { Float($0 % 3) - 1 }, shape: embeddings.shape))
        #expect(model.parameters.count == 39)
        for parameter in model.parameters { #expect(parameter.tensor.grad != nil, "\(parameter.name)") }
    }

    @Test func aFolderWithoutModulesIsPooledByTheMean() throws {
        let folder = TemporaryFolder()
        for name in ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"] {
            try AtomicFile.write(FileContents.read(Fixture.path("sentence-transformer/" + name)), to: folder(name))
        }
        let bare = try SentenceTransformer(path: folder.path)
        #expect((bare.modules[1] as? Pooling)?.modes == [.mean] && bare.embeddingDimension == 24)
        #expect(bare.notes.count == 1 && bare.notes[0].contains("mean"))
    }

    @Test(arguments: Pooling.Mode.allCases)
    func poolingIsThatOfTheReference(mode: Pooling.Mode) throws {
        let fixture = try TensorFixture("pooling.safetensors")
        let tokens = try fixture.floats("tokens"), lengths = try fixture.integers("lengths")
        let offsets = lengths.reduce(into: [0]) { $0.append($0.last! + $1) }
        let pooled = Pooling(modes: [mode], width: 6)(tokens, offsets: offsets)
        #expect(try largestDifference(pooled, fixture.floats(mode.rawValue)) < 1e-6)
        // The second sequence is all prompt, which the reference's fixture leaves out.
        let prompted = Pooling(modes: [mode], width: 6, includesPrompt: false)(tokens, offsets: offsets, promptLength: 2).floatArray()
        let expected = try fixture.floats("prompted." + mode.rawValue).floatArray()
        let kept = Array(prompted[0..<6] + prompted[12..<18])
        #expect(zip(kept, expected).allSatisfy { abs($0 - $1) < 1e-6 })
    }

    @Test(arguments: Pooling.Mode.allCases)
    func gradientsOfPoolingAreThoseOfFiniteDifferences(mode: Pooling.Mode) throws {
        let tokens = try TensorFixture("pooling.safetensors").floats("tokens")
        let pooling = Pooling(modes: [.mean, mode], width: 6, includesPrompt: false)
        let offsets = [0, 4, 5, 12]
        let factors = Tensor((0..<36).map { Float($0 % 7) - 3 }, shape: [3, 12])
        func value() -> Float {
            zip(pooling(tokens, offsets: offsets, promptLength: 1).floatArray(), factors.floatArray()).reduce(0) { $0 + $1.0 * $1.1 }
        }
        tokens.requiresGrad = true
        try pooling(tokens, offsets: offsets, promptLength: 1).backward(factors)
        tokens.requiresGrad = false
        for index in 0..<tokens.count {
            let before = tokens.floats[index]
            tokens.floats[index] = before + 1e-3
            let above = value()
            tokens.floats[index] = before - 1e-3
            let below = value()
            tokens.floats[index] = before
            #expect(abs(tokens.grad!.floats[index] - (above - below) / 2e-3) < 0.02)
        }
    }
}
