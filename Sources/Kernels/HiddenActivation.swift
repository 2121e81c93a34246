/// The functions that a transformer's feed-forward block may apply, under the names of `hidden_act`.
public enum HiddenActivation: String, Sendable, CaseIterable {
    /// `x (1 + erf(x / sqrt 2)) / 2` (Hendrycks and Gimpel, "Gaussian error linear units", 2016).
    case gelu
    /// Its approximation `x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2`.
    case geluNew = "gelu_new"
    /// `max(x, 0)`
    case relu

    @inline(__always)
    func value(_ x: FloatVector) -> FloatVector {
        switch self {
        case .gelu: return VectorMath.gelu(x)
        case .geluNew: return x * 0.5 * (1 + VectorMath.tanh(Self.inner(x)))
        case .relu: return greater(x, FloatVector(repeating: 0))
        }
    }

    /// Value and derivative, which share most of their work.
    @inline(__always)
    func valueAndDerivative(_ x: FloatVector) -> (value: FloatVector, derivative: FloatVector) {
        switch self {
        case .gelu:
            let cumulative = FloatVector(repeating: 0.5).addingProduct(FloatVector(repeating: 0.5), VectorMath.erf(x * 0.707_106_781))
            let density = VectorMath.exp(x * x * -0.5) * 0.398_942_28
            return (x * cumulative, cumulative.addingProduct(x, density))
        case .geluNew:
            let tangent = VectorMath.tanh(Self.inner(x))
            let half = (1 + tangent) * 0.5
            let slope = (1 - tangent * tangent) * (1 + x * x * 0.134_145) * 0.797_884_561
            return (x * half, half.addingProduct(x * 0.5, slope))
        case .relu:
            let zero = FloatVector(repeating: 0)
            return (greater(x, zero), zero.replacing(with: 1, where: x .> zero))
        }
    }

    @inline(__always)
    private static func inner(_ x: FloatVector) -> FloatVector { (x + x * x * x * 0.044_715) * 0.797_884_561 }
}
