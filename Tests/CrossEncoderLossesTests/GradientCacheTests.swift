import Datasets
import Encoders
import CrossEncoderLosses
import Losses
import Tensors
import Testing

/// A small differentiable scorer with dropout from the shared generator, as a real model has it.
private final class LinearScorer: PairScorer {
    let numLabels = 1
    let weights: Tensor
    let dropout: Double
    let generator: Generator
    private(set) var passSizes: [Int] = []
    private let width = 6

    init(dropout: Double, generator: Generator) {
        weights = Tensor((0..<width).map { Float($0) * 0.3 - 0.7 }, shape: [width, 1])
        weights.requiresGrad = true
        self.dropout = dropout
        self.generator = generator
    }

    func logits(_ pairs: [TextPair]) throws -> Tensor {
        passSizes.append(pairs.count)
        var stream = generator.nextStream()
        let features = pairs.flatMap { pair in
            (0..<width).map { index -> Float in
                // Any fixed function of the texts serves.
                let bytes = Array((pair.first + "/" + pair.second).utf8)
                let value = Float(bytes.reduce(index) { ($0 * 31 + Int($1)) % 97 }) / 48 - 1
                return Double.random(in: 0..<1, using: &stream) < dropout ? 0 : value
            }
        }
        return try Tensor(features, shape: [pairs.count, width]).matmul(weights).tanh()
    }
}

private func batch(rows: Int) -> LossBatch {
    func column(_ letter: String) -> [DatasetValue] { (0..<rows).map { .string("\(letter)\($0)") } }
    return LossBatch(inputs: [column("query "), column("positive "), column("negative ")], labels: nil)
}

/// The value and the gradient of the weights after one backward pass scaled by a half.
private func run(_ loss: any Loss, _ model: LinearScorer, rows: Int) throws -> (value: Float, gradient: [Float]) {
    let value = try loss.value(of: batch(rows: rows))
    try (value * 0.5).backward()
    return (value.floatArray()[0], try #require(model.weights.grad).floatArray())
}

@Test(arguments: [1, 3, 7, 8, 1000])
func a_cached_loss_has_the_value_and_gradient_of_the_plain_one(miniBatchSize: Int) throws {
    let plainModel = LinearScorer(dropout: 0, generator: Generator(seed: 9))
    let plain = try run(MultipleNegativesRankingLoss(model: plainModel, generator: plainModel.generator), plainModel, rows: 8)
    let model = LinearScorer(dropout: 0, generator: Generator(seed: 9))
    let cached = try run(CachedMultipleNegativesRankingLoss(model: model, miniBatchSize: miniBatchSize, generator: model.generator), model, rows: 8)
    #expect(cached.value == plain.value)
    for (a, b) in zip(cached.gradient, plain.gradient) { #expect(abs(a - b) <= 1e-5 * abs(b) + 1e-8) }
    #expect(model.passSizes.allSatisfy { $0 <= miniBatchSize })
}

@Test func dropout_is_the_same_in_both_passes_of_a_cached_loss() throws {
    // The plain loss scores as many pairs at a time as there are rows; cut likewise, the same elements are dropped.
    let plainModel = LinearScorer(dropout: 0.4, generator: Generator(seed: 2))
    let plain = try run(MultipleNegativesRankingLoss(model: plainModel, generator: plainModel.generator), plainModel, rows: 5)
    let model = LinearScorer(dropout: 0.4, generator: Generator(seed: 2))
    let cached = try run(CachedMultipleNegativesRankingLoss(model: model, miniBatchSize: 5, generator: model.generator), model, rows: 5)
    #expect(cached.value == plain.value)
    for (a, b) in zip(cached.gradient, plain.gradient) { #expect(abs(a - b) <= 1e-6 * abs(b) + 1e-8) }
    #expect(model.generator.state == plainModel.generator.state, "a backward pass must not move the generator")
}

@Test func a_cached_loss_without_recording_runs_the_model_once() throws {
    let model = LinearScorer(dropout: 0, generator: Generator(seed: 1))
    let loss = try CachedMultipleNegativesRankingLoss(model: model, miniBatchSize: 4, generator: model.generator)
    let value = try GradientTape.noGrad { try loss.value(of: batch(rows: 4)) }
    #expect(!value.requiresGrad)
    // The positive, four drawn negatives and the own one, for each of four rows.
    let scored = model.passSizes.reduce(0, +)
    #expect(scored == 24)
}

@Test func progress_is_reported_in_both_passes() throws {
    var seen: [Int] = []
    let model = LinearScorer(dropout: 0, generator: Generator(seed: 1))
    let loss = try CachedMultipleNegativesRankingLoss(model: model, negativeCount: 1, miniBatchSize: 4,
                                                      onMiniBatch: { done, total in
                                                          #expect(total == 9)
                                                          seen.append(done)
                                                      }, generator: model.generator)
    try loss.value(of: batch(rows: 3)).backward()
    #expect(seen == [4, 8, 9, 4, 8, 9])
}
