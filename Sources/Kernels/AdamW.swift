/// What one AdamW update does to every element of a parameter (Loshchilov and Hutter, "Decoupled weight decay
/// regularization", 2019), worked out once in double precision.
public struct AdamWCoefficients: Sendable {
    let decay: Float
    let beta1Complement: Float
    let beta2: Float
    let beta2Complement: Float
    let stepSize: Float
    let secondMomentScale: Float
    let epsilon: Float
    let gradientScale: Float

    /// - Parameters:
    ///   - step: the number of this update of the parameter, from 1.
    ///   - gradientScale: every gradient is multiplied by it first; clipping passes its factor here.
    public init(learningRate: Double, beta1: Double, beta2: Double, epsilon: Double, weightDecay: Double, step: Int,
                gradientScale: Double = 1) {
        decay = Float(1 - learningRate * weightDecay)
        beta1Complement = Float(1 - beta1)
        self.beta2 = Float(beta2)
        beta2Complement = Float(1 - beta2)
        stepSize = Float(learningRate / (1 - power(beta1, step)))
        secondMomentScale = Float((1 - power(beta2, step)).squareRoot())
        self.epsilon = Float(epsilon)
        self.gradientScale = Float(gradientScale)
    }
}

/// `base` to a whole exponent, by repeated squaring.
private func power(_ base: Double, _ exponent: Int) -> Double {
    var result = 1.0, square = base, rest = exponent
    while rest > 0 {
        if rest & 1 == 1 { result *= square }
        square *= square
        rest >>= 1
    }
    return result
}

/// One AdamW update in a single pass: `parameter`, `firstMoment` and `secondMoment` (`[count]` each) are overwritten,
/// `gradient` (`[count]`) is read.
public func adamWUpdate(parameter: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>,
                        firstMoment: UnsafeMutablePointer<Float>, secondMoment: UnsafeMutablePointer<Float>,
                        count: Int, _ c: AdamWCoefficients) {
    let rawParameter = UnsafeMutableRawPointer(parameter)
    let rawGradient = UnsafeRawPointer(gradient)
    let rawFirst = UnsafeMutableRawPointer(firstMoment)
    let rawSecond = UnsafeMutableRawPointer(secondMoment)
    var index = 0
    while index + 8 <= count {
        let offset = index * 4
        let g = rawGradient.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self) * c.gradientScale
        var m = rawFirst.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
        var v = rawSecond.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
        var p = rawParameter.loadUnaligned(fromByteOffset: offset, as: SIMD8<Float>.self)
        m += (g - m) * c.beta1Complement
        v = v * c.beta2 + g * g * c.beta2Complement
        p = p * c.decay - m * c.stepSize / (v.squareRoots / c.secondMomentScale + c.epsilon)
        rawFirst.storeBytes(of: m, toByteOffset: offset, as: SIMD8<Float>.self)
        rawSecond.storeBytes(of: v, toByteOffset: offset, as: SIMD8<Float>.self)
        rawParameter.storeBytes(of: p, toByteOffset: offset, as: SIMD8<Float>.self)
        index += 8
    }
    while index < count {
        let g = gradient[index] * c.gradientScale
        let m = firstMoment[index] + (g - firstMoment[index]) * c.beta1Complement
        let v = secondMoment[index] * c.beta2 + g * g * c.beta2Complement
        firstMoment[index] = m
        secondMoment[index] = v
        parameter[index] = parameter[index] * c.decay - m * c.stepSize / (v.squareRoot() / c.secondMomentScale + c.epsilon)
        index += 1
    }
}
