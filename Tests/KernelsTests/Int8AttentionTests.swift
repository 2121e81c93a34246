import ComputeRuntime

#if arch(x86_64)
import Glibc
import Kernels
import Testing

/// Attention with products of bytes.
@Suite("Attention of bytes", .enabled(if: InstructionSet.detected == .avx512bf16, "needs products of bytes"))
struct Int8AttentionTests {
    /// Queries, keys and values of a packed batch, `[rows, heads * size]` each, and a bias.
    private struct Inputs {
        let lengths: [Int]
        let heads = 2
        let size: Int
        let isBiased: Bool
        let keyOffsets: [Int], queryOffsets: [Int]
        var queries: [Float] = [], keys: [Float] = [], values: [Float] = []
        /// `[heads, 2 * reach - 1]`, farther than the longest sequence needs.
        var bias: [Float] = []

        var width: Int { heads * size }
        var reach: Int { lengths.max()! + 3 }

        /// - Parameter asking: queries of each sequence; as many as keys if nil.
        init(_ lengths: [Int], asking: Int? = nil, size: Int, isBiased: Bool = false) {
            self.lengths = lengths
            self.size = size
            self.isBiased = isBiased
            keyOffsets = lengths.reduce(into: [0]) { $0.append($0.last! + $1) }
            queryOffsets = lengths.reduce(into: [0]) { $0.append($0.last! + (asking ?? $1)) }
            queries = InstructionSet.with(.avx512bf16) { rounded(randomValues(queryOffsets.last! * width, seed: 1)) }
            keys = InstructionSet.with(.avx512bf16) { rounded(randomValues(keyOffsets.last! * width, seed: 2)) }
            values = InstructionSet.with(.avx512bf16) { rounded(randomValues(keyOffsets.last! * width, seed: 3)) }
            bias = randomValues(heads * (2 * reach - 1), seed: 4)
        }

        /// `[query rows, heads * size]`
        func attended() -> [Float] {
            let q = bits(queries), k = bits(keys), v = bits(values)
            var output = [UInt16](repeating: 0xffff, count: queries.count)
            q.withUnsafeBufferPointer { q in k.withUnsafeBufferPointer { k in v.withUnsafeBufferPointer { v in
                bias.withUnsafeBufferPointer { bias in
                    attentionInt8(AttentionInput(
                        queries: q.baseAddress!, queryStride: width, keys: k.baseAddress!, values: v.baseAddress!, keyStride: width,
                        queryOffsets: queryOffsets, keyOffsets: keyOffsets, headCount: heads, headSize: size,
                        bias: isBiased ? RelativeBias(values: bias.baseAddress!, reach: reach) : nil), output: &output)
                }
            } } }
            return output.map { Float(bitPattern: UInt32($0) << 16) }
        }

        /// The same in double, of queries and keys as their bytes times a scale for each row, and of values as they are.
        func definition() -> [Double] {
            var output = [Double](repeating: 0, count: queries.count)
            for sequence in lengths.indices {
                for head in 0..<heads {
                    let own = (0..<lengths[sequence]).map { inBytes(keys, keyOffsets[sequence] + $0, head) }
                    for query in queryOffsets[sequence] ..< queryOffsets[sequence + 1] {
                        let q = inBytes(queries, query, head)
                        let scores = own.enumerated().map { key, k in
                            let distance = key - (query - queryOffsets[sequence])
                            return zip(q, k).reduce(0) { $0 + $1.0 * $1.1 } / Double(size).squareRoot()
                                + (isBiased ? Double(bias[head * (2 * reach - 1) + reach - 1 + distance]) : 0)
                        }
                        let top = scores.max()!, powers = scores.map { exp($0 - top) }, sum = powers.reduce(0, +)
                        for column in 0..<size {
                            output[query * width + head * size + column] = powers.indices.reduce(0) {
                                $0 + powers[$1] / sum * Double(values[(keyOffsets[sequence] + $1) * width + head * size + column])
                            }
                        }
                    }
                }
            }
            return output
        }

        private func inBytes(_ values: [Float], _ row: Int, _ head: Int) -> [Double] {
            let line = values[row * width + head * size ..< row * width + (head + 1) * size], greatest = line.map(abs).max()!
            return line.map { greatest == 0 ? 0 : Double(($0 * (127 / greatest)).rounded(.toNearestOrEven) * (greatest / 127)) }
        }

        private func bits(_ values: [Float]) -> [UInt16] { values.map { UInt16($0.bitPattern >> 16) } }

        /// To bfloat16.
        private func rounded(_ values: [Float]) -> [Float] {
            var bits = [UInt16](repeating: 0, count: values.count)
            roundToBFloat16(values, count: values.count, into: &bits)
            return bits.map { Float(bitPattern: UInt32($0) << 16) }
        }
    }

    private func attended(_ inputs: Inputs) -> [Float] { InstructionSet.with(.avx512bf16) { inputs.attended() } }

    @Test("is that of the definition but for the bytes of weights and values", arguments: [1, 7, 8, 32, 64, 70], [false, true])
    func definition(size: Int, isBiased: Bool) {
        let inputs = Inputs([1, 7, 17, 256, 64, 33, 100], size: size, isBiased: isBiased)
        let output = attended(inputs), wanted = inputs.definition()
        let differences = zip(output, wanted).map { Double($0) - $1 }
        // A weight is a whole number up to 255.
        #expect(differences.allSatisfy { abs($0) < 0.02 })
        let squares = differences.reduce(0) { $0 + $1 * $1 }
        #expect((squares / Double(differences.count)).squareRoot() < 0.004)
    }

    @Test("has as many queries as ask", arguments: [1, 9])
    func askingRows(count: Int) {
        let inputs = Inputs([20, 40, 3], asking: count, size: 32)
        let output = attended(inputs), wanted = inputs.definition()
        #expect(output.count == 3 * count * 64 && zip(output, wanted).allSatisfy { abs(Double($0) - $1) < 0.02 })
    }

    @Test("keeps many small weights beside a great one")
    func smallWeights() {
        var inputs = Inputs([256], size: 8)
        // One key gets 1, each other one a fifth of a byte's step; together they have a sixth of the whole.
        inputs.queries = inputs.queries.map { _ in 1 }
        inputs.keys = inputs.keys.indices.map { $0 < inputs.width ? 1 : 0 }
        inputs.values = inputs.values.indices.map { $0 < inputs.width ? 0 : 1 }
        let small = Float(0.2 / 255), factor = -log(small) / Float(8).squareRoot()
        inputs.queries = inputs.queries.map { $0 * Float(bitPattern: factor.bitPattern & 0xffff_0000) }
        let wanted = inputs.definition()
        let output = attended(inputs)
        #expect(wanted[0] > 0.15 && wanted[0] < 0.2)
        #expect(zip(output, wanted).allSatisfy { abs(Double($0) - $1) < 0.02 })
        let mean = output.reduce(0) { $0 + Double($1) } / Double(output.count)
        #expect(abs(mean - wanted[0]) < 0.003)
    }

    @Test("of zeros is the mean of the values, and great numbers stay finite")
    func extremes() {
        var inputs = Inputs([19, 1], size: 32)
        inputs.queries = inputs.queries.map { _ in 0 }
        #expect(zip(attended(inputs), inputs.definition()).allSatisfy { abs(Double($0) - $1) < 0.01 })
        inputs.keys = inputs.keys.map { _ in 0 }
        #expect(attended(inputs).allSatisfy { $0.isFinite })
        inputs = Inputs([19, 1], size: 32)
        inputs.queries = inputs.queries.map { $0 * 0x1p60 }
        inputs.keys = inputs.keys.map { $0 * 0x1p-20 }
        #expect(attended(inputs).allSatisfy { $0.isFinite && abs($0) <= 1.01 })
    }

    @Test("of a sequence does not depend on the others in the batch")
    func independence() {
        let inputs = Inputs([30, 70, 5], size: 32), all = attended(inputs), width = inputs.width
        for (sequence, length) in inputs.lengths.enumerated() {
            let own = inputs.keyOffsets[sequence] * width ..< inputs.keyOffsets[sequence + 1] * width
            var alone = Inputs([length], size: 32)
            (alone.queries, alone.keys, alone.values) = (Array(inputs.queries[own]), Array(inputs.keys[own]), Array(inputs.values[own]))
            #expect(attended(alone) == Array(all[own]))
        }
    }
}
#endif
