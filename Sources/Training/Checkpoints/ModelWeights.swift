import Encoders
import SafeTensors
import Tensors

/// Putting saved weights into a model that is already there.
enum ModelWeights {
    /// Checks that `folder` has a float32 value of the right shape for every parameter.
    /// - Throws: ``TrainingError`` naming file and parameter.
    static func open(_ folder: String, for model: any EncoderModel) throws -> SafeTensorsFile {
        let path = "\(folder)/model.safetensors"
        let file = try SafeTensorsFile(path: path)
        for parameter in model.parameters {
            guard let entry = file.entry(parameter.name) else { throw TrainingError("\(path): no tensor '\(parameter.name)', which the model has") }
            guard entry.dtype == .float32, entry.shape == parameter.tensor.shape else {
                throw TrainingError("\(path): '\(parameter.name)' is \(entry.dtype) \(entry.shape), the model needs float32 \(parameter.tensor.shape)")
            }
        }
        return file
    }

    /// Overwrites the model's parameters with those of `folder`.
    static func load(into model: any EncoderModel, from folder: String) throws {
        try copy(try open(folder, for: model), into: model)
    }

    /// Overwrites the model's parameters with those of an opened file.
    static func copy(_ file: SafeTensorsFile, into model: any EncoderModel) throws {
        for parameter in model.parameters {
            try file.copyFloats(of: parameter.name, into: UnsafeMutableBufferPointer(start: parameter.tensor.floats, count: parameter.tensor.count))
        }
    }
}
