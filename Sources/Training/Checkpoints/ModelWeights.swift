import Encoders
import Files
import SafeTensors
import Tensors

/// The weights of a saved model folder, checked against a model that is already there.
struct ModelWeights {
    private let entries: [(file: SafeTensorsFile, parameter: StoredParameter)]

    /// Checks that `folder` has a float32 value of the right shape for every parameter of the model.
    /// - Throws: ``TrainingError`` naming file and parameter, or the error of a file that cannot be read.
    init(_ folder: String, for model: any EncoderModel) throws {
        var files: [String: SafeTensorsFile] = [:]
        entries = try model.storedParameters.map { parameter in
            let path = Path.join(folder, parameter.file)
            let file = try files[path] ?? SafeTensorsFile(path: path)
            files[path] = file
            guard let entry = file.entry(parameter.name) else { throw TrainingError("\(path): no tensor '\(parameter.name)', which the model has") }
            guard entry.dtype == .float32, entry.shape == parameter.tensor.shape else {
                throw TrainingError("\(path): '\(parameter.name)' is \(entry.dtype) \(entry.shape), the model needs float32 \(parameter.tensor.shape)")
            }
            return (file, parameter)
        }
    }

    /// Overwrites the model's parameters.
    func restore() throws {
        for (file, parameter) in entries {
            try file.copyFloats(of: parameter.name, into: UnsafeMutableBufferPointer(start: parameter.tensor.floats, count: parameter.tensor.count))
        }
    }
}
