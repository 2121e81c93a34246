import Encoders
import Files
import SafeTensors
import Tensors

/// The weights of a saved folder, checked against parameters that are already there.
struct SavedWeights {
    private let entries: [(file: SafeTensorsFile, parameter: StoredParameter)]

    /// Checks that `folder` has a float32 value of the right shape for every parameter.
    /// - Throws: ``TrainingError`` naming file and parameter, or the error of a file that cannot be read.
    init(_ folder: String, for parameters: [StoredParameter]) throws {
        var files: [String: SafeTensorsFile] = [:]
        entries = try parameters.map { parameter in
            let path = Path.join(folder, parameter.file)
            let file = try files[path] ?? SafeTensorsFile(path: path)
            files[path] = file
            guard let entry = file.entry(parameter.name) else { throw TrainingError("\(path): no tensor '\(parameter.name)', which this run has") }
            guard entry.dtype == .float32, entry.shape == parameter.tensor.shape else {
                throw TrainingError("\(path): '\(parameter.name)' is \(entry.dtype) \(entry.shape), this run needs float32 \(parameter.tensor.shape)")
            }
            return (file, parameter)
        }
    }

    /// Overwrites the parameters.
    func restore() throws {
        for (file, parameter) in entries {
            try file.copyFloats(of: parameter.name, into: UnsafeMutableBufferPointer(start: parameter.tensor.floats, count: parameter.tensor.count))
            parameter.tensor.storage.didChange()
        }
    }

    /// Writes parameters of a loss as `file` of `folder`.
    static func write(_ parameters: [NamedParameter], to path: String) throws {
        // A tensor of a user's may be a view with gaps.
        let values = parameters.map { $0.tensor.contiguous() }
        try SafeTensorsWriter.write(to: path, tensors: zip(parameters, values).map { parameter, value in
            SafeTensorsOutput(name: parameter.name, dtype: .float32, shape: value.shape,
                              bytes: UnsafeRawBufferPointer(start: value.floats, count: value.count * DType.float32.byteCount))
        })
    }
}
