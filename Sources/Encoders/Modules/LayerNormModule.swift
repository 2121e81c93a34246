import Files
import JSON
import Tensors

/// Layer normalisation of sentence embeddings (Ba, Kiros and Hinton, 2016), with an epsilon of 1e-5.
public final class LayerNormModule: Module {
    public let type = ModuleType.layerNorm
    /// `[dimension]` each.
    public let weight: Tensor, bias: Tensor

    /// A fresh one, which scales by 1 and shifts by 0.
    public init(dimension: Int) {
        weight = Tensor(repeating: 1, shape: [dimension])
        bias = Tensor(zeros: [dimension])
        weight.requiresGrad = true
        bias.requiresGrad = true
    }

    /// Reads a module folder.
    init(folder: String) throws {
        let dimension = try ConfigurationFile(path: Path.join(folder, "config.json")).size("dimension")
        let weights = try WeightFiles(folder: folder)
        weight = try weights.tensor("norm.weight", shape: [dimension])
        bias = try weights.tensor("norm.bias", shape: [dimension])
        weight.requiresGrad = true
        bias.requiresGrad = true
    }

    public var embeddingDimension: Int? { weight.count }

    public var parameters: [NamedParameter] {
        [NamedParameter(name: "norm.weight", tensor: weight), NamedParameter(name: "norm.bias", tensor: bias)]
    }

    public func check(_ widths: inout FeatureWidths) throws { try widths.require(.sentenceEmbedding, width: weight.count, for: type) }

    public func forward(_ features: inout ModuleFeatures) throws {
        features.sentenceEmbedding = try features.sentenceEmbedding?.layerNorm(weight: weight, bias: bias, eps: 1e-5)
    }

    public var settings: JSONObject { ["dimension": .integer(Int64(weight.count))] }
}
