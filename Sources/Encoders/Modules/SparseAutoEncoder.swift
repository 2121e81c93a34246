import Files
import JSON
import Kernels
import Tensors

/// Rewrites a dense embedding as a longer one of which only the greatest `k` elements stay: contrastive sparse representation.
///
///     latents = relu(top k of (W (x - b) + c)),   x ≈ Wᵀ latents + b
///
/// (Wen et al. 2025: Beyond Matryoshka, arXiv 2503.01776; Gao et al. 2024: Scaling and evaluating sparse autoencoders, arXiv 2406.04093.)
/// Latents that no text has used for `dead_threshold` counts are dead; while training they get a reconstruction of their own.
public final class SparseAutoEncoder: Module {
    public let type = ModuleType.sparseAutoEncoder
    public let options: SparseAutoEncoderOptions
    /// W, `[hidden_dim, input_dim]`, without a bias.
    public let encoder: Linear
    /// b, `[input_dim]`
    public let inputBias: Tensor
    /// c, `[hidden_dim]`
    public let latentBias: Tensor
    /// How long each latent has not been used. A training step counts twice, for `k` and for `4 k`.
    public internal(set) var stepsSinceUse: [Int]

    /// A fresh one: W as `torch.nn.Linear` makes it, the biases zero.
    /// - Throws: ``ModelError`` for sizes below 1.
    public init(_ options: SparseAutoEncoderOptions, generator: Generator = .shared) throws {
        try options.check()
        let inputs = options.inputDimension, hidden = options.hiddenDimension
        let bound = 1 / Double(inputs).squareRoot()
        let weight = try GradientTape.noGrad { try Tensor.rand([hidden, inputs], generator: generator).multiplying(2 * bound).subtracting(bound) }
        self.options = options
        encoder = Linear(weight: weight, bias: nil)
        inputBias = Tensor(zeros: [inputs])
        latentBias = Tensor(zeros: [hidden])
        stepsSinceUse = [Int](repeating: 0, count: hidden)
        for parameter in parameters { parameter.tensor.requiresGrad = true }
    }

    /// Reads a module folder: `config.json` and `model.safetensors`.
    /// - Throws: ``ModelError`` naming file and key.
    public init(folder: String) throws {
        let source = try ConfigurationFile(path: Path.join(folder, "config.json"))
        var options = SparseAutoEncoderOptions(inputDimension: try source.size("input_dim"))
        options.hiddenDimension = try source.size("hidden_dim", default: options.hiddenDimension)
        options.k = try source.size("k", default: options.k)
        options.auxiliaryK = try source.count("k_aux", default: options.auxiliaryK)
        options.normalizes = try source.bool("normalize", default: false)
        options.deadThreshold = try source.count("dead_threshold", default: options.deadThreshold)
        do { try options.check() } catch { throw ModelError("\(source.path): \(error)") }
        self.options = options
        let weights = try WeightFiles(folder: folder), inputs = options.inputDimension, hidden = options.hiddenDimension
        // Encoder and decoder are one matrix, which the reference may store under either name.
        let name = weights.contains("encoder.weight") ? "encoder.weight" : "decoder.linear.weight"
        encoder = Linear(weight: try weights.tensor(name, shape: [hidden, inputs]), bias: nil)
        inputBias = try weights.tensor("pre_bias", shape: [inputs])
        latentBias = try weights.tensor("latent_bias", shape: [hidden])
        stepsSinceUse = weights.contains("stats_last_nonzero") ? try weights.integers("stats_last_nonzero", shape: [hidden])
            : [Int](repeating: 0, count: hidden)
        if let wrong = stepsSinceUse.first(where: { !(0 ... 1 << 53).contains($0) }) {
            throw ModelError("\(weights.path): tensor \"stats_last_nonzero\" holds \(wrong); counts from 0 to 2^53 are wanted")
        }
        for parameter in parameters { parameter.tensor.requiresGrad = true }
    }

    public var embeddingDimension: Int? { options.hiddenDimension }

    public var parameters: [NamedParameter] {
        [NamedParameter(name: "encoder.weight", tensor: encoder.weight), NamedParameter(name: "latent_bias", tensor: latentBias),
         NamedParameter(name: "pre_bias", tensor: inputBias)]
    }

    public var settings: JSONObject {
        ["input_dim": .integer(Int64(options.inputDimension)), "hidden_dim": .integer(Int64(options.hiddenDimension)),
         "k": .integer(Int64(options.k)), "k_aux": .integer(Int64(options.auxiliaryK)), "normalize": .bool(options.normalizes),
         "dead_threshold": .integer(Int64(options.deadThreshold))]
    }

    public func check(_ widths: inout FeatureWidths) throws {
        try widths.require(.sentenceEmbedding, width: options.inputDimension, for: type)
        widths.sentence = options.hiddenDimension
    }

    public func forward(_ features: inout ModuleFeatures) throws {
        guard let embedding = features.sentenceEmbedding else { throw ModelError("SparseAutoEncoder: the batch has no sentence embeddings") }
        let k = min(features.maxActiveDims ?? options.k, options.hiddenDimension)
        let input = try Prepared(embedding, normalizes: options.normalizes)
        let scores = try encoder(input.values.subtracting(inputBias)).adding(latentBias)
        let latents = try kept(k, of: scores)
        features.sentenceEmbedding = latents
        if features.wantsReconstruction { features.reconstruction = try reconstruction(of: input, scores, latents, k: k) }
    }

    /// What training compares, in the order in which the reference counts uses.
    private func reconstruction(of input: Prepared, _ scores: Tensor, _ latents: Tensor, k: Int) throws -> Reconstruction {
        // Evaluations are not counted.
        if GradientTape.isRecording { count(scores, k: k) }
        let dead = Tensor(stepsSinceUse.map { $0 > options.deadThreshold ? Float(1) : 0 })
        let auxiliary = options.auxiliaryK > 0 ? try kept(options.auxiliaryK, of: scores.multiplying(dead)) : nil
        let more = try kept(4 * k, of: scores)
        if GradientTape.isRecording { count(scores, k: 4 * k) }
        let decoded = try decode(latents, input)
        return Reconstruction(backbone: input.original, decoded: decoded, decodedFourfold: try decode(more, input),
                              decodedAuxiliary: try auxiliary.map { try input.scaled($0.matmul(encoder.weight).adding(inputBias)) },
                              decodedWithoutBias: try decoded.subtracting(input.scaled(inputBias)))
    }

    private func decode(_ latents: Tensor, _ input: Prepared) throws -> Tensor {
        try input.restored(latents.matmul(encoder.weight).adding(inputBias))
    }

    /// The greatest `k` elements of each row where they are above zero; zeros elsewhere.
    private func kept(_ k: Int, of scores: Tensor) throws -> Tensor {
        let mask = Tensor(zeros: scores.shape), width = scores.shape[1]
        for (row, columns) in greatest(k, of: scores).enumerated() { for column in columns { mask.floats[row * width + column] = 1 } }
        return try scores.multiplying(mask).relu()
    }

    /// The columns of the greatest `k` elements of each row; of equals the first ones.
    private func greatest(_ k: Int, of scores: Tensor) -> [[Int]] {
        let values = scores.detach().floatArray(), width = scores.shape[1]
        return (0..<scores.shape[0]).map { row in
            let order = (0..<width).filter { values[row * width + $0] > 0 }
            if order.count <= k { return order }
            let sorted = order.sorted {
                let (a, b) = (values[row * width + $0], values[row * width + $1])
                return a == b ? $0 < $1 : a > b
            }
            return Array(sorted.prefix(k))
        }
    }

    /// Counts one use more of none, and starts again for the latents that are used.
    private func count(_ scores: Tensor, k: Int) {
        let values = scores.detach().floatArray(), width = scores.shape[1]
        for (row, columns) in greatest(k, of: scores).enumerated() {
            for column in columns where values[row * width + column] > 1e-5 { stepsSinceUse[column] = 0 }
        }
        for column in stepsSinceUse.indices { stepsSinceUse[column] += 1 }
    }

    public func save(to folder: String) throws {
        try ModelSaving.write(settings, to: folder, "config.json")
        try ModelSaving.writeWeights(parameters, integers: [("stats_last_nonzero", stepsSinceUse)], to: folder)
    }

    /// The input, by choice with mean 0 and deviation 1 in each row, and the way back.
    private struct Prepared {
        let original: Tensor
        let values: Tensor
        private let mean: Tensor?
        private let deviation: Tensor?

        init(_ embedding: Tensor, normalizes: Bool) throws {
            original = embedding
            guard normalizes else {
                (values, mean, deviation) = (embedding, nil, nil)
                return
            }
            let mean = try embedding.mean(dim: 1, keepDim: true)
            let centred = try embedding.subtracting(mean)
            let variance = try centred.multiplying(centred).sum(dim: 1, keepDim: true).dividing(by: Double(max(1, embedding.shape[1] - 1)))
            let deviation = try variance.sqrt()
            values = try centred.dividing(by: deviation.adding(1e-5))
            (self.mean, self.deviation) = (mean, deviation)
        }

        /// With the input's deviation, without its mean.
        func scaled(_ decoded: Tensor) throws -> Tensor { try deviation.map { try decoded.multiplying($0) } ?? decoded }

        func restored(_ decoded: Tensor) throws -> Tensor {
            guard let mean, let deviation else { return decoded }
            return try decoded.multiplying(deviation).adding(mean)
        }
    }
}
