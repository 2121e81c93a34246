#if arch(x86_64)
import CSIMD

/// GELU as exactly as a result that is rounded to bfloat16 needs it: one exponential serves the value and the derivative.
///
/// The normal distribution's tail is a polynomial in `1 / (1 + p |x|)` times `e^(-x^2 / 2)` (Abramowitz and Stegun, "Handbook of
/// mathematical functions", 7.1.26); its absolute error is below 1e-6.
enum RoundedGelu: DifferentiableActivation {
    @_transparent
    static func value(_ x: FloatVector) -> FloatVector { valueAndDerivative(x).value }

    @_transparent
    static func valueAndDerivative(_ x: FloatVector) -> (value: FloatVector, derivative: FloatVector) {
        let density = halfSquareDecay(x)
        let t = csimd_reciprocals(FloatVector(repeating: 1).addingProduct(csimd_magnitudes(x), FloatVector(repeating: 0.231_641_9)))
        var series = FloatVector(repeating: -0.726_576_01).addingProduct(t, FloatVector(repeating: 0.530_702_71))
        series = FloatVector(repeating: 0.710_706_87).addingProduct(t, series)
        series = FloatVector(repeating: -0.142_248_37).addingProduct(t, series)
        series = FloatVector(repeating: 0.127_414_80).addingProduct(t, series)
        let tail = series * t * density
        let cumulative = csimd_where_negative(x, tail, FloatVector(repeating: 1) - tail)
        return (x * cumulative, cumulative.addingProduct(x, density * 0.398_942_28))
    }

    /// `e^(-x^2 / 2)`, to 3e-6 of its value; zero below 1e-37.
    @_transparent
    private static func halfSquareDecay(_ x: FloatVector) -> FloatVector {
        // 2^y with y = -x^2 / (2 ln 2): the whole part goes to the exponent, the rest into a polynomial.
        let y = greater(x * x * -0.721_347_52, FloatVector(repeating: -126))
        let shift = FloatVector(repeating: 0x1.8p23), whole = (y + shift) - shift
        let r = y - whole
        var series = FloatVector(repeating: 0.009_618_129).addingProduct(r, FloatVector(repeating: 0.001_333_355_8))
        series = FloatVector(repeating: 0.055_504_109).addingProduct(r, series)
        series = FloatVector(repeating: 0.240_226_507).addingProduct(r, series)
        series = FloatVector(repeating: 0.693_147_181).addingProduct(r, series)
        series = FloatVector(repeating: 1).addingProduct(r, series)
        return csimd_scale_by_power_of_two(series, whole)
    }
}
#endif
