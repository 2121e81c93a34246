import ComputeRuntime

#if arch(x86_64)
import Testing
import Kernels

@Suite("The feed-forward products in register tiles")
struct TileFeedForwardTests {
    struct Shape: Sendable, CustomTestStringConvertible {
        let rows: Int, hidden: Int, intermediate: Int
        var testDescription: String { "\(rows) rows, \(hidden) to \(intermediate)" }
    }

    @Test("give what one product after the other gives", arguments: [
        Shape(rows: 1, hidden: 3, intermediate: 5), Shape(rows: 15, hidden: 32, intermediate: 64), Shape(rows: 131, hidden: 50, intermediate: 417),
        Shape(rows: 60, hidden: 400, intermediate: 800),
        // Gradients of weights in two stretches.
        Shape(rows: 4_100, hidden: 7, intermediate: 33),
    ], HiddenActivation.allCases)
    func agreement(shape: Shape, activation: HiddenActivation) throws {
        for path in ProductPath.tiled { try InstructionSet.with(path.set) { try agreement(shape, activation, path) } }
    }

    private func agreement(_ shape: Shape, _ activation: HiddenActivation, _ path: ProductPath) throws {
        let format = try #require(path.precision.tileFormat)
        let (rows, hidden, inner) = (shape.rows, shape.hidden, shape.intermediate)
        func values(_ count: Int, _ seed: UInt64) -> [Float] { randomValues(count, seed: seed) }
        let x = values(rows * hidden, 1), bias = values(inner, 2), gradient = values(rows * hidden, 3), before = values(rows * hidden, 4)
        let scale = 1 / Float(hidden).squareRoot()
        let w1 = values(inner * hidden, 5).map { $0 * scale }, w2 = values(hidden * inner, 6).map { $0 * scale }
        let start = values(hidden * inner, 7)

        // One after the other.
        var expanded = [Float](repeating: 0, count: rows * inner), activated = expanded, output = [Float](repeating: 0, count: rows * hidden)
        path.precision.product(x, .normal, w1, .transposed, into: &expanded, m: rows, n: inner, k: hidden)
        addBiasAndActivate(rows: 0..<rows, width: inner, activation, values: &expanded, bias: bias, output: &activated)
        path.precision.product(activated, .normal, w2, .transposed, into: &output, m: rows, n: hidden, k: inner)
        expanded = path.rounded(expanded)
        var innerGradient = [Float](repeating: 0, count: rows * inner), biasGradient = [Float](repeating: 1, count: inner)
        path.precision.product(gradient, .normal, w2, .normal, into: &innerGradient, m: rows, n: inner, k: hidden)
        activateBackward(rowCount: rows, width: inner, activation, values: &expanded, gradient: &innerGradient, biasGradient: &biasGradient)
        var inputGradient = before, g1 = start, g2 = [Float](repeating: 0, count: hidden * inner)
        path.precision.product(innerGradient, .normal, w1, .normal, into: &inputGradient, m: rows, n: hidden, k: inner, beta: 1)
        path.precision.product(innerGradient, .transposed, x, .normal, into: &g1, m: inner, n: hidden, k: rows, beta: 1)
        path.precision.product(gradient, .transposed, expanded, .normal, into: &g2, m: hidden, n: inner, k: rows)

        // Both at once.
        let fused = TileFeedForward(format, hidden: hidden, intermediate: inner, activation: activation)
        let kept = UnsafeMutableRawPointer.allocate(byteCount: fused.keptByteCount(rows: rows), alignment: 64)
        defer { kept.deallocate() }
        var fusedOutput = [Float](repeating: .nan, count: rows * hidden), fusedInput = before, fusedBias = [Float](repeating: 1, count: inner)
        var seen = [Int](repeating: 0, count: rows), bits = [UInt16](repeating: 0, count: format == .bfloat16 ? rows * hidden : 1)
        seen.withUnsafeMutableBufferPointer { seen in
            nonisolated(unsafe) let seen = seen
            fused.forward(x, rows: rows, rounded: format == .bfloat16 ? bits.withUnsafeMutableBufferPointer(\.baseAddress!) : nil, expansion: TilePanels(format, w1, .transposed, columns: inner, depth: hidden), bias: bias,
                          contraction: TilePanels(format, w2, .transposed, columns: hidden, depth: inner), keep: kept, output: &fusedOutput) {
                for row in $0 { seen[row] += 1 }
            }
        }
        #expect(seen.allSatisfy { $0 == 1 })
        var fused1 = start, fused2 = [Float](repeating: .nan, count: hidden * inner)
        let outer = UnsafeMutableBufferPointer<Float>.allocate(capacity: gradient.count)
        defer { outer.deallocate() }
        _ = outer.initialize(from: gradient)
        x.withUnsafeBufferPointer { x in
            bits.withUnsafeBufferPointer { bits in
                fused1.withUnsafeMutableBufferPointer { fused1 in
                    fused2.withUnsafeMutableBufferPointer { fused2 in
                        fused.backward(
                            gradient: .float32(outer.baseAddress!), x: format == .bfloat16 ? .bfloat16(bits.baseAddress!) : .float32(x.baseAddress!),
                            rows: rows, kept: kept, expansion: TilePanels(format, w1, columns: hidden, depth: inner),
                            contraction: TilePanels(format, w2, columns: inner, depth: hidden), into: &fusedInput, biasGradient: &fusedBias,
                            expansionGradient: (fused1.baseAddress!, 1), contractionGradient: (fused2.baseAddress!, 0))
                    }
                }
            }
        }
        func largest(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).map { $0 == $1 ? 0 : abs($0 - $1) }.reduce(0) { $1.isNaN ? .infinity : max($0, $1) } }
        // Values next to the middle of two bfloat16 numbers may go either way, since the activation is not computed by the same code.
        let bound: Float = format == .bfloat16 ? 5e-3 : 1e-4
        #expect(largest(output, fusedOutput) < bound, "\(path.testDescription)")
        #expect(largest(inputGradient, fusedInput) < bound)
        // Sums over many rows have larger errors.
        let many = max(1, Float(rows) / 130)
        #expect(largest(biasGradient, fusedBias) < 1e-3 * many)
        #expect(largest(g1, fused1) < bound * 2 * many)
        #expect(largest(g2, fused2) < bound * 2 * many)
    }
}
#endif
