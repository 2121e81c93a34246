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
        case .relu: return pointwiseMax(x, FloatVector(repeating: 0))
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
            return (pointwiseMax(x, zero), zero.replacing(with: 1, where: x .> zero))
        }
    }

    @inline(__always)
    private static func inner(_ x: FloatVector) -> FloatVector { (x + x * x * x * 0.044_715) * 0.797_884_561 }
}

/// `values += bias` on some rows, then `output = activation(values)`.
/// - Parameters:
///   - values: `[rows, width]`, the product without bias; the sum with it is left for the backward pass.
///   - output: `[rows, width]`, overwritten; may be `values` where no backward pass follows.
public func addBiasAndActivate(
    rows: Range<Int>, width: Int, _ activation: HiddenActivation, values: UnsafeMutablePointer<Float>,
    bias: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>
) {
    func run(_ function: HiddenActivation) {
        for row in rows {
            let x = values + row * width, y = output + row * width
            var index = 0
            while index < width {
                let count = min(16, width - index)
                let sum = loadLanes(x + index, count: count) + loadLanes(bias + index, count: count)
                storeLanes(sum, x + index, count: count)
                storeLanes(function.value(sum), y + index, count: count)
                index += 16
            }
        }
    }
    // The choice is made once, outside the loops.
    switch activation {
    case .gelu: run(.gelu)
    case .geluNew: run(.geluNew)
    case .relu: run(.relu)
    }
}

/// Backward of ``addBiasAndActivate(rows:width:_:values:bias:output:)``.
/// - Parameters:
///   - values: `[rows, width]`, as the forward pass left them; overwritten by `activation(values)`, computed again.
///   - gradient: `[rows, width]`, of the output; overwritten by that of the values.
///   - biasGradient: `[width]`, added to; nil if frozen.
public func activateBackward(
    rowCount: Int, width: Int, _ activation: HiddenActivation, values: UnsafeMutablePointer<Float>,
    gradient: UnsafeMutablePointer<Float>, biasGradient: UnsafeMutablePointer<Float>?
) {
    runRowsWithSums(rows: rowCount, grain: 16, width: width, into: biasGradient) { rows, sums in
        func run(_ function: HiddenActivation) {
            for row in rows {
                let x = values + row * width, slope = gradient + row * width
                var index = 0
                while index < width {
                    let count = min(16, width - index)
                    let (value, derivative) = function.valueAndDerivative(loadLanes(x + index, count: count))
                    let product = loadLanes(slope + index, count: count) * derivative
                    storeLanes(value, x + index, count: count)
                    storeLanes(product, slope + index, count: count)
                    storeLanes(loadLanes(sums + index, count: count) + product, sums + index, count: count)
                    index += 16
                }
            }
        }
        switch activation {
        case .gelu: run(.gelu)
        case .geluNew: run(.geluNew)
        case .relu: run(.relu)
        }
    }
}
