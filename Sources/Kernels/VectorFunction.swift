import ComputeRuntime
import Glibc

/// A differentiable function of one number, applied to every element.
public enum VectorFunction: String, CaseIterable, Sendable {
    case negate, exp, log, log1p, expm1, sqrt, rsqrt, reciprocal, square, absolute, sign
    case sin, cos, tanh, sigmoid, logSigmoid, softplus, relu, gelu, erf
    case floor, ceil, round, truncate
}

/// Applies `body` to every element, sixteen at a time, over the pool. `output` may be `input`.
@inline(__always)
func mapElements(
    _ input: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, count: Int, grain: Int = 16_384,
    _ body: (FloatVector) -> FloatVector
) {
    ThreadPool.shared.runRanges(count: (count + 15) / 16, grain: grain / 16) { blocks in
        for block in blocks {
            let start = block * 16
            if start + 16 <= count {
                body(FloatVector(loading: input + start)).store(to: output + start)
            } else {
                body(FloatVector(loading: input + start, count: count - start)).store(to: output + start, count: count - start)
            }
        }
    }
}

/// The same for two inputs of equal length.
@inline(__always)
func mapElements(
    _ first: UnsafePointer<Float>, _ second: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, count: Int,
    _ body: (FloatVector, FloatVector) -> FloatVector
) {
    ThreadPool.shared.runRanges(count: (count + 15) / 16, grain: 1024) { blocks in
        for block in blocks {
            let start = block * 16
            if start + 16 <= count {
                body(FloatVector(loading: first + start), FloatVector(loading: second + start)).store(to: output + start)
            } else {
                let rest = count - start
                body(FloatVector(loading: first + start, count: rest), FloatVector(loading: second + start, count: rest))
                    .store(to: output + start, count: rest)
            }
        }
    }
}

/// Applies a scalar function of the C library to each lane.
@inline(__always)
private func lanes(_ x: FloatVector, _ function: (Float) -> Float) -> FloatVector {
    var result = x
    for lane in 0..<16 { result[lane] = function(x[lane]) }
    return result
}

/// `max(x, 0) + log1p(e^-|x|)`, which neither overflows nor loses small values.
@inline(__always)
private func softplus(_ x: FloatVector) -> FloatVector {
    let zero = FloatVector(repeating: 0)
    let sum = x.replacing(with: zero, where: x .< zero) + VectorMath.log1p(VectorMath.exp(-x.magnitudes))
    return sum
}

/// -1, 0 or 1; 0 of NaN.
@inline(__always)
private func signs(_ x: FloatVector) -> FloatVector {
    let zero = FloatVector(repeating: 0)
    return zero.replacing(with: 1, where: x .> zero).replacing(with: -1, where: x .< zero)
}

/// `output[i] = function(input[i])`. `output` may be `input`.
public func apply(
    _ function: VectorFunction, _ input: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, count: Int
) {
    let zero = FloatVector(repeating: 0)
    switch function {
    case .negate: mapElements(input, into: output, count: count) { -$0 }
    case .exp: mapElements(input, into: output, count: count) { VectorMath.exp($0) }
    case .log: mapElements(input, into: output, count: count) { VectorMath.log($0) }
    case .log1p: mapElements(input, into: output, count: count) { VectorMath.log1p($0) }
    case .expm1: mapElements(input, into: output, count: count) { lanes($0, Glibc.expm1f) }
    case .sqrt: mapElements(input, into: output, count: count) { $0.squareRoots }
    case .rsqrt: mapElements(input, into: output, count: count) { 1 / $0.squareRoots }
    case .reciprocal: mapElements(input, into: output, count: count) { 1 / $0 }
    case .square: mapElements(input, into: output, count: count) { $0 * $0 }
    case .absolute: mapElements(input, into: output, count: count) { $0.magnitudes }
    case .sign: mapElements(input, into: output, count: count) { signs($0) }
    case .sin: mapElements(input, into: output, count: count, grain: 2048) { lanes($0, Glibc.sinf) }
    case .cos: mapElements(input, into: output, count: count, grain: 2048) { lanes($0, Glibc.cosf) }
    case .tanh: mapElements(input, into: output, count: count) { VectorMath.tanh($0) }
    case .sigmoid: mapElements(input, into: output, count: count) { VectorMath.sigmoid($0) }
    case .logSigmoid: mapElements(input, into: output, count: count) { -softplus(-$0) }
    case .softplus: mapElements(input, into: output, count: count) { softplus($0) }
    case .relu: mapElements(input, into: output, count: count) { $0.replacing(with: zero, where: $0 .< zero) }
    case .gelu: mapElements(input, into: output, count: count) { VectorMath.gelu($0) }
    case .erf: mapElements(input, into: output, count: count) { VectorMath.erf($0) }
    case .floor: mapElements(input, into: output, count: count) { $0.rounded(.down) }
    case .ceil: mapElements(input, into: output, count: count) { $0.rounded(.up) }
    case .round: mapElements(input, into: output, count: count) { $0.rounded(.toNearestOrEven) }
    case .truncate: mapElements(input, into: output, count: count) { $0.rounded(.towardZero) }
    }
}

/// The derivative of `function` at every element.
///
/// - Parameters:
///   - input: the function's arguments.
///   - result: its values there, which several derivatives are cheapest in.
///   - output: may be `input` or `result`.
public func applyDerivative(
    of function: VectorFunction, _ input: UnsafePointer<Float>, _ result: UnsafePointer<Float>,
    into output: UnsafeMutablePointer<Float>, count: Int
) {
    let zero = FloatVector(repeating: 0)
    let one = FloatVector(repeating: 1)
    switch function {
    case .negate: mapElements(input, into: output, count: count) { _ in -one }
    case .exp: mapElements(result, into: output, count: count) { $0 }
    case .log: mapElements(input, into: output, count: count) { 1 / $0 }
    case .log1p: mapElements(input, into: output, count: count) { 1 / ($0 + 1) }
    case .expm1: mapElements(result, into: output, count: count) { $0 + 1 }
    case .sqrt: mapElements(result, into: output, count: count) { 0.5 / $0 }
    case .rsqrt: mapElements(result, into: output, count: count) { $0 * $0 * $0 * -0.5 }
    case .reciprocal: mapElements(result, into: output, count: count) { -($0 * $0) }
    case .square: mapElements(input, into: output, count: count) { $0 + $0 }
    case .absolute: mapElements(input, into: output, count: count) { signs($0) }
    case .sin: mapElements(input, into: output, count: count, grain: 2048) { lanes($0, Glibc.cosf) }
    case .cos: mapElements(input, into: output, count: count, grain: 2048) { -lanes($0, Glibc.sinf) }
    case .tanh: mapElements(result, into: output, count: count) { one - $0 * $0 }
    case .sigmoid: mapElements(result, into: output, count: count) { $0 * (one - $0) }
    case .logSigmoid: mapElements(input, into: output, count: count) { VectorMath.sigmoid(-$0) }
    case .softplus: mapElements(input, into: output, count: count) { VectorMath.sigmoid($0) }
    case .relu: mapElements(input, into: output, count: count) { zero.replacing(with: one, where: $0 .> zero) }
    case .gelu: mapElements(input, into: output, count: count) { VectorMath.geluDerivative($0) }
    case .erf: mapElements(input, into: output, count: count) { VectorMath.exp(-($0 * $0)) * 1.128_379_17 }
    case .sign, .floor, .ceil, .round, .truncate: mapElements(input, into: output, count: count) { _ in zero }
    }
}
