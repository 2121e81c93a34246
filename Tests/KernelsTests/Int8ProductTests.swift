import ComputeRuntime

#if arch(x86_64)
import Kernels
import Testing

/// Products of bytes with scales.
@Suite("Products of bytes", .enabled(if: InstructionSet.detected == .avx512bf16, "needs products of bytes"))
struct Int8ProductTests {
    /// Inner elements that share a scale.
    private static let stretch = 384

    /// Rows of `count` as their bytes times their scales: the greatest magnitude of each stretch becomes 127.
    private func rounded(_ values: [Float], count: Int) -> [Float] {
        var result = values
        for row in 0 ..< values.count / count {
            for first in stride(from: 0, to: count, by: Self.stretch) {
                let range = row * count + first ..< row * count + min(count, first + Self.stretch)
                let greatest = values[range].map(abs).max()!
                for index in range {
                    result[index] = greatest == 0 ? 0 : (values[index] * (127 / greatest)).rounded(.toNearestOrEven) * (greatest / 127)
                }
            }
        }
        return result
    }

    @Test("are those of the operands as rounded, at odd shapes and over several stretches", arguments: [0, 1] as [Float])
    func definition(beta: Float) {
        for (m, n, k) in [(1, 1, 1), (3, 5, 7), (14, 32, 384), (15, 33, 385), (29, 31, 769), (130, 70, 33), (227, 96, 1536)] {
            var a = randomValues(m * k, seed: 1)
            let b = randomValues(n * k, seed: 2), old = randomValues(m * n, seed: 3)
            // A row of zeros has no scale.
            for index in 0..<k { a[index] = 0 }
            var fast = old, slow = old
            InstructionSet.with(.avx512bf16) {
                tileProduct(a, .normal, TilePanels(.int8, b, .transposed, columns: n, depth: k), into: &fast, m: m, beta: beta)
            }
            matrixProductByDefinition(rounded(a, count: k), .normal, rounded(b, count: k), .transposed, into: &slow, m: m, n: n, k: k, beta: beta)
            let error = zip(fast, slow).map { abs($0 - $1) }.max()!
            #expect(error < 2e-5 * Float(k).squareRoot() + 1e-6, "\(m) \(n) \(k)")
        }
    }

    @Test("lie under a feed-forward block", arguments: HiddenActivation.allCases)
    func feedForward(activation: HiddenActivation) {
        let (rows, hidden, inner) = (61, 50, 417)
        let x = randomValues(rows * hidden, seed: 1), bias = randomValues(inner, seed: 2)
        let w1 = randomValues(inner * hidden, seed: 5).map { $0 * 0.15 }, w2 = randomValues(hidden * inner, seed: 6).map { $0 * 0.05 }
        var expanded = [Float](repeating: 0, count: rows * inner), activated = expanded, wanted = [Float](repeating: 0, count: rows * hidden)
        matrixProductByDefinition(rounded(x, count: hidden), .normal, rounded(w1, count: hidden), .transposed, into: &expanded,
                                  m: rows, n: inner, k: hidden, beta: 0)
        addBiasAndActivate(rows: 0..<rows, width: inner, activation, values: &expanded, bias: bias, output: &activated)
        matrixProductByDefinition(rounded(activated, count: inner), .normal, rounded(w2, count: inner), .transposed, into: &wanted,
                                  m: rows, n: hidden, k: inner, beta: 0)
        var output = [Float](repeating: .nan, count: rows * hidden)
        InstructionSet.with(.avx512bf16) {
            TileFeedForward(.int8, hidden: hidden, intermediate: inner, activation: activation).forward(
                x, rows: rows, expansion: TilePanels(.int8, w1, .transposed, columns: inner, depth: hidden), bias: bias,
                contraction: TilePanels(.int8, w2, .transposed, columns: hidden, depth: inner), keep: nil, output: &output) { _ in }
        }
        // A value near the middle of two bytes may fall to either.
        let scale = wanted.map(abs).max()!
        #expect(zip(output, wanted).map { abs($0 - $1) }.max()! < 0.01 * scale)
    }

    @Test("are not for a pass that is recorded")
    func precision() {
        InstructionSet.with(.avx512bf16) {
            ComputePrecision.with(.int8) {
                #expect(ComputePrecision.current(isRecorded: false).weightFormat == .int8)
                #expect(ComputePrecision.current(isRecorded: true).weightFormat == .bfloat16 && ComputePrecision.current.tileFormat == .bfloat16)
            }
        }
        InstructionSet.with(.portable) { ComputePrecision.with(.int8) { #expect(ComputePrecision.current(isRecorded: false) == .float32) } }
    }
}
#endif
