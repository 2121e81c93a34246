import ComputeRuntime

/// The dot product of two vectors of `count` elements.
public func dotProduct(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Float {
    sumOverPairs(a, b, count: count) { $0 * $1 }
}

/// The square of the Euclidean distance between two vectors of `count` elements.
public func squaredDistance(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Float {
    sumOverPairs(a, b, count: count) { ($0 - $1) * ($0 - $1) }
}

/// The Manhattan distance between two vectors of `count` elements: the sum of absolute differences.
public func manhattanDistance(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int) -> Float {
    sumOverPairs(a, b, count: count) { a, b in
        let difference = a - b
        return difference.replacing(with: -difference, where: difference .< 0)
    }
}

/// Sixteen partial sums, added up at the end.
@inline(__always)
private func sumOverPairs(
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, count: Int, _ term: (SIMD16<Float>, SIMD16<Float>) -> SIMD16<Float>
) -> Float {
    var sums = SIMD16<Float>()
    var position = 0
    while position + 16 <= count {
        sums += term(UnsafeRawPointer(a + position).loadUnaligned(as: SIMD16<Float>.self),
                     UnsafeRawPointer(b + position).loadUnaligned(as: SIMD16<Float>.self))
        position += 16
    }
    if position < count {
        var lastA = SIMD16<Float>(), lastB = SIMD16<Float>()
        for lane in 0 ..< count - position { (lastA[lane], lastB[lane]) = (a[position + lane], b[position + lane]) }
        sums += term(lastA, lastB)
    }
    return sums.sum()
}

/// Divides each row of `[rows, columns]` by its Euclidean length, or by 1e-12 if that is greater.
public func normalizeRows(_ values: UnsafeMutablePointer<Float>, rows: Int, columns: Int) {
    ThreadPool.shared.runRanges(count: rows, grain: 256) { range in
        for row in range {
            let start = values + row * columns
            let scale = 1 / max(dotProduct(start, start, count: columns).squareRoot(), 1e-12)
            for column in 0..<columns { start[column] *= scale }
        }
    }
}
