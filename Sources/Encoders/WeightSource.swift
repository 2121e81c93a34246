import Tensors

/// Where a transformer takes its weights from: the files of a folder, or another model in memory.
protocol WeightSource {
    func contains(_ name: String) -> Bool

    /// A tensor of float32 that belongs to who asks.
    /// - Throws: ``ModelError`` if it is missing or of another shape.
    func tensor(_ name: String, shape: [Int]) throws -> Tensor

    /// Tensors of one shape as views of one storage, one below the other.
    func stack(_ names: [String], shape: [Int]) throws -> [Tensor]
}

extension WeightFiles: WeightSource {}

/// Copies of the weights of a model in memory, under the names that they would have in a file.
struct CopiedWeights: WeightSource {
    private let tensors: [String: Tensor]

    init(_ parameters: [NamedParameter]) {
        tensors = Dictionary(parameters.map { ($0.name, $0.tensor) }) { first, _ in first }
    }

    func contains(_ name: String) -> Bool { tensors[name] != nil }

    func tensor(_ name: String, shape: [Int]) throws -> Tensor { try own(name, shape).detach().contiguousCopy() }

    func stack(_ names: [String], shape: [Int]) throws -> [Tensor] {
        let sources = try names.map { try own($0, shape).detach().contiguous() }
        let count = shape.reduce(1, *)
        let storage = Storage(byteCount: names.count * count * MemoryLayout<Float>.stride)
        return sources.enumerated().map { index, source in
            let tensor = Tensor(storage: storage, shape: shape, offset: index * count, dtype: .float32)
            tensor.floats.update(from: source.floats, count: count)
            return tensor
        }
    }

    private func own(_ name: String, _ shape: [Int]) throws -> Tensor {
        guard let tensor = tensors[name], tensor.shape == shape else { throw ModelError("the model that is copied has no tensor \"\(name)\" of shape \(shape)") }
        return tensor
    }
}
