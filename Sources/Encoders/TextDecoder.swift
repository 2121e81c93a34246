import Tensors

/// Writes a text from one vector: a transformer whose tokens see those before them and the vector, with a vocabulary head.
///
/// It takes the embeddings and layers of a ``Transformer``, its own or shared with an encoder, and adds to each layer an
/// attention over the vector. An attention over a single vector gives that vector's value whatever is asked, so it has values
/// and an output, and needs neither queries nor keys. The head shares its matrix with the word embeddings.
public final class TextDecoder {
    /// Attention over the vector, behind the self-attention of a layer.
    struct CrossAttention {
        let value: Linear
        let output: Linear
        let norm: LayerNorm
    }

    public let transformer: Transformer
    let crossAttentions: [CrossAttention]
    private let headTransform: Linear
    private let headNorm: LayerNorm
    private let headBias: Tensor

    /// - Parameters:
    ///   - transformer: BERT's family and RoBERTa's have decoders.
    ///   - folder: where a vocabulary head may be saved; one that is not there is made fresh, as the rest is.
    ///   - generator: makes what is fresh: normal weights of the configuration's deviation, no biases.
    /// - Throws: ``ModelError`` for another family.
    public init(transformer: Transformer, folder: String, generator: Generator = .shared) throws {
        let configuration = transformer.configuration
        guard ![.distilbert, .mpnet].contains(configuration.family) else {
            throw ModelError("a transformer of the \(configuration.family.rawValue) family cannot be a decoder; bert, roberta and xlm-roberta can")
        }
        self.transformer = transformer
        let hidden = configuration.hiddenSize
        let weights = try WeightFiles.ifPresent(folder: folder)
        func fresh(_ shape: [Int]) throws -> Tensor {
            try Tensor.randn(shape, generator: generator).multiplying(Double(configuration.initializerRange))
        }
        func norm(_ weight: Tensor? = nil, _ bias: Tensor? = nil) throws -> LayerNorm {
            LayerNorm(weight: try weight ?? Tensor.ones([hidden]), bias: bias ?? Tensor(zeros: [hidden]), epsilon: configuration.normEpsilon)
        }
        crossAttentions = try transformer.layers.map { _ in
            CrossAttention(value: Linear(weight: try fresh([hidden, hidden]), bias: Tensor(zeros: [hidden])),
                           output: Linear(weight: try fresh([hidden, hidden]), bias: Tensor(zeros: [hidden])), norm: try norm())
        }
        let names = HeadNames(family: configuration.family)
        if let weights, weights.contains(names.dense + ".weight") {
            headTransform = Linear(weight: try weights.tensor(names.dense + ".weight", shape: [hidden, hidden]),
                                   bias: try weights.tensor(names.dense + ".bias", shape: [hidden]))
            headNorm = try norm(weights.tensor(names.norm + ".weight", shape: [hidden]), weights.tensor(names.norm + ".bias", shape: [hidden]))
            headBias = try weights.tensor(names.bias, shape: [configuration.vocabularySize])
        } else {
            headTransform = Linear(weight: try fresh([hidden, hidden]), bias: Tensor(zeros: [hidden]))
            headNorm = try norm()
            headBias = Tensor(zeros: [configuration.vocabularySize])
        }
        for parameter in ownParameters { parameter.tensor.requiresGrad = true }
    }

    /// What it has besides the transformer, under the reference's names.
    public var ownParameters: [NamedParameter] {
        var result: [NamedParameter] = []
        func add(_ name: String, _ weight: Tensor, _ bias: Tensor?) {
            result.append(NamedParameter(name: name + ".weight", tensor: weight))
            if let bias { result.append(NamedParameter(name: name + ".bias", tensor: bias)) }
        }
        let prefix = TransformerNames(family: transformer.configuration.family).prefix
        for (index, cross) in crossAttentions.enumerated() {
            let layer = "\(prefix)encoder.layer.\(index).crossattention."
            add(layer + "self.value", cross.value.weight, cross.value.bias)
            add(layer + "output.dense", cross.output.weight, cross.output.bias)
            add(layer + "output.LayerNorm", cross.norm.weight, cross.norm.bias)
        }
        let names = HeadNames(family: transformer.configuration.family)
        add(names.dense, headTransform.weight, headTransform.bias)
        add(names.norm, headNorm.weight, headNorm.bias)
        result.append(NamedParameter(name: names.bias, tensor: headBias))
        return result
    }

    /// The transformer's parameters, under their names in a file with a head.
    public var transformerParameters: [NamedParameter] {
        transformer.parameters(prefix: TransformerNames(family: transformer.configuration.family).prefix)
    }

    /// Scores of the token that follows each token, `[tokens, vocabulary]`, on the tape.
    ///
    /// - Parameters:
    ///   - batch: the texts so far.
    ///   - vectors: what they are written from, `[sequences, hidden]`.
    ///   - isTraining: whether dropout is active.
    public func logits(_ batch: PackedBatch, vectors: Tensor, isTraining: Bool) throws -> Tensor {
        let configuration = transformer.configuration
        guard vectors.shape == [batch.sequenceCount, configuration.hiddenSize] else {
            throw ModelError("the decoder reads vectors of \(configuration.hiddenSize) numbers, one for each text; these have shape \(vectors.shape)")
        }
        let wasTraining = transformer.isTraining
        transformer.isTraining = isTraining
        defer { transformer.isTraining = wasTraining }
        let rows = PaddedRows(batch)
        var x = try transformer.embeddings(batch, dropout: transformer.dropout(configuration.hiddenDropout))
        for (layer, cross) in zip(transformer.layers, crossAttentions) {
            x = try selfAttention(layer.attention, x, rows)
            x = try attend(cross, x, vectors, rows)
            x = layer.feedForward(HiddenRows(x), dropout: transformer.dropout(configuration.hiddenDropout)).values
        }
        let transformed = try normalized(activated(headTransform(x)), headNorm)
        transformer.embeddings.words.pendingRows?.settleAll()
        return try transformed.linear(transformer.embeddings.words, bias: headBias)
    }

    private func selfAttention(_ block: AttentionBlock, _ x: Tensor, _ rows: PaddedRows) throws -> Tensor {
        let heads = block.headCount, hidden = x.shape[1], size = hidden / heads
        // [sequences, heads, longest, size]
        func split(_ projected: Tensor) throws -> Tensor {
            try projected.indexSelect(dim: 0, indices: rows.padded).reshape([rows.sequences, rows.longest, heads, size]).permute([0, 2, 1, 3])
        }
        let scores = try split(block.query(x)).matmul(split(block.key(x)).transpose(2, 3)) / Double(size).squareRoot()
        let weights = try dropped((scores + rows.mask).softmax(dim: -1), transformer.configuration.attentionDropout)
        let context = try weights.matmul(split(block.value(x))).permute([0, 2, 1, 3]).reshape([rows.sequences * rows.longest, hidden])
            .indexSelect(dim: 0, indices: rows.kept)
        return try normalized(x + dropped(block.output(context), transformer.configuration.hiddenDropout), block.norm)
    }

    private func attend(_ cross: CrossAttention, _ x: Tensor, _ vectors: Tensor, _ rows: PaddedRows) throws -> Tensor {
        var context = try cross.value(vectors).indexSelect(dim: 0, indices: rows.sequenceOfToken)
        if transformer.isTraining {
            // The weight of the vector is 1 for each head, and is dropped as weights are.
            let heads = transformer.configuration.headCount, tokens = x.shape[0]
            let weights = try dropped(Tensor.ones([tokens, heads, 1]), transformer.configuration.attentionDropout)
            context = try (context.reshape([tokens, heads, x.shape[1] / heads]) * weights).reshape(x.shape)
        }
        return try normalized(x + dropped(cross.output(context), transformer.configuration.hiddenDropout), cross.norm)
    }

    private func dropped(_ x: Tensor, _ probability: Float) throws -> Tensor {
        transformer.isTraining && probability > 0 ? try x.dropout(p: Double(probability)) : x
    }

    private func normalized(_ x: Tensor, _ norm: LayerNorm) throws -> Tensor {
        try x.layerNorm(weight: norm.weight, bias: norm.bias, eps: Double(norm.epsilon))
    }

    /// RoBERTa's head has gelu whatever the layers have.
    private func activated(_ x: Tensor) throws -> Tensor {
        switch transformer.configuration.family == .bert ? transformer.configuration.activation : .gelu {
        case .gelu: return try x.gelu()
        case .geluNew: return try x * 0.5 * (((x + x.pow(3) * 0.044715) * (2 / Double.pi).squareRoot()).tanh() + 1)
        case .relu: return try x.relu()
        }
    }

    private struct HeadNames {
        let dense, norm, bias: String

        init(family: TransformerConfiguration.Family) {
            if family == .bert {
                (dense, norm, bias) = ("cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm", "cls.predictions.bias")
            } else {
                (dense, norm, bias) = ("lm_head.dense", "lm_head.layer_norm", "lm_head.bias")
            }
        }
    }
}

/// A packed batch as rows of equal length, for attention in which each token sees itself and those before it.
private struct PaddedRows {
    let sequences: Int
    let longest: Int
    /// The token in each place, `[sequences * longest]`; any token where there is none, which no real token sees.
    let padded: [Int]
    /// The place of each token, `[tokens]`.
    let kept: [Int]
    let sequenceOfToken: [Int]
    /// 0 where a token may look, else so low that nothing is left after a softmax, `[longest, longest]`.
    let mask: Tensor

    init(_ batch: PackedBatch) {
        let count = batch.sequenceCount, longest = batch.longest
        sequences = count
        self.longest = longest
        let lengths = (0..<count).map { batch.offsets[$0 + 1] - batch.offsets[$0] }
        padded = (0..<count).flatMap { sequence in
            (0..<longest).map { batch.offsets[sequence] + min($0, lengths[sequence] - 1) }
        }
        kept = (0..<count).flatMap { sequence in (0..<lengths[sequence]).map { sequence * longest + $0 } }
        sequenceOfToken = (0..<count).flatMap { Array(repeating: $0, count: lengths[$0]) }
        mask = Tensor((0..<longest * longest).map { $0 % longest > $0 / longest ? -1e30 : Float(0) }, shape: [longest, longest])
    }
}
