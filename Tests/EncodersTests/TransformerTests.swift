import Encoders
import Tensors
import Testing

struct TransformerTests {
    private func body() throws -> Transformer { try Transformer(folder: Fixture.path("cross-encoder")) }

    @Test func hiddenStatesAreThoseOfTheReference() throws {
        let fixture = try TensorFixture("cross-encoder.safetensors")
        let states = try body().hiddenStates(packedBatch(fixture))
        #expect(try largestDifference(states, fixture.floats("hidden")) < 1e-5)
    }

    @Test func firstTokensAreTheSameWhetherOrNotTheOthersAreComputed() throws {
        let body = try body()
        let batch = try packedBatch(TensorFixture("cross-encoder.safetensors"))
        let all = try body.hiddenStates(batch), first = try body.firstHiddenStates(batch)
        for (sequence, row) in batch.offsets.dropLast().enumerated() {
            for column in 0..<24 {
                #expect(abs(all.floats[row * 24 + column] - first.floats[sequence * 24 + column]) < 1e-5)
            }
        }
    }

    @Test func aBatchGivesWhatItsSequencesGiveOneByOne() throws {
        let body = try body()
        let batch = try packedBatch(TensorFixture("cross-encoder.safetensors"))
        let together = try body.hiddenStates(batch).floatArray()
        for sequence in 0..<batch.sequenceCount {
            let rows = batch.offsets[sequence] ..< batch.offsets[sequence + 1]
            let alone = try body.hiddenStates(PackedBatch([(Array(batch.ids[rows]), Array(batch.typeIds[rows]))]))
            let part = Tensor(Array(together[rows.lowerBound * 24 ..< rows.upperBound * 24]), shape: [rows.count, 24])
            #expect(largestDifference(alone, part) < 2e-6)
        }
    }

    private func set(_ value: Float, at index: Int, of tensor: Tensor) {
        tensor.floats[index] = value
        tensor.storage.didChange()
    }

    /// Gradients by the chain of hand-written backward passes against central differences of the whole body.
    @Test(arguments: [false, true])
    func gradientsAreThoseOfFiniteDifferences(firstOnly: Bool) throws {
        let body = try body()
        let batch = try packedBatch(TensorFixture("cross-encoder.safetensors"))
        let rows = firstOnly ? batch.sequenceCount : batch.tokenCount
        let factors = Tensor((0..<rows * 24).map { Float(($0 * 7) % 11 - 5) / 5 }, shape: [rows, 24])
        func run() throws -> Tensor { firstOnly ? try body.firstHiddenStates(batch) : try body.hiddenStates(batch) }
        func value() throws -> Double {
            let states = try GradientTape.noGrad { try run() }
            return zip(states.floatArray(), factors.floatArray()).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        try run().backward(factors)
        for parameter in body.parameters {
            let tensor = parameter.tensor
            let grad = try #require(tensor.grad, "\(parameter.name)")
            let scale = grad.floatArray().reduce(0) { max($0, abs($1)) }
            for index in stride(from: 0, to: tensor.count, by: max(1, tensor.count / 3)) {
                let before = tensor.floats[index]
                let step: Float = 4e-3
                set(before + step, at: index, of: tensor)
                let above = try value()
                set(before - step, at: index, of: tensor)
                let below = try value()
                set(before, at: index, of: tensor)
                let expected = Float((above - below) / Double(2 * step))
                #expect(abs(grad.floats[index] - expected) < 0.02 * max(scale, 1) ,
                    "\(parameter.name)[\(index)]: \(grad.floats[index]) against \(expected)")
            }
        }
    }

    /// With the same dropout choices, so that a value can be differentiated.
    @Test func gradientsUnderDropoutAreThoseOfFiniteDifferences() throws {
        let body = try body()
        body.isTraining = true
        let batch = try packedBatch(TensorFixture("cross-encoder.safetensors"))
        let factors = Tensor((0..<batch.tokenCount * 24).map { Float(($0 * 7) % 11 - 5) / 5 }, shape: [batch.tokenCount, 24])
        let state = Generator.shared.state
        func value() throws -> Double {
            Generator.shared.state = state
            let states = try GradientTape.noGrad { try body.hiddenStates(batch) }
            return zip(states.floatArray(), factors.floatArray()).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        Generator.shared.state = state
        try body.hiddenStates(batch).backward(factors)
        for parameter in body.parameters {
            let tensor = parameter.tensor
            let grad = try #require(tensor.grad)
            let scale = grad.floatArray().reduce(0) { max($0, abs($1)) }
            let index = tensor.count / 2
            let before = tensor.floats[index]
            let step: Float = 4e-3
            set(before + step, at: index, of: tensor)
            let above = try value()
            set(before - step, at: index, of: tensor)
            let below = try value()
            set(before, at: index, of: tensor)
            let expected = Float((above - below) / Double(2 * step))
            #expect(abs(grad.floats[index] - expected) < 0.02 * max(scale, 1),
                "\(parameter.name)[\(index)]: \(grad.floats[index]) against \(expected)")
        }
    }

    @Test(arguments: [false, true])
    func checkpointingChangesNoBit(firstOnly: Bool) throws {
        let batch = try packedBatch(TensorFixture("cross-encoder.safetensors"))
        let state = Generator.shared.state
        func run(checkpointing: Bool) throws -> (Tensor, [Tensor]) {
            let body = try body()
            body.isTraining = true
            body.usesGradientCheckpointing = checkpointing
            Generator.shared.state = state
            let states = firstOnly ? try body.firstHiddenStates(batch) : try body.hiddenStates(batch)
            try states.backward(Tensor(repeating: 0.5, shape: states.shape))
            return (states, body.parameters.map { $0.tensor.grad! })
        }
        let plain = try run(checkpointing: false), checkpointed = try run(checkpointing: true)
        #expect(haveSameBits(plain.0, checkpointed.0))
        for (a, b) in zip(plain.1, checkpointed.1) { #expect(haveSameBits(a, b)) }
    }

    @Test func frozenParametersGetNoGradientAndOthersTheSame() throws {
        let batch = try packedBatch(TensorFixture("cross-encoder.safetensors"))
        let free = try body(), frozen = try body()
        let isFrozen: (String) -> Bool = { $0.contains("embeddings") || $0.contains("layer.0") || $0.contains("layer.1.attention.self.key") }
        for parameter in frozen.parameters where isFrozen(parameter.name) { parameter.tensor.requiresGrad = false }
        for body in [free, frozen] {
            let states = try body.hiddenStates(batch)
            let factors = Tensor((0..<states.count).map { Float($0 % 5) - 2 }, shape: states.shape)
            try states.backward(factors)
        }
        for (a, b) in zip(free.parameters, frozen.parameters) {
            if isFrozen(b.name) {
                #expect(b.tensor.grad == nil, "\(b.name)")
            } else {
                #expect(relativeDifference(b.tensor.grad!, a.tensor.grad!) < 1e-5, "\(b.name)")
            }
        }
    }

    @Test func gradientsAddUpOverBackwardPasses() throws {
        let batch = try packedBatch(TensorFixture("cross-encoder.safetensors"))
        let once = try body(), twice = try body()
        try once.hiddenStates(batch).backward(Tensor(repeating: 2, shape: [batch.tokenCount, 24]))
        for _ in 0..<2 { try twice.hiddenStates(batch).backward(Tensor(repeating: 1, shape: [batch.tokenCount, 24])) }
        for (a, b) in zip(once.parameters, twice.parameters) {
            #expect(largestDifference(a.tensor.grad!, b.tensor.grad!) < 2e-3, "\(a.name)")
        }
    }

    @Test func idsOutsideTheVocabularyAndLongSequencesAreErrors() throws {
        let body = try body()
        #expect(throws: ModelError.self) { try body.hiddenStates(PackedBatch([([100_000], [0])])) }
        #expect(throws: ModelError.self) { try body.hiddenStates(PackedBatch([([1], [7])])) }
        let long = [Int32](repeating: 1, count: 41)
        #expect(throws: ModelError("a sequence of 41 tokens is longer than the model's 40 positions; lower max_length")) {
            try body.hiddenStates(PackedBatch([(long, long.map { _ in 0 })]))
        }
    }
}
