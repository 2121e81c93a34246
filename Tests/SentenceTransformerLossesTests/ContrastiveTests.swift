import Datasets
import Encoders
import Losses
import SentenceTransformerLosses
import Tensors
import Testing

/// A batch with its model: `columns` columns of `rows` texts, embedded at random.
struct TableBatch {
    let batch: LossBatch
    let texts: [String]
    let vectors: [[Float]]

    init(rows: Int, columns: Int, dimension: Int = 6) {
        let names = (0..<columns).map { column in (0..<rows).map { "\(column)-\($0)" } }
        batch = LossBatch(inputs: names.map { $0.map { .string($0) } }, labels: nil)
        texts = names.flatMap { $0 }
        let generator = Generator(seed: 5)
        let all = (try? Tensor.randn([texts.count, dimension], generator: generator).floatArray()) ?? []
        vectors = texts.indices.map { Array(all[$0 * dimension ..< ($0 + 1) * dimension]) }
    }

    func model(layers: Int = 1, guided: Bool = false) -> TableEmbedder {
        TableEmbedder(texts: texts, embeddings: vectors, layers: layers, guide: guided ? vectors.map { $0.map { $0 + 0.5 } } : [])
    }

    /// Value and gradient under a loss, and the passes it took.
    func result(layers: Int = 1, _ make: (TableEmbedder) throws -> any Loss) throws -> (value: Float, gradient: [Float], passes: [Int]) {
        let model = model(layers: layers, guided: true)
        let value = try make(model).value(of: batch)
        try value.backward()
        return (value.floatArray()[0], model.leaf.grad?.floatArray() ?? [], model.passSizes)
    }
}

func expectClose(_ a: (value: Float, gradient: [Float], passes: [Int]), _ b: (value: Float, gradient: [Float], passes: [Int]), _ note: String = "") {
    #expect(abs(a.value - b.value) <= 1e-5 * max(abs(b.value), 1e-3), "\(note): \(a.value) and \(b.value)")
    let largest = b.gradient.map(abs).max() ?? 0
    let difference = a.gradient.count == b.gradient.count ? zip(a.gradient, b.gradient).map { abs($0 - $1) }.max() ?? 0 : .infinity
    #expect(difference <= 1e-5 * max(largest, 1e-3), "\(note): gradients differ by \(difference) of \(largest)")
}

@Test func cached_losses_never_embed_more_than_a_mini_batch_at_once() throws {
    let source = TableBatch(rows: 23, columns: 3)
    let small = MiniBatchOptions(size: 4)
    let losses: [(String, (TableEmbedder) throws -> any EmbeddingLoss)] = [
        ("ranking", { try CachedMultipleNegativesRankingLoss(model: $0, miniBatches: small) }),
        ("symmetric", { try CachedMultipleNegativesSymmetricRankingLoss(model: $0, miniBatches: small) }),
        ("GIST", { try CachedGISTEmbedLoss(model: $0, guide: $0.guide!, miniBatches: small) }),
        ("Matryoshka", { try MatryoshkaLoss(model: $0, inner: CachedMultipleNegativesRankingLoss(model: $0, miniBatches: small),
            dimensions: [6, 3]) }),
    ]
    for (name, make) in losses {
        let model = source.model(guided: true)
        let value = try make(model).value(of: source.batch)
        #expect(model.passSizes.max() == 4 && model.passSizes.reduce(0, +) == 69, "\(name)")
        try value.backward()
        #expect(model.passSizes.max() == 4 && model.passSizes.reduce(0, +) == 2 * 69, "\(name)")
        if name == "GIST" { #expect(model.guide?.passSizes.max() == 4 && model.guide?.passSizes.reduce(0, +) == 69) }
    }
    let pairs = TableBatch(rows: 23, columns: 2)
    #expect(try pairs.result { try MegaBatchMarginLoss(model: $0, miniBatches: small) }.passes.max() == 4)
    #expect(try pairs.result { try MegaBatchMarginLoss(model: $0, usesMiniBatches: false, miniBatches: small) }.passes == [46])
    #expect(try pairs.result(layers: 3) { model in
        try AdaptiveLayerLoss(model: model, inner: CachedMultipleNegativesRankingLoss(model: model, miniBatches: small))
    }.passes.max() == 4)
}

@Test func passes_can_be_cut_by_tokens_where_a_long_text_has_its_own() throws {
    let texts = ["aaaa", "bbb", "cc", "dddddddddddd", "e", "fffffff"]
    let batch = LossBatch(inputs: [texts.map { .string($0) }, texts.map { .string($0 + "+") }], labels: nil)
    let all = texts + texts.map { $0 + "+" }
    let model = TableEmbedder(texts: all, embeddings: all.indices.map { [Float($0), 1, Float($0 * $0 % 7)] })
    var progress: [String] = []
    let options = MiniBatchOptions(size: 2, tokens: 9) { progress.append("\($0)/\($1)") }
    let value = try CachedMultipleNegativesRankingLoss(model: model, miniBatches: options).value(of: batch)
    // 4+3+2, 12, 1+7; with one token more each: 5+4, 3, 13, 2, 8.
    #expect(model.passSizes == [3, 1, 2, 2, 1, 1, 1, 1])
    #expect(progress == ["3/12", "4/12", "6/12", "8/12", "9/12", "10/12", "11/12", "12/12"])
    try value.backward()
    #expect(model.passSizes.count == 16 && progress.count == 16)
}

@Test func a_score_matrix_computed_in_parts_gives_the_same_value_and_gradient() throws {
    let source = TableBatch(rows: 11, columns: 3), pairs = TableBatch(rows: 11, columns: 2)
    let everywhere = ContrastiveOptions(scale: 3, directions: ContrastDirection.allCases, hardness: .inBatchNegatives, hardnessStrength: 2)
    let ways = ContrastiveOptions(scale: 3, directions: [.queryToDocument, .documentToQuery], partition: .perDirection)
    for options in [ContrastiveOptions(), everywhere, ways,
        ContrastiveOptions(scale: 0.5, similarity: .euclidean, directions: ContrastDirection.allCases)] {
        let whole = try source.result { try MultipleNegativesRankingLoss(model: $0, options: options) }
        for limit in [1, 50, 500] {
            expectClose(try source.result { model in
                let loss = try MultipleNegativesRankingLoss(model: model, options: options)
                loss.contrast.scoreLimit = limit
                return loss
            }, whole, "limit \(limit)")
        }
        expectClose(try source.result { model in
            let loss = try CachedMultipleNegativesRankingLoss(model: model, options: options, miniBatches: MiniBatchOptions(size: 5))
            loss.contrast.scoreLimit = 60
            return try MatryoshkaLoss(model: model, inner: loss, dimensions: [6])
        }, try source.result { try MatryoshkaLoss(model: $0, inner: MultipleNegativesRankingLoss(model: $0, options: options), dimensions: [6]) })
    }
    expectClose(try source.result { model in
        let loss = try GISTEmbedLoss(model: model, guide: model.guide!, options: GuideOptions(temperature: 0.1))
        loss.contrast.scoreLimit = 100
        return loss
    }, try source.result { try GISTEmbedLoss(model: $0, guide: $0.guide!, options: GuideOptions(temperature: 0.1)) })
    expectClose(try pairs.result { model in
        let loss = try MegaBatchMarginLoss(model: model)
        loss.scoreLimit = 25
        return loss
    }, try pairs.result { try MegaBatchMarginLoss(model: $0, usesMiniBatches: false) })
}

@Test func losses_have_a_value_without_a_tape() throws {
    let source = TableBatch(rows: 9, columns: 3)
    let expected = try source.result { try MultipleNegativesRankingLoss(model: $0) }.value
    let model = source.model()
    let loss = try CachedMultipleNegativesRankingLoss(model: model, miniBatches: MiniBatchOptions(size: 2))
    loss.contrast.scoreLimit = 30
    let value = try GradientTape.noGrad { try loss.value(of: source.batch) }
    #expect(!value.requiresGrad && abs(value.floatArray()[0] - expected) < 1e-5)
    #expect(model.leaf.grad == nil)
}

@Test func a_similarity_of_the_users_own_must_compare_all_rows() throws {
    let source = TableBatch(rows: 4, columns: 2)
    let own = EmbeddingSimilarity(name: "mine") { try $0.normalize().matmul($1.normalize().t()) }
    expectClose(try source.result { try MultipleNegativesRankingLoss(model: $0, options: ContrastiveOptions(similarity: own)) },
                try source.result { try MultipleNegativesRankingLoss(model: $0) })
    let wrong = EmbeddingSimilarity(name: "pairwise") { try Similarity.pairwiseCosine($0, $1) }
    let loss = try MultipleNegativesRankingLoss(model: source.model(), options: ContrastiveOptions(similarity: wrong))
    expectMessage("similarity_fct 'pairwise' gave shape [4] for embeddings of shapes [4, 6] and [4, 6]") { try loss.value(of: source.batch) }
    #expect(loss.configuration["similarity_fct"]?.asString == "pairwise")
}

/// That an error's text contains `message`.
func expectMessage<Result>(_ message: String, _ body: () throws -> Result) {
    do {
        _ = try body()
        Issue.record("no error, \(message) is wanted")
    } catch {
        #expect("\(error)".contains(message), "\(error)")
    }
}

@Test func settings_that_do_not_fit_are_told() throws {
    let source = TableBatch(rows: 3, columns: 2)
    let model = source.model()
    func ranking(_ options: ContrastiveOptions) throws -> any Loss { try MultipleNegativesRankingLoss(model: model, options: options) }
    expectMessage("scale must be above 0, got 0.0") { try ranking(ContrastiveOptions(scale: 0)) }
    expectMessage("directions must contain \"query_to_doc\"") { try ranking(ContrastiveOptions(directions: [])) }
    expectMessage("use partition_mode = \"joint\"") {
        try ranking(ContrastiveOptions(directions: ContrastDirection.allCases, partition: .perDirection))
    }
    expectMessage("hardness_strength must not be negative") { try ranking(ContrastiveOptions(hardness: .allNegatives, hardnessStrength: -1)) }
    expectMessage("mini_batch_size must be at least 1") {
        try CachedMultipleNegativesRankingLoss(model: model, miniBatches: MiniBatchOptions(size: 0))
    }
    expectMessage("mini_batch_num_tokens must be at least 1") { try MegaBatchMarginLoss(model: model, miniBatches: MiniBatchOptions(tokens: 0)) }
    expectMessage("temperature must be above 0") { try GISTEmbedLoss(model: model, guide: model, options: GuideOptions(temperature: 0)) }
    expectMessage("nothing to learn") { try GlobalOrthogonalRegularizationLoss(model: model, meanWeight: 0, secondMomentWeight: 0) }
    #expect(try MultipleNegativesRankingLoss(model: model,
        options: ContrastiveOptions(hardness: .hardNegatives)).notes.first?.contains("has no effect") == true)
}

@Test func the_terms_of_global_orthogonal_regularization_are_its_components() throws {
    let source = TableBatch(rows: 5, columns: 2), model = source.model()
    for aggregation in [LossReduction.mean, .sum] {
        func loss(_ mean: Double, _ moment: Double) throws -> GlobalOrthogonalRegularizationLoss {
            try GlobalOrthogonalRegularizationLoss(model: model, similarity: .dot, meanWeight: mean, secondMomentWeight: moment,
                                                   aggregation: aggregation)
        }
        let both = try loss(2, 3), mean = try loss(2, 0), moment = try loss(0, 3)
        let whole = try both.value(of: source.batch).item()
        let parts = [LossComponent(name: "gor_mean", value: try mean.value(of: source.batch).item()),
                     LossComponent(name: "gor_second_moment", value: try moment.value(of: source.batch).item())]
        #expect(both.components == parts && mean.components == [parts[0]] && moment.components == [parts[1]])
        #expect(abs(parts[0].value + parts[1].value - whole) < 1e-6 * whole && parts[0].value > 0 && parts[1].value > 0)
    }
}

@Test func columns_that_do_not_fit_are_told_before_the_model_runs() throws {
    let one = TableBatch(rows: 3, columns: 1), three = TableBatch(rows: 3, columns: 3)
    let model = one.model(guided: true)
    for loss in [try MultipleNegativesRankingLoss(model: model), try CachedMultipleNegativesSymmetricRankingLoss(model: model),
                 try GISTEmbedLoss(model: model, guide: model.guide!), try MegaBatchMarginLoss(model: model)] as [any Loss] {
        expectMessage("positive column, ") { try loss.value(of: one.batch) }
    }
    #expect(model.passSizes.isEmpty)
    expectMessage("take CachedMultipleNegativesRankingLoss") { try MegaBatchMarginLoss(model: three.model()).value(of: three.batch) }
}

/// Gives one vector too few, or one that is not finite.
private final class OddGuide: SentenceEmbedder {
    let embeddingDimension = 2
    let vectors: (Int) -> [[Float]]

    init(_ vectors: @escaping (Int) -> [[Float]]) { self.vectors = vectors }

    func embeddings(_ input: TextInput) throws -> Tensor {
        let rows = vectors(input.texts.count)
        return Tensor(rows.flatMap { $0 }, shape: [rows.count, 2])
    }
}

@Test func a_guide_that_gives_no_usable_vectors_is_told() throws {
    let source = TableBatch(rows: 3, columns: 2)
    let model = source.model()
    let short = OddGuide { [[Float]](repeating: [1, 2], count: $0 - 1) }
    expectMessage("the guide gave a tensor of shape [2, 2] for the 3 texts of input column 1") {
        try GISTEmbedLoss(model: model, guide: short).value(of: source.batch)
    }
    let broken = OddGuide { [[Float]](repeating: [1, 2], count: $0 - 1) + [[.nan, 1]] }
    expectMessage("input column 1 of row 3 of the batch holds numbers that are not finite") {
        try GISTEmbedLoss(model: model, guide: broken).value(of: source.batch)
    }
    expectMessage("call the loss with texts") {
        try GISTEmbedLoss(model: model, guide: model).value(of: [model.leaf, model.leaf], batch: source.batch, context: [])
    }
}

@Test func requirements_and_configuration_carry_the_names_of_the_reference() throws {
    let model = TableBatch(rows: 2, columns: 2).model(guided: true)
    let ranking = try CachedMultipleNegativesRankingLoss(model: model)
    #expect(ranking.requirements?.usesInBatchNegatives == true && ranking.requirements?.usesGradientCache == true)
    #expect(ranking.requirements?.allowsMoreColumns == true && ranking.requirements?.columns == [.text, .text])
    #expect(try MultipleNegativesRankingLoss(model: model).requirements?.usesGradientCache == false)
    #expect(try MegaBatchMarginLoss(model: model, usesMiniBatches: false).requirements?.usesGradientCache == false)
    let keys = ["scale", "similarity_fct", "gather_across_devices", "directions", "partition_mode", "hardness_mode", "hardness_strength"]
    #expect(Set(ranking.configuration.keys) == Set(keys + ["mini_batch_size", "mini_batch_num_tokens"]))
    #expect(ranking.configuration["similarity_fct"]?.asString == "cos_sim" && ranking.configuration["mini_batch_size"]?.asInteger == 32)
    let guided = try GISTEmbedLoss(model: model, guide: model.guide!)
    #expect(Set(guided.configuration.keys) == ["guide", "temperature", "margin_strategy", "margin", "contrast_anchors", "contrast_positives",
                                               "gather_across_devices"])
    let deep = try Matryoshka2dLoss(model: model, inner: ranking, dimensions: [6, 2])
    #expect(deep.configuration["loss"]?.asString == "CachedMultipleNegativesRankingLoss" && deep.requirements?.usesGradientCache == true)
    #expect(Set(deep.configuration.keys) == ["loss", "n_layers_per_step", "last_layer_weight", "prior_layers_weight", "kl_div_weight",
        "kl_temperature",
                                             "layer_weighting", "matryoshka_dims", "matryoshka_weights", "n_dims_per_step"])
}
