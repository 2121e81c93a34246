import Testing
import Kernels

@Suite("Products in bfloat16")
struct BFloat16ProductTests {
    /// The instruction sets that this processor can be asked for.
    static let sets = InstructionSet.allCases.filter { $0 <= .detected }

    static func values(_ count: Int, seed: UInt32) -> [Float] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return Float(Int32(bitPattern: state)) / Float(Int32.max)
        }
    }

    static func rounded(_ values: [Float]) -> [Float] {
        values.map { Float(bitPattern: ($0.bitPattern + 0x7fff + (($0.bitPattern >> 16) & 1)) & 0xffff_0000) }
    }

    @Test("agrees with the definition on rounded operands, all orders and odd shapes, on every path", arguments: sets)
    func definition(set: InstructionSet) {
        for (m, n, k) in [(1, 1, 1), (3, 5, 7), (14, 32, 384), (15, 33, 385), (29, 31, 769), (130, 70, 33), (13, 17, 2), (227, 96, 500)] {
            let a = Self.values(m * k, seed: 1), b = Self.values(n * k, seed: 2), old = Self.values(m * n, seed: 3)
            for orderA in [MatrixOrder.normal, .transposed] {
                for orderB in [MatrixOrder.normal, .transposed] {
                    for beta: Float in [0, 1] {
                        var fast = old, slow = old
                        InstructionSet.with(set) { bfloat16Product(a, orderA, b, orderB, into: &fast, m: m, n: n, k: k, beta: beta) }
                        matrixProductByDefinition(Self.rounded(a), orderA, Self.rounded(b), orderB, into: &slow, m: m, n: n, k: k, beta: beta)
                        let error = zip(fast, slow).map { abs($0 - $1) }.max()!
                        #expect(error < 2e-5 * Float(k).squareRoot() + 1e-6, "\(m) \(n) \(k) \(orderA) \(orderB) \(beta)")
                    }
                }
            }
        }
    }

    @Test("rows with strides, and an epilogue that sees each row once, finished", arguments: sets)
    func strides(set: InstructionSet) {
        let m = 61, n = 45, k = 51
        let a = Self.values(m * (k + 3), seed: 4), b = Self.values(k * (n + 5), seed: 5)
        var dense = [Float](repeating: 0, count: m * n), wide = [Float](repeating: 7, count: m * (n + 2))
        let denseA = (0..<m).flatMap { a[$0 * (k + 3) ..< $0 * (k + 3) + k] }
        let denseB = (0..<k).flatMap { b[$0 * (n + 5) ..< $0 * (n + 5) + n] }
        InstructionSet.with(set) {
            bfloat16Product(denseA, .normal, denseB, .normal, into: &dense, m: m, n: n, k: k)
            wide.withUnsafeMutableBufferPointer { buffer in
                let start = buffer.baseAddress!
                bfloat16Product(a, .normal, b, .normal, into: start, m: m, n: n, k: k, rowStrideA: k + 3, rowStrideB: n + 5, rowStrideC: n + 2) {
                    for row in $0 { for column in 0..<n { start[row * (n + 2) + column] += 1 } }
                }
            }
        }
        for row in 0..<m {
            #expect((0..<n).allSatisfy { wide[row * (n + 2) + $0] == dense[row * n + $0] + 1 })
            #expect(wide[row * (n + 2) + n] == 7 && wide[row * (n + 2) + n + 1] == 7)
        }
    }

    @Test("an inner dimension of zero gives zeros or leaves what was there; infinities and NaN stay", arguments: sets)
    func edges(set: InstructionSet) {
        InstructionSet.with(set) {
            var c: [Float] = [5, 5]
            bfloat16Product([], .normal, [], .normal, into: &c, m: 1, n: 2, k: 0, beta: 1)
            #expect(c == [5, 5])
            bfloat16Product([], .normal, [], .normal, into: &c, m: 1, n: 2, k: 0)
            #expect(c == [0, 0])
            bfloat16Product([.infinity], .normal, [1, .nan], .normal, into: &c, m: 1, n: 2, k: 1)
            #expect(c[0] == .infinity && c[1].isNaN)
        }
    }

    @Test("a set above what the processor has is not used; one below is")
    func forcing() {
        #expect(InstructionSet.with(.portable) { InstructionSet.current } == .portable)
        #expect(InstructionSet.with(.avx512bf16) { InstructionSet.current } <= .detected)
    }
}
