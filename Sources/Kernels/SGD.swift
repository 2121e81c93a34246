/// One step of gradient descent with momentum and L2 weight decay: `parameter` and `momentum` (`[count]` each) are
/// overwritten, `gradient` (`[count]`) is read. The first step of a parameter starts its momentum at the gradient.
public func sgdUpdate(parameter: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>,
                      momentum: UnsafeMutablePointer<Float>?, count: Int, learningRate: Float, momentumFactor: Float,
                      weightDecay: Float, gradientScale: Float, isFirstStep: Bool) {
    for index in 0..<count {
        var direction = gradient[index] * gradientScale + weightDecay * parameter[index]
        if let momentum {
            direction = isFirstStep ? direction : momentum[index] * momentumFactor + direction
            momentum[index] = direction
        }
        parameter[index] -= learningRate * direction
    }
}
