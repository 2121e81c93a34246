import Kernels
import Tensors

/// The parameters of a layer normalisation.
public final class LayerNorm {
    /// `[width]`
    public let weight: Tensor
    /// `[width]`
    public let bias: Tensor
    public let epsilon: Float

    public init(weight: Tensor, bias: Tensor, epsilon: Float) {
        self.weight = weight
        self.bias = bias
        self.epsilon = epsilon
    }

    var kernelParameters: LayerNormParameters {
        LayerNormParameters(width: weight.count, weight: weight.floats, bias: bias.floats, epsilon: epsilon)
    }
}
