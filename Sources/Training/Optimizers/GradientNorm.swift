import ComputeRuntime
import Encoders
import Kernels
import Tensors

/// The Euclidean norm of all gradients taken together, and clipping by it.
public enum GradientNorm {
    /// The norm over all parameters that have a gradient. Sums are in double precision and in a fixed order.
    public static func of(_ parameters: [NamedParameter]) throws -> Double {
        let updates = try parameters.compactMap { try UpdatableParameter($0, takesRows: true) }
        let stretches = UpdateStretch.covering(updates.map { $0.gradient.count })
        var sums = [Double](repeating: 0, count: stretches.count)
        sums.withUnsafeMutableBufferPointer { sums in
            let sums = sums.baseAddress
            ThreadPool.shared.run(count: stretches.count) { index in
                let stretch = stretches[index]
                sums![index] = sumOfSquares(updates[stretch.parameter].gradient.floats + stretch.start, count: stretch.count)
            }
        }
        return sums.reduce(0, +).squareRoot()
    }

    /// The factor that brings gradients of this norm down to `limit`; 1 where they are within it. The small constant is
    /// that of `torch.nn.utils.clip_grad_norm_`.
    public static func clippingFactor(norm: Double, limit: Double) -> Double {
        limit > 0 ? min(1, limit / (norm + 1e-6)) : 1
    }

    /// Scales all gradients in place so that their norm is at most `limit`, and gives the norm before.
    @discardableResult
    public static func clip(_ parameters: [NamedParameter], to limit: Double) throws -> Double {
        let norm = try of(parameters)
        let factor = clippingFactor(norm: norm, limit: limit)
        if factor == 1 { return norm }
        for parameter in parameters {
            guard let updatable = try UpdatableParameter(parameter, takesRows: true) else { continue }
            scaleInPlace(updatable.gradient.floats, count: updatable.gradient.count, by: Float(factor))
            // The gradient of some rows was scaled where it lies.
            if updatable.rows == nil { parameter.tensor.grad = updatable.gradient }
        }
        return norm
    }
}
