import Glibc

/// A function of two numbers, applied element by element under broadcasting.
public enum BinaryFunction: Sendable {
    case add, subtract, multiply, divide, maximum, minimum
    /// `first ^ second`.
    case power
    /// The remainder with the sign of the divisor, as Lua's `%`.
    case modulo
}

/// Walks both float32 operands, sixteen elements at a time.
@inline(__always)
private func mapBroadcast(
    _ first: UnsafePointer<Float>, _ second: UnsafePointer<Float>, _ layout: BroadcastLayout,
    into output: UnsafeMutablePointer<Float>, _ body: (FloatVector, FloatVector) -> FloatVector
) {
    layout.forEachStretch { firstStart, secondStart, outputStart, length in
        let a = first + firstStart, b = second + secondStart, out = output + outputStart
        let (strideA, strideB) = layout.rowStrides
        let repeatedA = FloatVector(repeating: a[0]), repeatedB = FloatVector(repeating: b[0])
        var index = 0
        while index + 16 <= length {
            let left = strideA == 0 ? repeatedA : FloatVector(loading: a + index)
            let right = strideB == 0 ? repeatedB : FloatVector(loading: b + index)
            body(left, right).store(to: out + index)
            index += 16
        }
        let rest = length - index
        if rest > 0 {
            let left = strideA == 0 ? repeatedA : FloatVector(loading: a + index, count: rest)
            let right = strideB == 0 ? repeatedB : FloatVector(loading: b + index, count: rest)
            body(left, right).store(to: out + index, count: rest)
        }
    }
}

/// Walks both operands one element at a time.
@inline(__always)
private func mapScalars<Element, Result>(
    _ first: UnsafePointer<Element>, _ second: UnsafePointer<Element>, _ layout: BroadcastLayout,
    into output: UnsafeMutablePointer<Result>, _ body: (Element, Element) -> Result
) {
    layout.forEachStretch { firstStart, secondStart, outputStart, length in
        let a = first + firstStart, b = second + secondStart, out = output + outputStart
        let (strideA, strideB) = layout.rowStrides
        for index in 0..<length { out[index] = body(a[index * strideA], b[index * strideB]) }
    }
}

/// The larger lanes; NaN if either is NaN.
@inline(__always)
private func larger(_ a: FloatVector, _ b: FloatVector) -> FloatVector {
    a.replacing(with: b, where: a .< b).replacing(with: b, where: b .!= b)
}

/// The smaller lanes; NaN if either is NaN.
@inline(__always)
private func smaller(_ a: FloatVector, _ b: FloatVector) -> FloatVector {
    a.replacing(with: b, where: b .< a).replacing(with: b, where: b .!= b)
}

@inline(__always)
private func floorModulo(_ a: Float, _ b: Float) -> Float {
    let remainder = Glibc.fmodf(a, b)
    return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder
}

/// `output = function(first, second)`, float32, row-major operands broadcast by `layout`. `output` is overwritten.
public func apply(
    _ function: BinaryFunction, _ first: UnsafePointer<Float>, _ second: UnsafePointer<Float>, _ layout: BroadcastLayout,
    into output: UnsafeMutablePointer<Float>
) {
    switch function {
    case .add: mapBroadcast(first, second, layout, into: output) { $0 + $1 }
    case .subtract: mapBroadcast(first, second, layout, into: output) { $0 - $1 }
    case .multiply: mapBroadcast(first, second, layout, into: output) { $0 * $1 }
    case .divide: mapBroadcast(first, second, layout, into: output) { $0 / $1 }
    case .maximum: mapBroadcast(first, second, layout, into: output) { larger($0, $1) }
    case .minimum: mapBroadcast(first, second, layout, into: output) { smaller($0, $1) }
    case .power: mapScalars(first, second, layout, into: output) { Glibc.powf($0, $1) }
    case .modulo: mapScalars(first, second, layout, into: output, floorModulo)
    }
}

/// The same for int64, wrapping around on overflow. Division rounds towards minus infinity, a negative power gives 0
/// (of a base of 1 or -1: the power); no divisor may be 0 (see ``containsZero(_:count:)``).
public func apply(
    _ function: BinaryFunction, _ first: UnsafePointer<Int64>, _ second: UnsafePointer<Int64>, _ layout: BroadcastLayout,
    into output: UnsafeMutablePointer<Int64>
) {
    switch function {
    case .add: mapScalars(first, second, layout, into: output) { $0 &+ $1 }
    case .subtract: mapScalars(first, second, layout, into: output) { $0 &- $1 }
    case .multiply: mapScalars(first, second, layout, into: output) { $0 &* $1 }
    case .divide: mapScalars(first, second, layout, into: output) { a, b in
        if b == -1 { return 0 &- a }
        let (quotient, remainder) = a.quotientAndRemainder(dividingBy: b)
        return remainder != 0 && (remainder < 0) != (b < 0) ? quotient - 1 : quotient
    }
    case .maximum: mapScalars(first, second, layout, into: output) { max($0, $1) }
    case .minimum: mapScalars(first, second, layout, into: output) { min($0, $1) }
    case .power: mapScalars(first, second, layout, into: output, integerPower)
    case .modulo: mapScalars(first, second, layout, into: output) { a, b in
        if b == -1 { return 0 }
        let remainder = a % b
        return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder
    }
    }
}

private func integerPower(_ base: Int64, _ exponent: Int64) -> Int64 {
    if exponent < 0 {
        if base == 1 { return 1 }
        return base == -1 ? (exponent & 1 == 0 ? 1 : -1) : 0
    }
    var result: Int64 = 1, factor = base, rest = exponent
    while rest > 0 {
        if rest & 1 == 1 { result = result &* factor }
        factor = factor &* factor
        rest >>= 1
    }
    return result
}

/// Whether any of `count` integers is 0.
public func containsZero(_ values: UnsafePointer<Int64>, count: Int) -> Bool {
    for index in 0..<count where values[index] == 0 { return true }
    return false
}

/// A comparison of two numbers. Anything compared with NaN is false, except by `notEqual`.
public enum Relation: Sendable { case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual }

/// `output = first relation second`, float32.
public func compare(
    _ relation: Relation, _ first: UnsafePointer<Float>, _ second: UnsafePointer<Float>, _ layout: BroadcastLayout,
    into output: UnsafeMutablePointer<Bool>
) { compareElements(relation, first, second, layout, into: output) }

/// `output = first relation second`, int64.
public func compare(
    _ relation: Relation, _ first: UnsafePointer<Int64>, _ second: UnsafePointer<Int64>, _ layout: BroadcastLayout,
    into output: UnsafeMutablePointer<Bool>
) { compareElements(relation, first, second, layout, into: output) }

@inline(__always)
private func compareElements<Element: Comparable>(
    _ relation: Relation, _ first: UnsafePointer<Element>, _ second: UnsafePointer<Element>, _ layout: BroadcastLayout,
    into output: UnsafeMutablePointer<Bool>
) {
    switch relation {
    case .equal: mapScalars(first, second, layout, into: output) { $0 == $1 }
    case .notEqual: mapScalars(first, second, layout, into: output) { $0 != $1 }
    case .less: mapScalars(first, second, layout, into: output) { $0 < $1 }
    case .lessOrEqual: mapScalars(first, second, layout, into: output) { $0 <= $1 }
    case .greater: mapScalars(first, second, layout, into: output) { $0 > $1 }
    case .greaterOrEqual: mapScalars(first, second, layout, into: output) { $0 >= $1 }
    }
}
