import Foundation
import Kernels
import Testing

/// One vector function with its double-precision definition and the error it may have.
struct VectorCase: CustomTestStringConvertible, Sendable {
    let name: String
    let vector: @Sendable (FloatVector) -> FloatVector
    let definition: @Sendable (Double) -> Double
    /// In units in the last place of the result.
    let bound: Double

    var testDescription: String { name }
}

@Suite("Vector functions")
struct VectorMathTests {
    static let cases = [
        VectorCase(name: "exp", vector: { VectorMath.exp($0) }, definition: { exp($0) }, bound: 1.1),
        VectorCase(name: "log", vector: { VectorMath.log($0) }, definition: { log($0) }, bound: 0.8),
        VectorCase(name: "log1p", vector: { VectorMath.log1p($0) }, definition: { log1p($0) }, bound: 1.5),
        VectorCase(name: "tanh", vector: { VectorMath.tanh($0) }, definition: { tanh($0) }, bound: 1.3),
        VectorCase(name: "erf", vector: { VectorMath.erf($0) }, definition: { erf($0) }, bound: 1),
        VectorCase(name: "sigmoid", vector: { VectorMath.sigmoid($0) }, definition: { 1 / (1 + exp(-$0)) }, bound: 2.3),
    ]

    /// Distance from the exact value in units in the last place; 0 where both are the same special value.
    static func error(_ value: Float, _ exact: Double) -> Double {
        let rounded = Float(exact)
        if value.isNaN || rounded.isNaN { return value.isNaN && rounded.isNaN ? 0 : .infinity }
        if value.isInfinite || rounded.isInfinite { return value == rounded ? 0 : .infinity }
        return abs(Double(value) - exact) / Double(rounded.ulp)
    }

    @Test("stay within their documented error over the whole range of float32", arguments: cases)
    func accuracy(of function: VectorCase) {
        var worst = 0.0
        var worstArgument: Float = 0
        var bits: UInt32 = 0
        let step: UInt32 = 1009
        var lanes = FloatVector(repeating: 0)
        while bits < UInt32.max - 16 * step {
            for lane in 0..<16 { lanes[lane] = Float(bitPattern: bits + UInt32(lane) * step) }
            let values = function.vector(lanes)
            for lane in 0..<16 {
                let error = Self.error(values[lane], function.definition(Double(lanes[lane])))
                if error > worst { (worst, worstArgument) = (error, lanes[lane]) }
            }
            bits += 16 * step
        }
        print("\(function.name): largest error \(worst) ulp at \(worstArgument)")
        #expect(worst <= function.bound, "at \(worstArgument)")
    }

    @Test("give the limits of their functions at special arguments")
    func specialValues() {
        let infinity = FloatVector(repeating: .infinity)
        #expect(VectorMath.exp(infinity)[0] == .infinity && VectorMath.exp(-infinity)[0] == 0)
        #expect(VectorMath.log(infinity)[0] == .infinity && VectorMath.log(-infinity)[0].isNaN)
        #expect(VectorMath.log(FloatVector(repeating: 0))[0] == -.infinity)
        #expect(VectorMath.log1p(FloatVector(repeating: -1))[0] == -.infinity && VectorMath.log1p(infinity)[0] == .infinity)
        #expect(VectorMath.tanh(infinity)[3] == 1 && VectorMath.tanh(-infinity)[3] == -1)
        #expect(VectorMath.erf(infinity)[3] == 1 && VectorMath.erf(-infinity)[3] == -1)
        #expect(VectorMath.sigmoid(infinity)[3] == 1 && VectorMath.sigmoid(-infinity)[3] == 0)
        #expect(VectorMath.tanh(FloatVector(repeating: -0.0))[0].sign == .minus)
    }
}
