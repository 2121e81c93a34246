import ComputeRuntime
import Encoders
import JSON
import Kernels
import Tensors
import Testing

/// Encoders asked to compute in bfloat16, with every instruction set that the processor has; those without such products keep float32.
@Suite(.serialized)
struct BFloat16Tests {
    static let sets = InstructionSet.allCases.filter { $0 <= .detected }

    /// Whether a distance to float32 is that of bfloat16, or none beyond the order of sums.
    private func isPlausible(_ distance: Float, with set: InstructionSet, scale: Float = 1) -> Bool {
        set < .avx512bf16 ? distance < 1e-5 * scale : distance > 1e-6 * scale && distance < 0.02 * scale
    }

    private var texts: [String] {
        get throws { try #require(Fixture.json("embeddings.json")["texts"]?.asArray).map { $0.asString! } }
    }

    private func model(_ folder: String = "sentence-transformer") throws -> SentenceTransformer {
        try SentenceTransformer(path: Fixture.path(folder))
    }

    private func factors(_ shape: [Int]) -> Tensor {
        let count = shape.reduce(1, *)
        return Tensor((0..<count).map { -1 + 2 * Float($0 * 7 % count) / Float(count - 1) }, shape: shape)
    }

    /// Embeddings, and the gradients of all parameters by name.
    private func run(_ model: SentenceTransformer, _ precision: ComputePrecision) throws -> (Tensor, [String: Tensor]) {
        for parameter in model.parameters { parameter.tensor.grad = nil }
        let embeddings = try ComputePrecision.with(precision) { try model.embeddings(TextInput(texts)) }
        // A backward pass keeps the precision of its forward pass.
        try embeddings.backward(factors(embeddings.shape))
        let pairs = model.parameters.compactMap { parameter in parameter.tensor.grad.map { (parameter.name, $0) } }
        return (embeddings, Dictionary(uniqueKeysWithValues: pairs))
    }

    @Test("embeddings and gradients are near those of float32, on every path", arguments: sets, ["sentence-transformer", "adapter-st"])
    func nearFloat32(set: InstructionSet, folder: String) throws {
        let model = try model(folder)
        if folder == "adapter-st" { try #require(model.adapters).activate(["default"]) }
        let exact = try run(model, .float32), rounded = try InstructionSet.with(set) { try run(model, .bfloat16) }
        let distance = largestDifference(exact.0, rounded.0)
        #expect(isPlausible(distance, with: set), "\(distance)")
        #expect(exact.1.count == rounded.1.count && !exact.1.isEmpty)
        let largest = exact.1.values.flatMap { $0.floatArray() }.reduce(Float(0)) { max($0, abs($1)) }
        for (name, gradient) in exact.1 {
            // Of the whole gradient: single elements of small ones are what large numbers leave when they cancel out.
            let other = try #require(rounded.1[name]).floatArray(), floor = 0.05 * largest * Float(gradient.count).squareRoot()
            let difference = length(zip(other, gradient.floatArray()).map { $0 - $1 })
            #expect(difference < 0.1 * max(length(gradient.floatArray()), floor), "\(name)")
        }
    }

    private func length(_ values: [Float]) -> Float { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }

    @Test("in float32 every path gives the same embeddings and gradients but for the order of sums", arguments: sets)
    func float32(set: InstructionSet) throws {
        let model = try model()
        let portable = try InstructionSet.with(.portable) { try run(model, .float32) }
        let other = try InstructionSet.with(set) { try run(model, .float32) }
        #expect(largestDifference(portable.0, other.0) < 1e-5)
        #expect(portable.1.count == other.1.count)
        for (name, gradient) in portable.1 { #expect(try largestDifference(gradient, #require(other.1[name])) < 1e-4, "\(name)") }
    }

    @Test("the same bits each time, and with layers computed again in the backward pass", arguments: sets)
    func sameBits(set: InstructionSet) throws {
        try InstructionSet.with(set) {
            let model = try model()
            let first = try run(model, .bfloat16), second = try run(model, .bfloat16)
            model.usesGradientCheckpointing = true
            let checkpointed = try run(model, .bfloat16)
            for other in [second, checkpointed] {
                #expect(largestDifference(first.0, other.0) == 0)
                for (name, gradient) in first.1 { #expect(try largestDifference(gradient, #require(other.1[name])) == 0, "\(name)") }
            }
        }
    }

    @Test("frozen weights get no gradient, and those of the others do not depend on them", arguments: sets)
    func frozen(set: InstructionSet) throws {
        try InstructionSet.with(set) {
            let model = try model()
            let all = try run(model, .bfloat16).1
            for (index, parameter) in model.parameters.enumerated() where index % 2 == 0 { parameter.tensor.requiresGrad = false }
            let some = try run(model, .bfloat16).1
            #expect(some.count == all.count / 2)
            for (name, gradient) in some { #expect(try largestDifference(gradient, #require(all[name])) <= 1e-6, "\(name)") }
        }
    }

    @Test("weights that were changed in place are laid out again", arguments: sets)
    func changedWeights(set: InstructionSet) throws {
        try InstructionSet.with(set) {
            let changed = try model(), fresh = try model(), texts = try texts
            let options = EncodeOptions(computePrecision: .bfloat16)
            let before = try changed.encode(texts, options: options)
            try GradientTape.noGrad {
                for parameter in changed.parameters { try parameter.tensor.copyInPlace(parameter.tensor.detach().multiplying(0.75)) }
                for parameter in fresh.parameters { try parameter.tensor.copyInPlace(parameter.tensor.detach().multiplying(0.75)) }
            }
            let after = try changed.encode(texts, options: options)
            #expect(largestDifference(before, after) > 1e-3)
            #expect(try largestDifference(after, fresh.encode(texts, options: options)) == 0)
        }
    }

    @Test("embeddings in bytes are near those of float32", arguments: sets)
    func bytes(set: InstructionSet) throws {
        try InstructionSet.with(set) {
            let model = try model(), texts = try texts
            let exact = try model.encode(texts, options: EncodeOptions(normalizeEmbeddings: true))
            let near = try model.encode(texts, options: EncodeOptions(normalizeEmbeddings: true, computePrecision: .int8))
            #expect(try exact.multiplying(near).sum(dim: 1).floatArray().allSatisfy { $0 > 0.98 })
            #expect((largestDifference(exact, near) > 0) == (ComputePrecision.int8.served(by: set) == .int8))
        }
    }

    @Test("what a model makes of a text does not depend on the texts beside it, in any precision",
          arguments: sets.filter { $0 > .portable }, ComputePrecision.allCases)
    func company(set: InstructionSet, precision: ComputePrecision) throws {
        try InstructionSet.with(set) {
            let texts = try texts.filter { !$0.isEmpty }
            for folder in ["sentence-transformer", "modules/first"] {
                let model = try model(folder)
                func encode(_ texts: [String], _ batchSize: Int) throws -> Tensor {
                    try model.encode(texts, options: EncodeOptions(batchSize: batchSize, computePrecision: precision))
                }
                let all = try encode(texts, 32)
                for size in [1, 2, 3, 5] { #expect(largestDifference(try encode(texts, size), all) == 0, "\(folder) \(size)") }
                for (row, text) in texts.enumerated() {
                    #expect(largestDifference(try encode([text], 1), try all.narrow(dim: 0, start: row, length: 1)) == 0, "\(folder): \(text)")
                }
            }
            let ranker = try CrossEncoder(path: Fixture.path("ranker")), pairs = texts.map { TextPair($0, texts[0]) }
            let scores = try ranker.predict(pairs, options: .init(computePrecision: precision)).floatArray()
            for (row, pair) in pairs.enumerated() {
                #expect(try ranker.predict([pair], options: .init(computePrecision: precision)).floatArray()[0] == scores[row])
            }
        }
    }

    @Test("sparse embeddings and scores of pairs are near those of float32", arguments: sets, ["bert-max", "bert-sum"])
    func otherModels(set: InstructionSet, name: String) throws {
        try InstructionSet.with(set) {
            let sparse = try SparseEncoder(path: Fixture.path("sparse/" + name)), texts = try texts
            let exact = try sparse.encode(texts).dense(), rounded = try sparse.encode(texts, options: .init(computePrecision: .bfloat16)).dense()
            let scale = exact.floatArray().reduce(Float(0)) { max($0, abs($1)) }
            let distance = largestDifference(exact, rounded)
            #expect(isPlausible(distance, with: set, scale: scale), "\(distance) of \(scale)")
            let ranker = try CrossEncoder(path: Fixture.path("ranker"))
            let pairs = texts.map { TextPair($0, texts[0]) }
            let scores = try ranker.predict(pairs), near = try ranker.predict(pairs, options: .init(computePrecision: .bfloat16))
            #expect(isPlausible(largestDifference(scores, near), with: set))
        }
    }
}
