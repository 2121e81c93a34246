import Encoders
import Tensors

extension Linear {
    /// A new layer of a loss, trained: weights and bias uniform in ± 1 / sqrt(inputs).
    convenience init(freshInputs inputs: Int, outputs: Int, generator: Generator) throws {
        let bound = 1 / Double(inputs).squareRoot()
        func uniform(_ shape: [Int]) throws -> Tensor {
            let tensor = try GradientTape.noGrad { try (Tensor.rand(shape, generator: generator) * 2 - 1) * bound }
            tensor.requiresGrad = true
            return tensor
        }
        try self.init(weight: uniform([outputs, inputs]), bias: uniform([outputs]))
    }

    /// Its tensors under `name.weight` and `name.bias`.
    func parameters(under name: String) -> [NamedParameter] {
        [NamedParameter(name: name + ".weight", tensor: weight)] + (bias.map { [NamedParameter(name: name + ".bias", tensor: $0)] } ?? [])
    }
}
