/// Sixteen float32 lanes: one register with AVX-512, two with AVX2, four with NEON.
public typealias FloatVector = SIMD16<Float>

extension SIMD16 where Scalar == Float {
    /// Sixteen neighbours in memory, at any alignment.
    @inlinable @inline(__always)
    init(loading pointer: UnsafePointer<Float>) {
        self = UnsafeRawPointer(pointer).loadUnaligned(as: SIMD16<Float>.self)
    }

    /// The first `count` lanes from memory, the others `padding`; `count` may be 0 to 16.
    @inlinable @inline(__always)
    init(loading pointer: UnsafePointer<Float>, count: Int, padding: Float = 0) {
        self.init(repeating: padding)
        for lane in 0..<count { self[lane] = pointer[lane] }
    }

    /// Writes all lanes, at any alignment.
    @inlinable @inline(__always)
    func store(to pointer: UnsafeMutablePointer<Float>) {
        UnsafeMutableRawPointer(pointer).storeBytes(of: self, as: SIMD16<Float>.self)
    }

    /// Writes the first `count` lanes.
    @inlinable @inline(__always)
    func store(to pointer: UnsafeMutablePointer<Float>, count: Int) {
        for lane in 0..<count { pointer[lane] = self[lane] }
    }

    /// The sum of the lanes, by halves: always in the same order.
    @inlinable @inline(__always)
    var treeSum: Float {
        let eight = lowHalf + highHalf
        let four = eight.lowHalf + eight.highHalf
        let two = four.lowHalf + four.highHalf
        return two.x + two.y
    }

    /// Magnitudes.
    @inlinable @inline(__always)
    var magnitudes: SIMD16<Float> {
        unsafeBitCast(unsafeBitCast(self, to: SIMD16<UInt32>.self) & 0x7fff_ffff, to: SIMD16<Float>.self)
    }

    /// These magnitudes with the signs of `source`.
    @inlinable @inline(__always)
    func withSigns(of source: SIMD16<Float>) -> SIMD16<Float> {
        let signs = unsafeBitCast(source, to: SIMD16<UInt32>.self) & 0x8000_0000
        return unsafeBitCast(unsafeBitCast(magnitudes, to: SIMD16<UInt32>.self) | signs, to: SIMD16<Float>.self)
    }
}

/// Elementary functions on sixteen lanes at once: argument reduction and a polynomial, fitted to the smallest largest
/// relative error. Lanes never influence one another, so a value does not depend on its neighbours. NaN gives NaN.
///
/// Largest errors in units in the last place, over all float32 arguments (measured by `VectorMathTests`): exp 1.1, log 0.8,
/// log1p 1.5, tanh 1.3, erf 1, sigmoid 2.3.
public enum VectorMath {
    /// `coefficients[0] + x * coefficients[1] + ...` by Horner's rule with fused multiply-adds.
    @_transparent
    @usableFromInline static func polynomial(_ x: FloatVector, _ c0: Float, _ c1: Float, _ c2: Float, _ c3: Float, _ c4: Float) -> FloatVector {
        var sum = FloatVector(repeating: c3).addingProduct(x, FloatVector(repeating: c4))
        sum = FloatVector(repeating: c2).addingProduct(x, sum)
        sum = FloatVector(repeating: c1).addingProduct(x, sum)
        return FloatVector(repeating: c0).addingProduct(x, sum)
    }

    /// `e^x`: 0 below -104, infinity above 88.73, correct for subnormal results, NaN for NaN.
    @_transparent
    public static func exp(_ x: FloatVector) -> FloatVector {
        // x = n ln 2 + r with |r| <= ln 2 / 2; adding 1.5 * 2^23 rounds to a whole number kept in the low bits.
        let bounded = lesser(greater(x, FloatVector(repeating: -105)), FloatVector(repeating: 89))
        let shift = FloatVector(repeating: 0x1.8p23)
        let shifted = shift.addingProduct(bounded, FloatVector(repeating: 1.442_695_04))
        let n = shifted - shift
        var r = bounded.addingProduct(n, FloatVector(repeating: -0.693_147_18))
        r.addProduct(n, FloatVector(repeating: 1.904_654_2e-9))
        let series = polynomial(r, 0.5, 0.166_665_137, 0.041_666_187_3, 0.008_369_590_16, 0.001_395_170_58)
        return scaled(FloatVector(repeating: 1) + r.addingProduct(r * r, series), byPowerOfTwo: n)
    }

    /// Natural logarithm: NaN for negative arguments, -infinity for zero.
    @inline(__always)
    public static func log(_ x: FloatVector) -> FloatVector {
        // Subnormal arguments are scaled into the normal range first.
        let isTiny = x .< FloatVector(repeating: 0x1p-126)
        let scaled = x.replacing(with: x * 0x1p23, where: isTiny)
        let bits = unsafeBitCast(scaled, to: SIMD16<Int32>.self)
        // Split off the exponent so that the mantissa lies in [sqrt(1/2), sqrt 2).
        let offset = bits &- 0x3f35_04f3
        let exponent = offset &>> 23
        let mantissa = unsafeBitCast((offset & 0x007f_ffff) &+ 0x3f35_04f3, to: FloatVector.self)
        // The whole number in the low bits of 1.5 * 2^23 becomes a float by subtraction.
        let shift = FloatVector(repeating: 0x1.8p23)
        var n = unsafeBitCast(exponent &+ unsafeBitCast(shift, to: SIMD16<Int32>.self), to: FloatVector.self) - shift
        n.replace(with: n - 23, where: isTiny)
        let f = mantissa - 1
        var series = polynomial(f, -0.124_055_878, 0.118_881_643, -0.116_756_603, 0.067_466_452_7, 0)
        series = FloatVector(repeating: 0.142_195_523).addingProduct(f, series)
        series = FloatVector(repeating: -0.166_679_963).addingProduct(f, series)
        series = FloatVector(repeating: 0.200_021_192).addingProduct(f, series)
        series = FloatVector(repeating: -0.250_000_089).addingProduct(f, series)
        series = FloatVector(repeating: 0.333_333_135).addingProduct(f, series)
        let square = f * f
        // Small terms first: f^3 P(f) + n ln2_low - f^2 / 2 + f + n ln2_high.
        var low = (series * f * square).addingProduct(n, FloatVector(repeating: -2.121_944_4e-4))
        low.addProduct(square, FloatVector(repeating: -0.5))
        var result = (f + low).addingProduct(n, FloatVector(repeating: 0.693_359_375))
        result.replace(with: x, where: x .== FloatVector(repeating: .infinity))
        result.replace(with: FloatVector(repeating: -.infinity), where: x .== FloatVector(repeating: 0))
        result.replace(with: FloatVector(repeating: .nan), where: x .< FloatVector(repeating: 0))
        return result.replacing(with: x, where: x .!= x)
    }

    /// `log(1 + x)`, exact for small x.
    @inline(__always)
    public static func log1p(_ x: FloatVector) -> FloatVector {
        // What rounding took from 1 + x is put back to first order.
        let sum = x + 1
        let lost = x - (sum - 1)
        let corrected = log(sum) + lost / sum
        var result = corrected.replacing(with: x, where: x.magnitudes .< FloatVector(repeating: 0x1p-24))
        result.replace(with: log(sum), where: sum .<= FloatVector(repeating: 0))
        return result.replacing(with: x, where: x .== FloatVector(repeating: .infinity))
    }

    /// `1 / (1 + e^-x)`.
    @inline(__always)
    public static func sigmoid(_ x: FloatVector) -> FloatVector {
        // e^-|x| cannot overflow, and keeps the relative precision of small results.
        let decay = exp(-x.magnitudes)
        let one = FloatVector(repeating: 1)
        return decay.replacing(with: one, where: x .>= FloatVector(repeating: 0)) / (one + decay)
    }

    /// Hyperbolic tangent.
    @inline(__always)
    public static func tanh(_ x: FloatVector) -> FloatVector {
        let t = x.magnitudes
        let square = x * x
        let series = polynomial(square, -0.333_332_777, 0.133_313_313, -0.053_730_007_3, 0.020_606_173_2, -0.005_666_973_07)
        let small = x.addingProduct(x * square, series)
        // 1 - 2 / (e^2t + 1); from 9.02 on the result is 1.
        let growth = exp(lesser(t + t, FloatVector(repeating: 20)))
        let large = FloatVector(repeating: 1) - FloatVector(repeating: 2) / (growth + 1)
        let result = large.replacing(with: small, where: t .< FloatVector(repeating: 0.625)).withSigns(of: x)
        return result.replacing(with: x, where: x .!= x)
    }

    /// Gauss error function.
    @_transparent
    public static func erf(_ x: FloatVector) -> FloatVector {
        let t = lesser(x.magnitudes, FloatVector(repeating: 4))
        let square = t * t
        var series = polynomial(square, 0.112_836_875, -0.026_858_940_7, 0.005_199_904_09, -8.129_988e-4, 8.316_687_3e-5)
        series = FloatVector(repeating: -0.376_126_319).addingProduct(square, series)
        series = FloatVector(repeating: 0.128_379_166).addingProduct(square, series)
        let small = x.addingProduct(x, series)
        // 1 - erf(t) = e^(-t + t Q(t)) for the larger arguments; erf is 1 in float32 from 3.92 on.
        var tail = polynomial(t, 0.023_762_054_7, -0.003_642_454_98, 3.228_028_07e-4, -1.123_119_91e-5, 0)
        tail = FloatVector(repeating: -0.106_236_868).addingProduct(t, tail)
        tail = FloatVector(repeating: -0.635_151_327).addingProduct(t, tail)
        tail = FloatVector(repeating: -0.128_648_49).addingProduct(t, tail)
        let large = (FloatVector(repeating: 1) - exp((-t).addingProduct(t, tail))).withSigns(of: x)
        return large.replacing(with: small, where: t .< FloatVector(repeating: 0.921_875)).replacing(with: x, where: x .!= x)
    }

    /// `gelu(x) = x (1 + erf(x / sqrt 2)) / 2`, the exact form.
    @inline(__always)
    public static func gelu(_ x: FloatVector) -> FloatVector {
        let half = x * 0.5
        return half.addingProduct(half, erf(x * 0.707_106_781))
    }

    /// The derivative of ``gelu(_:)``: `(1 + erf(x / sqrt 2)) / 2 + x e^(-x^2 / 2) / sqrt(2 pi)`.
    @inline(__always)
    public static func geluDerivative(_ x: FloatVector) -> FloatVector {
        let cumulative = FloatVector(repeating: 0.5).addingProduct(FloatVector(repeating: 0.5), erf(x * 0.707_106_781))
        let density = exp(x * x * -0.5) * 0.398_942_28
        return cumulative.addingProduct(x, density)
    }
}
