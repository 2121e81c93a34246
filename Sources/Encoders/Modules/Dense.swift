import Files
import JSON
import Tensors

/// A linear map of embeddings with an activation, optionally added to its input.
public final class Dense: Module {
    public let type = ModuleType.dense
    public let linear: Linear
    public let activation: DenseActivation
    /// Projects the input where it is added and has another width.
    public let residual: Linear?
    public let usesResidual: Bool
    /// What it reads and replaces.
    public let feature: FeatureName
    public var isTraining = false
    /// What `PReLU` learns, `[1]`.
    private let slope: Tensor?

    /// A fresh one, with weights as `torch.nn.Linear` makes them: uniform within `1 / sqrt(inputs)`.
    public init(
        inputs: Int, outputs: Int, hasBias: Bool = true, activation: DenseActivation = .tanh, feature: FeatureName = .sentenceEmbedding,
        usesResidual: Bool = false, generator: Generator = .shared
    ) throws {
        for (name, size) in [("in_features", inputs), ("out_features", outputs)] where size < 1 {
            throw ModelError("Dense: \(name): a whole number above 0 is wanted, it is \(size)")
        }
        func uniform(_ shape: [Int]) throws -> Tensor {
            let bound = 1 / Double(inputs).squareRoot()
            return try GradientTape.noGrad { try Tensor.rand(shape, generator: generator).multiplying(2 * bound).subtracting(bound) }
        }
        self.activation = activation
        self.feature = feature
        self.usesResidual = usesResidual
        linear = Linear(weight: try uniform([outputs, inputs]), bias: hasBias ? try uniform([outputs]) : nil)
        residual = usesResidual && inputs != outputs ? Linear(weight: try uniform([outputs, inputs]), bias: nil) : nil
        slope = activation == .prelu ? Tensor([Float(0.25)]) : nil
        for parameter in parameters { parameter.tensor.requiresGrad = true }
    }

    /// Reads a module folder: `config.json` and `model.safetensors`.
    /// - Throws: ``ModelError`` naming file and key.
    init(folder: String) throws {
        let source = try ConfigurationFile(path: Path.join(folder, "config.json"))
        let inputs = try source.size("in_features"), outputs = try source.size("out_features")
        feature = try FeatureName(source)
        let path = try source.string("activation_function", default: DenseActivation.tanh.path)
        guard let activation = DenseActivation(path: path) else {
            let known = DenseActivation.allCases.map(\.rawValue).joined(separator: ", ")
            throw ModelError("\(source.path): activation_function \"\(path)\" is not supported; supported are \(known)")
        }
        self.activation = activation
        let weights = try WeightFiles(folder: folder)
        let hasBias = try source.bool("bias", default: true)
        if !hasBias, weights.contains("linear.bias") {
            throw ModelError("\(source.path): bias is false, but \(folder) holds a tensor \"linear.bias\"; one of them is wrong")
        }
        linear = Linear(weight: try weights.tensor("linear.weight", shape: [outputs, inputs]),
                        bias: hasBias ? try weights.tensor("linear.bias", shape: [outputs]) : nil)
        usesResidual = try source.bool("use_residual", default: false)
        residual = usesResidual && inputs != outputs
            ? Linear(weight: try weights.tensor("residual.weight", shape: [outputs, inputs]), bias: nil) : nil
        slope = activation == .prelu ? try weights.tensor("activation_function.weight", shape: [1]) : nil
        for parameter in parameters { parameter.tensor.requiresGrad = true }
    }

    public var embeddingDimension: Int? { linear.outputCount }

    public func check(_ widths: inout FeatureWidths) throws {
        try widths.require(feature, width: linear.inputCount, for: type)
        widths[feature] = linear.outputCount
    }

    public func forward(_ features: inout ModuleFeatures) throws {
        guard let x = features[feature] else { throw ModelError("Dense: the batch has no \(feature.rawValue)") }
        let result = try activation(linear(x), slope: slope, isTraining: isTraining)
        features[feature] = usesResidual ? try result.adding(residual?(x) ?? x) : result
    }

    /// Under their names in the module's own file.
    public var parameters: [NamedParameter] {
        var list = [NamedParameter(name: "linear.weight", tensor: linear.weight)]
        if let bias = linear.bias { list.append(NamedParameter(name: "linear.bias", tensor: bias)) }
        if let slope { list.append(NamedParameter(name: "activation_function.weight", tensor: slope)) }
        if let residual { list.append(NamedParameter(name: "residual.weight", tensor: residual.weight)) }
        return list
    }

    public var settings: JSONObject {
        var object: JSONObject = [
            "in_features": .integer(Int64(linear.inputCount)), "out_features": .integer(Int64(linear.outputCount)),
            "bias": .bool(linear.bias != nil), "activation_function": .string(activation.path),
            "module_input_name": .string(feature.rawValue), "module_output_name": .string(feature.rawValue),
        ]
        if usesResidual { object["use_residual"] = true }
        return object
    }
}
