import SafeTensors
import Tensors

/// `optimizer.safetensors` of a checkpoint: each parameter's moments under `PARAMETER.exp_avg` and the like, and its number
/// of updates in the metadata.
enum OptimizerFile {
    static let fileName = "optimizer.safetensors"

    static func write(_ optimizer: any Optimizer, to folder: String) throws {
        var outputs: [SafeTensorsOutput] = []
        var steps: [String: String] = [:]
        for parameter in optimizer.parameters {
            guard let memory = optimizer.memory[parameter.name] else { continue }
            steps[parameter.name] = "\(memory.step)"
            for name in optimizer.memoryTensorNames {
                guard let tensor = memory.tensors[name] else { continue }
                let bytes = UnsafeRawBufferPointer(start: tensor.floats, count: tensor.count * DType.float32.byteCount)
                outputs.append(SafeTensorsOutput(name: "\(parameter.name).\(name)", dtype: .float32, shape: tensor.shape, bytes: bytes))
            }
        }
        try SafeTensorsWriter.write(to: "\(folder)/\(fileName)", tensors: outputs, metadata: steps)
    }

    /// Reads what belongs to the optimizer's parameters.
    /// - Throws: ``TrainingError`` for a number of updates or a moment that is missing, of another shape or not a number.
    static func read(_ folder: String, for optimizer: any Optimizer) throws -> [String: ParameterMemory] {
        let path = "\(folder)/\(fileName)"
        let file = try SafeTensorsFile(path: path)
        var memory: [String: ParameterMemory] = [:]
        for parameter in optimizer.parameters {
            guard let text = file.metadata[parameter.name] else {
                if let name = optimizer.memoryTensorNames.first(where: { file.entry("\(parameter.name).\($0)") != nil }) {
                    throw TrainingError("\(path): '\(parameter.name).\(name)' is there, and '__metadata__' has no number of updates of "
                        + "'\(parameter.name)'; the checkpoint is damaged")
                }
                continue
            }
            guard let step = Int(text), (1...TrainingPlan.mostSteps).contains(step) else {
                throw TrainingError("\(path): '\(text)' is not a number of updates of '\(parameter.name)'; the checkpoint is damaged")
            }
            var entry = ParameterMemory()
            entry.step = step
            for name in optimizer.memoryTensorNames {
                let key = "\(parameter.name).\(name)"
                guard let stored = file.entry(key), stored.dtype == .float32, stored.shape == parameter.tensor.shape else {
                    throw TrainingError("\(path): '\(key)' is missing or not float32 of shape \(parameter.tensor.shape); "
                        + "was the checkpoint written with another optimizer?")
                }
                let tensor = Tensor(zeros: stored.shape)
                try file.copyFloats(of: key, into: UnsafeMutableBufferPointer(start: tensor.floats, count: tensor.count))
                guard tensor.isFinite, name != "exp_avg_sq" || !tensor.floatArray().contains(where: { $0 < 0 }) else {
                    throw TrainingError("\(path): '\(key)' holds a number that no optimizer leaves there; the checkpoint is damaged")
                }
                entry.tensors[name] = tensor
            }
            memory[parameter.name] = entry
        }
        return memory
    }
}
