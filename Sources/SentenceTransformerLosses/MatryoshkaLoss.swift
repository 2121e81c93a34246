import Datasets
import Encoders
import JSON
import Losses
import Tensors

/// Another loss on the first d numbers of each embedding, for several d, so that users may cut embeddings short.
///
///     loss = sum over dimensions d of w_d L(e[..d] / |e[..d]|)
///
/// The model runs once; with a loss that caches gradients, only the cached embeddings are cut. Labels that are embeddings of
/// the model's dimension (distillation) are cut likewise.
/// (Kusupati et al. 2022: Matryoshka Representation Learning, arXiv 2205.13147.)
///
/// Columns and labels: those of the inner loss.
public final class MatryoshkaLoss: EmbeddingLoss {
    public let name = "MatryoshkaLoss"
    public let inner: any EmbeddingLoss
    /// Descending, with a weight each.
    public let dimensions: [Int]
    public let weights: [Double]
    private let dimensionsPerStep: Int
    private let generator: Generator

    /// - Parameters:
    ///   - inner: the loss, over the same model.
    ///   - dimensions: the lengths that embeddings should be good for, none above the model's.
    ///   - weights: one for each of them; nil for 1.
    ///   - dimensionsPerStep: how many of them each step takes, drawn at random; -1 for all.
    ///   - generator: draws them.
    /// - Throws: ``LossError`` for dimensions or weights that do not fit, or a loss over another model.
    public init(model: any SentenceEmbedder, inner: any EmbeddingLoss, dimensions: [Int], weights: [Double]? = nil, dimensionsPerStep: Int = -1,
                generator: Generator = .shared) throws {
        try Self.check(model: model, dimensions: dimensions, weights: weights)
        try inner.requireModel(model, of: name)
        self.inner = inner
        self.dimensionsPerStep = dimensionsPerStep
        self.generator = generator
        let order = dimensions.indices.sorted { (-dimensions[$0], $0) < (-dimensions[$1], $1) }
        self.dimensions = order.map { dimensions[$0] }
        self.weights = order.map { weights?[$0] ?? 1 }
    }

    public var model: any SentenceEmbedder { inner.model }
    public var miniBatchSize: Int? { inner.miniBatchSize }
    public var miniBatchTokens: Int? { inner.miniBatchTokens }
    public var onMiniBatch: ((_ done: Int, _ of: Int) -> Void)? { inner.onMiniBatch }
    public var parameters: [NamedParameter] { inner.parameters }
    public var requirements: LossRequirements? { inner.requirements }

    /// What a user should know about the dimensions, a sentence each.
    public var notes: [String] {
        let full = model.embeddingDimension
        if dimensions.contains(full) { return [] }
        return ["matryoshka_dims leaves out \(full), the model's own dimension, which is then not trained; add it unless embeddings are always cut"]
    }

    public var configuration: JSONObject {
        ["loss": .string(inner.name), "matryoshka_dims": .array(dimensions.map { .integer(Int64($0)) }),
         "matryoshka_weights": .array(weights.map { .number($0) }), "n_dims_per_step": .integer(Int64(dimensionsPerStep))]
    }

    public func context(of batch: LossBatch) throws -> [Tensor] { try inner.context(of: batch) }

    public func value(of embeddings: [Tensor], batch: LossBatch, context: [Tensor]) throws -> Tensor {
        let full = embeddings.first?.shape.last ?? 0
        let drawn = drawn()
        let prefixes = drawn.map { (dimension: dimensions[$0], weight: weights[$0]) }
        if let value = try inner.value(of: embeddings, prefixes: prefixes, batch: batch, context: context) { return value }
        let terms = try drawn.map { index -> Tensor in
            let dimension = dimensions[index]
            let short = try embeddings.map { try cut($0, to: dimension) }
            let value: Tensor
            if let cut = batch.withEmbeddingLabels(of: full, cutTo: dimension) {
                value = try inner.value(of: short, batch: cut, context: inner.context(of: cut))
            } else {
                value = try inner.value(of: short, batch: batch, context: context)
            }
            return weights[index] == 1 ? value : try value.multiplying(weights[index])
        }
        return try terms.dropFirst().reduce(terms[0]) { try $0.adding($1) }
    }

    /// The dimensions of a step, by place, in descending order.
    private func drawn() -> [Int] {
        guard dimensionsPerStep > 0, dimensionsPerStep < dimensions.count else { return Array(dimensions.indices) }
        return generator.permutation(dimensions.count).prefix(dimensionsPerStep).sorted()
    }

    private func cut(_ embeddings: Tensor, to dimension: Int) throws -> Tensor {
        let last = embeddings.rank - 1
        guard last >= 0, embeddings.shape[last] >= dimension else {
            throw LossError("\(name): embeddings of shape \(embeddings.shape) cannot be cut to the \(dimension) of matryoshka_dims")
        }
        return try embeddings.narrow(dim: last, start: 0, length: dimension).normalize(dim: last)
    }

    private static func check(model: any SentenceEmbedder, dimensions: [Int], weights: [Double]?) throws {
        guard !dimensions.isEmpty else { throw LossError("MatryoshkaLoss: matryoshka_dims is empty; give at least one dimension") }
        if let odd = dimensions.first(where: { $0 < 1 }) {
            throw LossError("MatryoshkaLoss: the dimensions in matryoshka_dims must be at least 1, got \(odd)")
        }
        if let odd = dimensions.first(where: { $0 > model.embeddingDimension }) {
            throw LossError("MatryoshkaLoss: matryoshka_dims holds \(odd), the model's embeddings have \(model.embeddingDimension) numbers")
        }
        if let weights, weights.count != dimensions.count {
            throw LossError("MatryoshkaLoss: matryoshka_weights has \(weights.count) entries for \(dimensions.count) dimensions; "
                            + "one for each is wanted")
        }
    }
}

extension EmbeddingLoss {
    /// - Throws: ``LossError`` unless this loss is over that model.
    func requireModel(_ other: any SentenceEmbedder, of wrapper: String) throws {
        guard model !== other else { return }
        throw LossError("\(wrapper): the inner \(name) was made with another model; make both with the one to train")
    }
}

extension LossBatch {
    /// This batch with labels cut short, if every label is an embedding, or a list of embeddings, of `full` numbers.
    fileprivate func withEmbeddingLabels(of full: Int, cutTo dimension: Int) -> LossBatch? {
        guard let labels, dimension < full else { return nil }
        func cut(_ cell: DatasetValue) -> DatasetValue? {
            guard case .list(let items) = cell else { return nil }
            if items.count == full, items.allSatisfy({ $0.asDouble != nil }) { return .list(Array(items.prefix(dimension))) }
            let inner = items.compactMap(cut)
            return inner.count == items.count && !items.isEmpty ? .list(inner) : nil
        }
        let short = labels.compactMap(cut)
        return short.count == labels.count ? LossBatch(inputs: inputs, labels: short, routes: routes) : nil
    }
}
