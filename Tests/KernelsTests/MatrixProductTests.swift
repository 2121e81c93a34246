import ComputeRuntime
import Kernels
import Testing

/// Sizes of one product.
struct ProductSize: CustomTestStringConvertible, Sendable {
    let m: Int, n: Int, k: Int

    var testDescription: String { "\(m)x\(n)x\(k)" }

    init(_ m: Int, _ n: Int, _ k: Int) { (self.m, self.n, self.k) = (m, n, k) }
}

/// Numbers in [-1, 1) that depend on `seed` only.
func randomValues(_ count: Int, seed: UInt64) -> [Float] {
    var values = [Float](repeating: 0, count: count)
    fillUniform(&values, count: count, philox: Philox(seed: seed), stream: 0)
    return values.map { 2 * $0 - 1 }
}

@Suite("Matrix product")
struct MatrixProductTests {
    static let sizes = [ProductSize(1, 1, 1), ProductSize(3, 5, 7), ProductSize(17, 33, 65), ProductSize(129, 31, 64), ProductSize(1, 200, 3),
                        ProductSize(200, 1, 3), ProductSize(301, 97, 53), ProductSize(4, 6, 0), ProductSize(0, 6, 3), ProductSize(6, 0, 3)]
    static let orders: [(MatrixOrder, MatrixOrder)] = [(.normal, .normal), (.normal, .transposed), (.transposed, .normal), (.transposed, .transposed)]

    @Test("equals its definition at odd sizes, for all orders and factors", arguments: sizes, [(1, 0), (0.5, 1), (-2, 0.25)] as [(Float, Float)])
    func equalsDefinition(size: ProductSize, factors: (Float, Float)) {
        for (orderA, orderB) in Self.orders {
            let a = randomValues(max(1, size.m * size.k), seed: 1), b = randomValues(max(1, size.k * size.n), seed: 2)
            var fast = randomValues(max(1, size.m * size.n), seed: 3)
            var slow = fast
            matrixProduct(a, orderA, b, orderB, into: &fast, m: size.m, n: size.n, k: size.k, alpha: factors.0, beta: factors.1)
            matrixProductByDefinition(a, orderA, b, orderB, into: &slow, m: size.m, n: size.n, k: size.k, alpha: factors.0, beta: factors.1)
            for index in 0..<size.m * size.n {
                #expect(abs(fast[index] - slow[index]) <= 1e-5 * Float(max(1, size.k)).squareRoot(), "\(orderA) \(orderB) element \(index)")
            }
        }
    }

    @Test("reads and writes rows at the given strides, and nothing between them")
    func strides() {
        let (m, n, k) = (37, 19, 23)
        let a = randomValues(m * (k + 3), seed: 1), b = randomValues(k * (n + 5), seed: 2)
        var c = [Float](repeating: 99, count: m * (n + 2))
        matrixProduct(a, .normal, b, .normal, into: &c, m: m, n: n, k: k, rowStrideA: k + 3, rowStrideB: n + 5, rowStrideC: n + 2)
        for row in 0..<m {
            for column in 0..<n {
                let sum = (0..<k).reduce(0.0) { $0 + Double(a[row * (k + 3) + $1]) * Double(b[$1 * (n + 5) + column]) }
                #expect(abs(Double(c[row * (n + 2) + column]) - sum) < 1e-4)
            }
            #expect(c[row * (n + 2) + n] == 99 && c[row * (n + 2) + n + 1] == 99)
        }
    }

    @Test("overwrites what was there when beta is 0, NaN included")
    func overwrites() {
        var c: [Float] = [.nan, .nan]
        matrixProduct([1, 2], .normal, [3, 4], .normal, into: &c, m: 1, n: 2, k: 1)
        #expect(c == [3, 4])
        matrixProduct([], .normal, [], .normal, into: &c, m: 1, n: 2, k: 0)
        #expect(c == [0, 0])
    }

    @Test("hands every row to the epilogue once")
    func epilogue() {
        let (m, n, k) = (700, 8, 9)
        let a = randomValues(m * k, seed: 1), b = randomValues(k * n, seed: 2)
        var plain = [Float](repeating: 0, count: m * n), finished = plain
        matrixProduct(a, .normal, b, .normal, into: &plain, m: m, n: n, k: k)
        finished.withUnsafeMutableBufferPointer { buffer in
            let start = buffer.baseAddress!
            matrixProduct(a, .normal, b, .normal, into: start, m: m, n: n, k: k) { rows in
                for index in rows.lowerBound * n ..< rows.upperBound * n { start[index] += 1 }
            }
        }
        for (value, expected) in zip(finished, plain) { #expect(abs(value - expected - 1) < 1e-5) }
    }
}
