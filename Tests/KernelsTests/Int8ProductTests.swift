import ComputeRuntime

#if arch(x86_64)
import Kernels
import Testing

/// Products of bytes with scales.
@Suite("Products of bytes", .enabled(if: InstructionSet.detected >= .avx2, "needs products of bytes"))
struct Int8ProductTests {
    /// A layout of bytes with the set that multiplies it.
    struct Layout: CustomTestStringConvertible, Sendable {
        let format: TileFormat, set: InstructionSet

        var testDescription: String { "\(set)" }

        static let available = [Layout(format: .int8AVX2, set: .avx2), Layout(format: .int8, set: .avx512bf16)].filter { $0.set <= .detected }

        /// `a b^T + beta c`, `a` with rows of `k` and `b` with `n` rows.
        func product(_ a: [Float], _ b: [Float], into c: inout [Float], m: Int, n: Int, k: Int, beta: Float = 0) {
            InstructionSet.with(set) {
                tileProduct(a, .normal, TilePanels(format, b, .transposed, columns: n, depth: k), into: &c, m: m, beta: beta)
            }
        }
    }

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

    @Test("are those of the operands as rounded, at odd shapes and over several stretches", arguments: Layout.available, [0, 1] as [Float])
    func definition(layout: Layout, beta: Float) {
        for (m, n, k) in [(1, 1, 1), (3, 5, 7), (14, 32, 384), (15, 33, 385), (29, 31, 769), (130, 70, 33), (227, 96, 1536)] {
            var a = randomValues(m * k, seed: 1)
            let b = randomValues(n * k, seed: 2), old = randomValues(m * n, seed: 3)
            // A row of zeros has no scale.
            for index in 0..<k { a[index] = 0 }
            var fast = old, slow = old
            layout.product(a, b, into: &fast, m: m, n: n, k: k, beta: beta)
            matrixProductByDefinition(rounded(a, count: k), .normal, rounded(b, count: k), .transposed, into: &slow, m: m, n: n, k: k, beta: beta)
            let error = zip(fast, slow).map { abs($0 - $1) }.max()!
            #expect(error < 2e-5 * Float(k).squareRoot() + 1e-6, "\(m) \(n) \(k)")
        }
    }

    @Test("of a row and a column do not depend on the others, and are the same bits with every set")
    func company() {
        let (m, n, k) = (47, 70, 801)
        let a = randomValues(m * k, seed: 1), b = randomValues(n * k, seed: 2)
        var first: [Float]?
        for layout in Layout.available {
            var all = [Float](repeating: 0, count: m * n)
            layout.product(a, b, into: &all, m: m, n: n, k: k)
            #expect(all == first ?? all)
            first = all
            for (rows, columns) in [(0..<1, 0..<n), (46..<47, 69..<70), (3..<17, 5..<40), (20..<47, 33..<34)] {
                var part = [Float](repeating: 0, count: rows.count * columns.count)
                layout.product(Array(a[rows.lowerBound * k ..< rows.upperBound * k]), Array(b[columns.lowerBound * k ..< columns.upperBound * k]),
                               into: &part, m: rows.count, n: columns.count, k: k)
                let wanted = rows.flatMap { row in columns.map { all[row * n + $0] } }
                #expect(part == wanted, "\(layout.set) \(rows) \(columns)")
            }
        }
    }

    @Test("lie under a feed-forward block", arguments: Layout.available, HiddenActivation.allCases)
    func feedForward(layout: Layout, activation: HiddenActivation) {
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
        InstructionSet.with(layout.set) {
            TileFeedForward(layout.format, hidden: hidden, intermediate: inner, activation: activation).forward(
                x, rows: rows, expansion: TilePanels(layout.format, w1, .transposed, columns: inner, depth: hidden), bias: bias,
                contraction: TilePanels(layout.format, w2, .transposed, columns: hidden, depth: inner), keep: nil, output: &output) { _ in }
        }
        // A value near the middle of two bytes may fall to either.
        let scale = wanted.map(abs).max()!
        #expect(zip(output, wanted).map { abs($0 - $1) }.max()! < 0.01 * scale)
    }

    @Test("are not for a pass that is recorded")
    func precision() {
        for layout in Layout.available {
            InstructionSet.with(layout.set) {
                ComputePrecision.with(.int8) {
                    let others: TileFormat = layout.set == .avx2 ? .float32AVX2 : .bfloat16
                    #expect(ComputePrecision.current(isRecorded: false).weightFormat == layout.format)
                    #expect(ComputePrecision.current(isRecorded: true).weightFormat == others && ComputePrecision.current.tileFormat == others)
                }
            }
        }
        #expect(ComputePrecision.int8.served(by: .avx512) == .float32)
        InstructionSet.with(.portable) { ComputePrecision.with(.int8) { #expect(ComputePrecision.current(isRecorded: false) == .float32) } }
    }
}
#endif
