import Datasets
import Encoders
import Files
import CrossEncoderLosses
import Losses
import Tensors
import Testing

/// A real two-layer model with dropout of 0.1, from the fixtures of the encoders.
private func makeModel() throws -> CrossEncoder {
    let tests = Path.parent(of: Path.parent(of: #filePath))
    return try CrossEncoder(path: Path.join(tests, "EncodersTests/Fixtures/ranker"))
}

private func batch(rows: Int) -> LossBatch {
    let words = ["red", "dog", "the", "cat", "runs", "house", "blue", "tree"]
    func column(_ step: Int) -> [DatasetValue] {
        (0..<rows).map { row in
            .string((0...(row * step) % 5).map { words[(row + $0 * step) % words.count] }.joined(separator: " "))
        }
    }
    return LossBatch(inputs: [column(1), column(2), column(3)], labels: nil)
}

/// The loss and the gradients of all parameters by name.
private func run(_ loss: any Loss, _ model: CrossEncoder, rows: Int) throws -> (value: Double, gradients: [String: Tensor]) {
    for parameter in model.parameters { parameter.tensor.grad = nil }
    let value = try loss.value(of: batch(rows: rows))
    try value.backward()
    return (try value.item(), Dictionary(uniqueKeysWithValues: model.parameters.compactMap { parameter in
        parameter.tensor.grad.map { (parameter.name, $0) }
    }))
}

private func largestRelativeDifference(_ a: Tensor, _ b: Tensor) -> Float {
    let (a, b) = (a.floatArray(), b.floatArray())
    let scale = b.reduce(Float(1e-6)) { max($0, abs($1)) }
    return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } / scale
}

@Test(arguments: [3, 8, 100])
func a_cached_loss_gives_a_cross_encoder_the_gradients_of_the_plain_one(miniBatchSize: Int) throws {
    let model = try makeModel()
    model.isTraining = false
    let plain = try run(MultipleNegativesRankingLoss(model: model, negativeCount: nil), model, rows: 6)
    let cached = try run(CachedMultipleNegativesRankingLoss(model: model, negativeCount: nil, miniBatchSize: miniBatchSize), model, rows: 6)
    #expect(abs(cached.value - plain.value) <= 1e-6 * abs(plain.value))
    #expect(cached.gradients.count == plain.gradients.count && !plain.gradients.isEmpty)
    for (name, gradient) in plain.gradients {
        // The gradient of a key bias is zero but for rounding.
        if name.hasSuffix("key.bias") { continue }
        #expect(largestRelativeDifference(try #require(cached.gradients[name]), gradient) < 1e-4, "\(name)")
    }
}

/// Generator.shared feeds dropout, so another test that draws from it at the same time would be in the way.
@Test func dropout_of_a_cross_encoder_is_replayed_by_a_cached_loss() throws {
    let model = try makeModel()
    model.isTraining = true
    let before = Generator.shared.state
    defer { Generator.shared.state = before }
    Generator.shared.manualSeed(7)
    let plain = try run(MultipleNegativesRankingLoss(model: model), model, rows: 5)
    let after = Generator.shared.state
    Generator.shared.manualSeed(7)
    // Cut as the plain loss cuts, as many pairs as rows at a time.
    let cached = try run(CachedMultipleNegativesRankingLoss(model: model, miniBatchSize: 5), model, rows: 5)
    #expect(Generator.shared.state == after)
    #expect(cached.value == plain.value)
    for (name, gradient) in plain.gradients where !name.hasSuffix("key.bias") {
        #expect(largestRelativeDifference(try #require(cached.gradients[name]), gradient) < 1e-4, "\(name)")
    }
}
