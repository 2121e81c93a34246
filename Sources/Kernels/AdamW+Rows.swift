import Glibc

/// The AdamW updates that a row goes through in steps in which its gradient is zero: moments decay, and the weights go on by
/// them. One pass over the row whatever the number of steps; `parameter`, `firstMoment` and `secondMoment` (`[count]` each) are
/// overwritten.
/// - Parameter steps: the coefficients of each step, in order.
public func adamWIdleUpdates(
    parameter: UnsafeMutablePointer<Float>, firstMoment: UnsafeMutablePointer<Float>, secondMoment: UnsafeMutablePointer<Float>,
    count: Int, steps: UnsafeBufferPointer<AdamWCoefficients>
) {
    var index = 0
    while index < count {
        let lanes = min(16, count - index)
        var m = loadLanes(firstMoment + index, count: lanes), v = loadLanes(secondMoment + index, count: lanes)
        var p = loadLanes(parameter + index, count: lanes)
        for c in steps {
            m -= m * c.beta1Complement
            v *= c.beta2
            p = p * c.decay - m * c.stepSize / (v.squareRoots / c.secondMomentScale + c.epsilon)
        }
        storeLanes(m, firstMoment + index, count: lanes)
        storeLanes(v, secondMoment + index, count: lanes)
        storeLanes(p, parameter + index, count: lanes)
        index += 16
    }
}

extension AdamWCoefficients {
    /// What the update multiplies the weight by.
    public var weightDecayFactor: Float { decay }

    /// The number of steps without a gradient after which what moments still move a weight by is below float precision.
    /// A move shrinks by `beta1 / sqrt(beta2)` in each; nil where that does not shrink.
    public static func idleStepsThatMatter(beta1: Double, beta2: Double) -> Int? {
        guard beta1 > 0 else { return 1 }
        let logarithm = log(beta1) - log(beta2) / 2
        return logarithm < -1e-3 ? Int((-25 / logarithm).rounded(.up)) : nil
    }
}

/// Multiplies `values` (`[count]`) by a factor; what comes below 1e-30 becomes 0, so that no slow denormal numbers are left.
public func decayInPlace(_ values: UnsafeMutablePointer<Float>, count: Int, by factor: Float) {
    for index in 0..<count {
        let product = values[index] * factor
        values[index] = abs(product) < 1e-30 ? 0 : product
    }
}
