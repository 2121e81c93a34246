import ComputeRuntime
import Kernels
import Testing

@Suite("The end of a block") struct ResidualNormTests {
    /// What forward and backward pass write for `rows` of `width`.
    private struct Results: Equatable {
        var output: [Float], normalized: [Float], deviation: [Float], residual: [Float], values: [Float], sums: [Float]
    }

    private func results(_ set: InstructionSet, rows: Int, width: Int, dropout: Dropout?, rounded: inout [UInt16]) -> Results {
        let bias = randomValues(width, seed: 1), residual = randomValues(rows * width, seed: 2), gradient = randomValues(rows * width, seed: 3)
        let weight = randomValues(width, seed: 4), shift = randomValues(width, seed: 5), empty = [Float](repeating: .nan, count: rows * width)
        var all = Results(output: randomValues(rows * width, seed: 6), normalized: empty, deviation: [Float](repeating: .nan, count: rows),
                          residual: empty, values: empty, sums: [Float](repeating: 0.5, count: 3 * width))
        InstructionSet.with(set) {
            weight.withUnsafeBufferPointer { weight in
                shift.withUnsafeBufferPointer { shift in
                    let norm = LayerNormParameters(width: width, weight: weight.baseAddress!, bias: shift.baseAddress!, epsilon: 1e-5)
                    residualNorm(rows: 0..<rows, norm, values: &all.output, bias: bias, residual: residual, dropout: dropout,
                                 normalized: &all.normalized, reciprocalDeviation: &all.deviation)
                    residualNormBackward(
                        rowCount: rows, norm, gradient: gradient, normalized: all.normalized, reciprocalDeviation: all.deviation, dropout: dropout,
                        residualGradient: &all.residual, valuesGradient: &all.values, parameterGradients: &all.sums)
                    #if arch(x86_64)
                    guard set == .avx512bf16 else { return }
                    // What waits for the backward pass rounded, and all else the same.
                    var same = all, kept = [UInt16](repeating: 0, count: rows * width), expected = kept
                    same.output = randomValues(rows * width, seed: 6)
                    residualNorm(rows: 0..<rows, norm, values: &same.output, bias: bias, residual: residual, dropout: dropout, normalized: &kept,
                                 reciprocalDeviation: &same.deviation)
                    #expect(same == all)
                    roundToBFloat16(all.normalized, count: rows * width, into: &expected)
                    #expect(kept == expected)
                    var widened = all.normalized
                    widenBFloat16(kept, count: rows * width, into: &widened)

                    // The result is made from it again.
                    var scaled = kept
                    scaleNormalized(rowCount: rows, norm, normalized: kept, output: &scaled)
                    let again = widened.indices.map { shift[$0 % width].addingProduct(widened[$0], weight[$0 % width]) }
                    roundToBFloat16(again, count: rows * width, into: &expected)
                    #expect(scaled == expected)

                    // The backward pass is that of the rounded rows.
                    var wide = all
                    wide.sums = [Float](repeating: 0.5, count: 3 * width)
                    same = wide
                    residualNormBackward(
                        rowCount: rows, norm, gradient: gradient, normalized: widened, reciprocalDeviation: all.deviation, dropout: dropout,
                        residualGradient: &wide.residual, valuesGradient: &wide.values, parameterGradients: &wide.sums)
                    residualNormBackward(
                        rowCount: rows, norm, gradient: gradient, normalized: kept, reciprocalDeviation: all.deviation, dropout: dropout,
                        residualGradient: &same.residual, valuesGradient: &rounded, parameterGradients: &same.sums)
                    #expect(same.residual == wide.residual && same.sums == wide.sums)
                    roundToBFloat16(wide.values, count: rows * width, into: &expected)
                    #expect(rounded == expected)
                    #endif
                }
            }
        }
        return all
    }

    @Test("is the same to the last bit with every instruction set, and rounded as products round it",
          arguments: [(1, 1), (5, 16), (7, 33), (40, 130), (3, 384)], [false, true])
    func sets(shape: (rows: Int, width: Int), drops: Bool) {
        let dropout = drops ? Dropout(probability: 0.3, philox: Philox(seed: 3), stream: 4) : nil
        var rounded = [UInt16](repeating: 0x7fc0, count: shape.rows * shape.width)
        let portable = results(.portable, rows: shape.rows, width: shape.width, dropout: dropout, rounded: &rounded)
        for set in InstructionSet.available {
            #expect(results(set, rows: shape.rows, width: shape.width, dropout: dropout, rounded: &rounded) == portable, "\(set)")
        }
        if !drops { #expect(portable.values == portable.residual) }
        #expect(!(portable.output + portable.residual + portable.sums).contains { !$0.isFinite })
    }
}
