import Kernels
import Tensors

extension Tensor {
    /// Whether no element of this contiguous float32 tensor is NaN or infinite; one pass over it. The sum is in double precision, which
    /// the squares of finite floats do not overflow.
    var isFinite: Bool { sumOfSquares(floats, count: count).isFinite }
}
