import Files
import JSON
import Tensors

/// A linear map of pooled vectors with an activation, optionally added to its input.
public struct Dense {
    public let linear: Linear
    public let activation: ScoreActivation
    /// Projects the input where it is added and has another width.
    public let residual: Linear?
    public let usesResidual: Bool

    /// Reads a module folder: `config.json` and `model.safetensors`.
    /// - Throws: ``ModelError`` naming file and key.
    init(folder: String, inputs: Int) throws {
        let source = try ConfigurationFile(path: Path.join(folder, "config.json"))
        let read = try source.size("in_features"), outputs = try source.size("out_features")
        if read != inputs { throw ModelError("\(source.path): in_features \(read) is not the \(inputs) of the module before") }
        for key in ["module_input_name", "module_output_name"] {
            let name = try source.string(key, default: "sentence_embedding")
            if name != "sentence_embedding" { throw ModelError("\(source.path): \(key) \"\(name)\" is not supported; supported is sentence_embedding") }
        }
        let path = try source.string("activation_function", default: ScoreActivation.tanh.path)
        guard let activation = ScoreActivation(path: path) else {
            let known = ScoreActivation.allCases.map(\.rawValue).joined(separator: ", ")
            throw ModelError("\(source.path): activation_function \"\(path)\" is not supported; supported are \(known)")
        }
        self.activation = activation
        let weights = try WeightFiles(folder: folder)
        let hasBias = try source.bool("bias", default: true)
        linear = Linear(weight: try weights.tensor("linear.weight", shape: [outputs, inputs]),
                        bias: hasBias ? try weights.tensor("linear.bias", shape: [outputs]) : nil)
        usesResidual = try source.bool("use_residual", default: false)
        residual = usesResidual && inputs != outputs
            ? Linear(weight: try weights.tensor("residual.weight", shape: [outputs, inputs]), bias: nil) : nil
        for parameter in parameters { parameter.tensor.requiresGrad = true }
    }

    /// - Parameter x: `[rows, inputs]`
    /// - Returns: `[rows, outputs]`, on the tape.
    func callAsFunction(_ x: Tensor) throws -> Tensor {
        let result = try activation(linear(x))
        return usesResidual ? try result.adding(residual?(x) ?? x) : result
    }

    /// Under their names in the module's own file.
    var parameters: [NamedParameter] {
        var list = [NamedParameter(name: "linear.weight", tensor: linear.weight)]
        if let bias = linear.bias { list.append(NamedParameter(name: "linear.bias", tensor: bias)) }
        if let residual { list.append(NamedParameter(name: "residual.weight", tensor: residual.weight)) }
        return list
    }

    var json: JSONObject {
        var object: JSONObject = [
            "in_features": .integer(Int64(linear.inputCount)), "out_features": .integer(Int64(linear.outputCount)),
            "bias": .bool(linear.bias != nil), "activation_function": .string(activation.path),
            "module_input_name": "sentence_embedding", "module_output_name": "sentence_embedding",
        ]
        if usesResidual { object["use_residual"] = true }
        return object
    }
}
