/// The sum of squares of `values` (`[count]`) in double precision, in an order that depends on `count` only.
public func sumOfSquares(_ values: UnsafePointer<Float>, count: Int) -> Double {
    let raw = UnsafeRawPointer(values)
    var sums = SIMD8<Double>()
    var index = 0
    while index + 8 <= count {
        let chunk = SIMD8<Double>(raw.loadUnaligned(fromByteOffset: index * 4, as: SIMD8<Float>.self))
        sums += chunk * chunk
        index += 8
    }
    var total = sums.sum()
    while index < count {
        total += Double(values[index]) * Double(values[index])
        index += 1
    }
    return total
}

/// Multiplies `values` (`[count]`) by `factor` in place.
public func scaleInPlace(_ values: UnsafeMutablePointer<Float>, count: Int, by factor: Float) {
    for index in 0..<count { values[index] *= factor }
}
