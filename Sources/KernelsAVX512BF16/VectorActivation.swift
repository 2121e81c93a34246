#if arch(x86_64)
/// An activation as a type, whose code then stands inside the loops: a closure would be called for every vector, and vectors go to a
/// function and come back in pieces, through memory.
protocol VectorActivation {
    static func value(_ x: FloatVector) -> FloatVector
}

/// One with a derivative, with which it shares most of its work.
protocol DifferentiableActivation: VectorActivation {
    static func valueAndDerivative(_ x: FloatVector) -> (value: FloatVector, derivative: FloatVector)
}

/// ``HiddenActivation/geluNew``
enum ApproximateGelu: DifferentiableActivation {
    @_transparent
    static func value(_ x: FloatVector) -> FloatVector { HiddenActivation.geluNew.value(x) }

    @_transparent
    static func valueAndDerivative(_ x: FloatVector) -> (value: FloatVector, derivative: FloatVector) {
        HiddenActivation.geluNew.valueAndDerivative(x)
    }
}

/// ``HiddenActivation/relu``
enum Rectifier: DifferentiableActivation {
    @_transparent
    static func value(_ x: FloatVector) -> FloatVector { HiddenActivation.relu.value(x) }

    @_transparent
    static func valueAndDerivative(_ x: FloatVector) -> (value: FloatVector, derivative: FloatVector) {
        HiddenActivation.relu.valueAndDerivative(x)
    }
}
#endif
