import Kernels
import Tensors

/// The body of an encoder: embeddings and layers, over packed batches.
public final class Transformer {
    public private(set) var configuration: TransformerConfiguration
    public let embeddings: EmbeddingLayer
    public private(set) var layers: [TransformerLayer]
    /// What all layers add to the scores of attention; nil where the family has nothing.
    public let relativeBias: RelativePositionBias?
    /// Whether dropout is active, from ``Generator/shared``.
    public var isTraining = false
    /// LoRA adapters of the transformer and of the head that belongs to it.
    public let adapters = AdapterSet()
    /// Whether each layer keeps only its input and is computed again in the backward pass.
    public var usesGradientCheckpointing = false

    /// Loads the body from a folder's weights. Parameters ask for gradients.
    /// - Throws: ``ModelError`` for a tensor that is missing or of another shape.
    init(configuration: TransformerConfiguration, weights: any WeightSource) throws {
        self.configuration = configuration
        let names = TransformerNames(family: configuration.family)
        let prefix = weights.contains(names.prefix + names.words) ? names.prefix : ""
        let hidden = configuration.hiddenSize, inner = configuration.intermediateSize

        func linear(_ name: String, _ outputs: Int, _ inputs: Int) throws -> Linear {
            Linear(weight: try weights.tensor(prefix + name + ".weight", shape: [outputs, inputs]),
                   bias: try weights.tensor(prefix + name + ".bias", shape: [outputs]))
        }
        func norm(_ name: String) throws -> LayerNorm {
            LayerNorm(weight: try weights.tensor(prefix + name + ".weight", shape: [hidden]),
                      bias: try weights.tensor(prefix + name + ".bias", shape: [hidden]), epsilon: configuration.normEpsilon)
        }

        embeddings = EmbeddingLayer(
            words: try weights.tensor(prefix + names.words, shape: [configuration.vocabularySize, hidden]),
            positions: try weights.tensor(prefix + names.positions, shape: [configuration.positionCount, hidden]),
            types: configuration.typeCount == 0 ? nil : try weights.tensor(prefix + names.types, shape: [configuration.typeCount, hidden]),
            norm: try norm(names.embeddingNorm), firstPosition: configuration.firstPosition, paddingId: configuration.paddingId)
        relativeBias = configuration.biasBucketCount == 0 ? nil : RelativePositionBias(
            weight: try weights.tensor(prefix + names.relativeBias, shape: [configuration.biasBucketCount, configuration.headCount]))
        var layers: [TransformerLayer] = []
        // The count is believed as far as there are weights.
        for index in 0..<configuration.layerCount {
            let parts = names.projections(index).map { prefix + $0 }
            let stacked = zip(try weights.stack(parts.map { $0 + ".weight" }, shape: [hidden, hidden]),
                              try weights.stack(parts.map { $0 + ".bias" }, shape: [hidden])).map { Linear(weight: $0, bias: $1) }
            let attention = AttentionBlock(
                query: stacked[0], key: stacked[1], value: stacked[2], output: try linear(names.attentionOutput(index), hidden, hidden),
                norm: try norm(names.attentionNorm(index)), headCount: configuration.headCount)
            let feedForward = FeedForwardBlock(
                expansion: try linear(names.expansion(index), inner, hidden), contraction: try linear(names.contraction(index), hidden, inner),
                norm: try norm(names.outputNorm(index)), activation: configuration.activation)
            layers.append(TransformerLayer(attention: attention, feedForward: feedForward))
        }
        self.layers = layers
        for parameter in baseParameters(prefix: "") { parameter.tensor.requiresGrad = true }
        adapters.describe = { [unowned self] in adapterScope(prefix: "") }
    }

    /// Loads the body alone from a folder with `config.json` and safetensors.
    public convenience init(folder: String) throws {
        try self.init(configuration: TransformerConfiguration(folder: folder), weights: WeightFiles(folder: folder))
    }

    /// Keeps some layers and drops the others: the start of a smaller student with the weights of its teacher.
    /// - Parameter indices: from 0, ascending.
    /// - Throws: ``ModelError`` for an index out of range or out of order, or where the model has adapters.
    public func keepLayers(_ indices: [Int]) throws {
        guard adapters.isEmpty else { throw ModelError("keep_layers: the model has adapters; merge or delete them first") }
        guard !indices.isEmpty, zip(indices, indices.dropFirst()).allSatisfy(<), indices.allSatisfy(layers.indices.contains) else {
            throw ModelError("keep_layers: indices from 1 to \(layers.count) in ascending order are wanted, they are "
                + indices.map { "\($0 &+ 1)" }.joined(separator: ", "))
        }
        layers = indices.map { layers[$0] }
        configuration.layerCount = layers.count
        let key = configuration.json["num_hidden_layers"] == nil && configuration.json["n_layers"] != nil ? "n_layers" : "num_hidden_layers"
        configuration.json[key] = .integer(Int64(layers.count))
    }

    /// The last layer's output for every token, `[tokens, hidden]`, on the tape.
    public func hiddenStates(_ batch: PackedBatch) throws -> Tensor { try run(batch, firstOnly: false) }

    /// The last layer's output for the first token of each sequence, `[sequences, hidden]`, on the tape. The last layer
    /// is computed for these tokens only.
    public func firstHiddenStates(_ batch: PackedBatch) throws -> Tensor { try run(batch, firstOnly: true) }

    private func run(_ batch: PackedBatch, firstOnly: Bool) throws -> Tensor {
        if batch.sequenceCount == 0 { return Tensor(zeros: [0, configuration.hiddenSize]) }
        try checkRoom(for: batch)
        var x = HiddenRows(try embeddings(batch, dropout: dropout(configuration.hiddenDropout)))
        let bias = try relativeBias?(length: batch.longest)
        for (index, layer) in layers.enumerated() {
            x = layer(x, batch, bias: bias, dropout: layerDropout(layer), firstOnly: firstOnly && index == layers.count - 1,
                      isCheckpointed: usesGradientCheckpointing)
        }
        return x.values
    }

    /// Throws if a layer could not have its rows: kernels cannot stop for want of memory.
    func checkRoom(for batch: PackedBatch) throws {
        // The input, queries, keys, values and what comes of them.
        try ComputeRoom.check(batch.tokenCount * configuration.hiddenSize * 5 * MemoryLayout<Float>.stride,
                              for: "a batch of \(batch.sequenceCount) texts with \(batch.tokenCount) tokens cannot be computed; a smaller batch may")
    }

    /// A fresh dropout for each place of a layer.
    func layerDropout(_ layer: TransformerLayer) -> LayerDropout {
        LayerDropout(attention: dropout(configuration.attentionDropout), attentionOutput: dropout(configuration.hiddenDropout),
                     output: dropout(configuration.hiddenDropout), updates: isTraining ? layer.freshUpdateDropouts() : [:])
    }

    /// A fresh dropout while training; nil otherwise.
    func dropout(_ probability: Float) -> Dropout? {
        guard isTraining, probability > 0 else { return nil }
        let source = Generator.shared.nextStream()
        return Dropout(probability: probability, philox: source.philox, stream: source.stream)
    }

    /// Every parameter under its name in a file of the body alone, and those of adapters.
    public var parameters: [NamedParameter] { parameters(prefix: "") }

    /// Every parameter under its name in a file, each preceded by `prefix`, and those of adapters.
    func parameters(prefix: String) -> [NamedParameter] { baseParameters(prefix: prefix) + adapters.parameters }

    /// The body's own parameters under their names in a file, each preceded by `prefix`. Up to date: rows that an optimizer has left
    /// behind are settled.
    func baseParameters(prefix: String) -> [NamedParameter] {
        embeddings.words.pendingRows?.settleAll()
        let names = TransformerNames(family: configuration.family)
        var result: [NamedParameter] = []
        func add(_ name: String, _ tensor: Tensor?) {
            if let tensor { result.append(NamedParameter(name: prefix + name, tensor: tensor)) }
        }
        func add(_ name: String, _ linear: Linear) {
            add(name + ".weight", linear.weight)
            add(name + ".bias", linear.bias)
        }
        func add(_ name: String, _ norm: LayerNorm) {
            add(name + ".weight", norm.weight)
            add(name + ".bias", norm.bias)
        }
        add(names.words, embeddings.words)
        add(names.positions, embeddings.positions)
        add(names.types, embeddings.types)
        add(names.embeddingNorm, embeddings.norm)
        add(names.relativeBias, relativeBias?.weight)
        for (index, layer) in layers.enumerated() {
            for (name, linear) in zip(names.projections(index), [layer.attention.query, layer.attention.key, layer.attention.value]) {
                add(name, linear)
            }
            add(names.attentionOutput(index), layer.attention.output)
            add(names.attentionNorm(index), layer.attention.norm)
            add(names.expansion(index), layer.feedForward.expansion)
            add(names.contraction(index), layer.feedForward.contraction)
            add(names.outputNorm(index), layer.feedForward.norm)
        }
        return result
    }
}
