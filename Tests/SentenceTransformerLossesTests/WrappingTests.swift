import ComputeRuntime
import Datasets
import Encoders
import JSON
import Kernels
import Losses
import SentenceTransformerLosses
import Tensors
import Testing

@Test func a_step_takes_as_many_dimensions_as_asked_for() throws {
    let source = TableBatch(rows: 5, columns: 2)
    func value(_ dimensions: [Int], perStep: Int = -1, seed: UInt64 = 1) throws -> Float {
        try source.result { model in
            try MatryoshkaLoss(model: model, inner: MultipleNegativesRankingLoss(model: model), dimensions: dimensions, dimensionsPerStep: perStep,
                               generator: Generator(seed: seed))
        }.value
    }
    let single = try [6, 4, 2].map { try value([$0]) }
    let drawn = try (0..<30).map { try value([6, 4, 2], perStep: 1, seed: UInt64($0)) }
    #expect(drawn.allSatisfy { value in single.contains { abs($0 - value) < 1e-5 } })
    #expect(single.allSatisfy { value in drawn.contains { abs($0 - value) < 1e-5 } })
    let pairs = [single[0] + single[1], single[0] + single[2], single[1] + single[2]]
    #expect(try (0..<10).map { try value([6, 4, 2], perStep: 2, seed: UInt64($0)) }.allSatisfy { value in pairs.contains { abs($0 - value) < 1e-5 } })
    #expect(abs(try value([6, 4, 2], perStep: 3) - single.reduce(0, +)) < 1e-5)
}

@Test func a_step_takes_as_many_layers_as_asked_for() throws {
    let source = TableBatch(rows: 5, columns: 2, dimension: 12)
    func value(_ layers: Int, cached: Bool = false, seed: UInt64 = 1) throws -> Float {
        try source.result(layers: 4) { model in
            let inner: any EmbeddingLoss = cached ? try CachedMultipleNegativesRankingLoss(model: model, miniBatches: MiniBatchOptions(size: 2))
                : try MultipleNegativesRankingLoss(model: model)
            let options = LayerOptions(layersPerStep: layers, divergenceTemperature: 0)
            return try AdaptiveLayerLoss(model: model, inner: inner, options: options, generator: Generator(seed: seed))
        }.value
    }
    // With the loss l of the last layer: three steps of one layer each, averaged, are a step of all.
    let values = try (0..<30).map { try value(1, seed: UInt64($0)) }
    let distinct = Set(values.map { ($0 * 1e4).rounded() })
    #expect(distinct.count == 3)
    #expect(abs(distinct.reduce(0, +) / 3e4 - (try value(-1))) < 1e-3)
    #expect(try value(3) == value(-1) && value(9) == value(-1))
    #expect(try (0..<5).allSatisfy { abs(try value(1, cached: true, seed: UInt64($0)) - values[$0]) < 1e-5 })
}

@Test func layers_and_lengths_go_with_gradient_caching() throws {
    let source = TableBatch(rows: 7, columns: 3, dimension: 18)
    let small = MiniBatchOptions(size: 2)
    let options = LayerOptions(layersPerStep: -1, weighting: .log)
    func inner(_ model: TableEmbedder, guided: Bool, cached: Bool) throws -> any EmbeddingLoss {
        let temperature = GuideOptions(temperature: 0.1)
        switch (guided, cached) {
        case (false, false): return try MultipleNegativesRankingLoss(model: model)
        case (false, true): return try CachedMultipleNegativesRankingLoss(model: model, miniBatches: small)
        case (true, false): return try GISTEmbedLoss(model: model, guide: model.guide!, options: temperature)
        case (true, true): return try CachedGISTEmbedLoss(model: model, guide: model.guide!, options: temperature, miniBatches: small)
        }
    }
    for guided in [false, true] {
        func result(cached: Bool, _ wrap: (TableEmbedder, any EmbeddingLoss) throws -> any Loss) throws -> (value: Float, gradient: [Float],
            passes: [Int]) {
            try source.result(layers: 3) { try wrap($0, inner($0, guided: guided, cached: cached)) }
        }
        let layers = { try AdaptiveLayerLoss(model: $0, inner: $1, options: options) }
        let both = { try Matryoshka2dLoss(model: $0, inner: $1, dimensions: [6, 3], dimensionsPerStep: -1, options: options) }
        expectClose(try result(cached: true, layers), try result(cached: false, layers), "layers")
        expectClose(try result(cached: true, both), try result(cached: false, both), "both")
        #expect(try result(cached: true, both).passes.max() == 2)
    }
}

@Test func a_weight_of_a_layer_can_be_a_function_of_its_number() throws {
    let source = TableBatch(rows: 4, columns: 2, dimension: 12)
    var seen: [Int] = []
    let own = LayerWeighting.custom(name: "mine") { layer in
        seen.append(layer)
        return 1 / (1 + Double(layer))
    }
    func result(_ weighting: LayerWeighting) throws -> (value: Float, gradient: [Float], passes: [Int]) {
        try source.result(layers: 4) { model in
            try AdaptiveLayerLoss(model: model, inner: MultipleNegativesRankingLoss(model: model),
                options: LayerOptions(layersPerStep: -1, weighting: weighting))
        }
    }
    expectClose(try result(own), try result(.linear))
    #expect(seen == [0, 1, 2])
}

@Test func a_model_of_one_layer_has_only_its_own_loss() throws {
    let source = TableBatch(rows: 4, columns: 2)
    expectClose(try source.result { try AdaptiveLayerLoss(model: $0, inner: MultipleNegativesRankingLoss(model: $0),
        options: LayerOptions(lastLayerWeight: 2)) },
                try source.result { try MatryoshkaLoss(model: $0, inner: MultipleNegativesRankingLoss(model: $0), dimensions: [6], weights: [2]) })
}

/// The squared distance of embeddings from labels, which are embeddings.
private final class DistillationLoss: EmbeddingLoss {
    let name = "DistillationLoss"
    let model: any SentenceEmbedder
    var widths: [Int] = []

    init(model: any SentenceEmbedder) { self.model = model }

    var requirements: LossRequirements? { nil }
    var configuration: JSONObject { [:] }

    func value(of embeddings: [Tensor], batch: LossBatch, context: [Tensor]) throws -> Tensor {
        let labels = (batch.labels ?? []).map { ($0.asList ?? []).compactMap { $0.asDouble.map { Float($0) } } }
        widths.append(labels.first?.count ?? 0)
        return try Functional.mse(embeddings[0], Tensor(labels.flatMap { $0 }, shape: embeddings[0].shape))
    }
}

@Test func labels_that_are_embeddings_are_cut_with_the_embeddings() throws {
    let source = TableBatch(rows: 3, columns: 1)
    let labels = source.vectors.map { DatasetValue.list($0.map { .number(Double($0)) }) }
    let model = source.model()
    let inner = DistillationLoss(model: model)
    _ = try MatryoshkaLoss(model: model, inner: inner, dimensions: [6, 2, 4]).value(of: LossBatch(inputs: source.batch.inputs, labels: labels))
    #expect(inner.widths == [6, 4, 2])
}

@Test func wrappers_tell_what_does_not_fit() throws {
    let source = TableBatch(rows: 3, columns: 2)
    let model = source.model(), other = source.model()
    let inner = try MultipleNegativesRankingLoss(model: model)
    expectMessage("matryoshka_dims is empty") { try MatryoshkaLoss(model: model, inner: inner, dimensions: []) }
    expectMessage("must be at least 1, got 0") { try MatryoshkaLoss(model: model, inner: inner, dimensions: [4, 0]) }
    expectMessage("holds 8, the model's embeddings have 6 numbers") { try Matryoshka2dLoss(model: model, inner: inner, dimensions: [8, 4]) }
    expectMessage("matryoshka_weights has 1 entries for 2 dimensions") {
        try MatryoshkaLoss(model: model, inner: inner, dimensions: [6, 4], weights: [1])
    }
    expectMessage("was made with another model") { try AdaptiveLayerLoss(model: other, inner: inner) }
    #expect(try MatryoshkaLoss(model: model, inner: inner, dimensions: [4]).notes.first?.contains("leaves out 6") == true)
    #expect(try MatryoshkaLoss(model: model, inner: inner, dimensions: [2, 6]).notes.isEmpty)
    // A model that knows no layers.
    final class Plain: SentenceEmbedder {
        let embeddingDimension = 1
        func embeddings(_ input: TextInput) throws -> Tensor { Tensor(repeating: 1, shape: [input.texts.count, 1]) }
    }
    let plain = Plain()
    expectMessage("no transformer layers") {
        try AdaptiveLayerLoss(model: plain, inner: MultipleNegativesRankingLoss(model: plain)).value(of: source.batch)
    }
}

@Test func in_batch_loss_of_one_operation_is_that_of_many() throws {
    let composed = EmbeddingSimilarity(name: "composed") { try $0.normalize().matmul($1.normalize().t()) }
    for columns in [2, 4] {
        // More rows than a vector has lanes, and not a multiple of them.
        let source = TableBatch(rows: 21, columns: columns, dimension: 20)
        for dimensions in [[20], [20, 7, 3], [16, 5]] {
            func result(_ similarity: EmbeddingSimilarity, limit: Int = 1 << 23) throws -> (value: Float, gradient: [Float], passes: [Int]) {
                try source.result { model in
                    let inner = try MultipleNegativesRankingLoss(model: model, options: ContrastiveOptions(similarity: similarity))
                    inner.contrast.scoreLimit = limit
                    return try MatryoshkaLoss(model: model, inner: inner, dimensions: dimensions, weights: dimensions.map { 0.5 + 1 / Double($0) })
                }
            }
            expectClose(try result(.cosine), try result(composed), "\(columns) columns, dimensions \(dimensions)")
            expectClose(try result(.cosine, limit: 500), try result(composed), "\(columns) columns, dimensions \(dimensions), in blocks")
        }
    }
}

@Test func in_batch_loss_multiplies_in_the_precision_of_its_scope() throws {
    let source = TableBatch(rows: 40, columns: 3, dimension: 48)
    func result() throws -> (value: Float, gradient: [Float], passes: [Int]) {
        try source.result { try MatryoshkaLoss(model: $0, inner: MultipleNegativesRankingLoss(model: $0), dimensions: [48, 48, 17, 5]) }
    }
    let exact = try result()
    for set in InstructionSet.allCases where set <= .detected {
        let rounded = try InstructionSet.with(set) { try ComputePrecision.with(.bfloat16, result) }
        // Cosines rounded to eight bits, times the scale of 20; where there are no such products, float32.
        let bound: Float = set < .avx512bf16 ? 1e-5 : 0.02
        #expect(abs(rounded.value - exact.value) < bound * exact.value, "\(set)")
        #expect(set < .avx512bf16 || rounded.value != exact.value)
        let size = exact.gradient.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let difference = zip(rounded.gradient, exact.gradient).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
        #expect(difference < 2 * bound * size, "\(set): \(difference) of \(size)")
    }
}
