import ComputeRuntime
import Kernels
import Testing

/// A precision together with an instruction set that this processor has.
struct ProductPath: CustomTestStringConvertible, Sendable {
    let precision: ComputePrecision, set: InstructionSet

    var testDescription: String { "\(precision) with \(set)" }

    static let all = ComputePrecision.allCases.flatMap { precision in
        InstructionSet.available.map { ProductPath(precision: precision, set: $0) }
    }

    /// Those that have register tiles.
    static let tiled = all.filter { path in InstructionSet.with(path.set) { path.precision.tileFormat != nil } }

    /// Operands as this path sees them.
    func rounded(_ values: [Float]) -> [Float] {
        InstructionSet.with(set) { precision.tileFormat } == .bfloat16 ? roundedToBFloat16(values) : values
    }
}

/// To nearest, ties to even.
func roundedToBFloat16(_ values: [Float]) -> [Float] {
    values.map { Float(bitPattern: ($0.bitPattern + 0x7fff + (($0.bitPattern >> 16) & 1)) & 0xffff_0000) }
}

/// Products in the precision of a run, on each path.
@Suite("Products in register tiles")
struct TileProductTests {
    @Test("agree with the definition on operands as rounded, in all orders and at odd shapes", arguments: ProductPath.all)
    func definition(path: ProductPath) {
        for (m, n, k) in [(1, 1, 1), (3, 5, 7), (14, 32, 384), (15, 33, 385), (29, 31, 769), (130, 70, 33), (13, 17, 2), (227, 96, 500)] {
            let a = randomValues(m * k, seed: 1), b = randomValues(n * k, seed: 2), old = randomValues(m * n, seed: 3)
            for (orderA, orderB) in MatrixProductTests.orders {
                for beta: Float in [0, 1] {
                    var fast = old, slow = old
                    InstructionSet.with(path.set) {
                        path.precision.product(a, orderA, b, orderB, into: &fast, m: m, n: n, k: k, beta: beta)
                    }
                    matrixProductByDefinition(path.rounded(a), orderA, path.rounded(b), orderB, into: &slow, m: m, n: n, k: k, beta: beta)
                    let error = zip(fast, slow).map { abs($0 - $1) }.max()!
                    #expect(error < 2e-5 * Float(k).squareRoot() + 1e-6, "\(m) \(n) \(k) \(orderA) \(orderB) \(beta)")
                }
            }
        }
    }

    @Test("take operands and results whose rows lie apart", arguments: ProductPath.all)
    func strides(path: ProductPath) {
        let m = 61, n = 45, k = 51
        let a = randomValues(m * (k + 3), seed: 4), b = randomValues(k * (n + 5), seed: 5)
        var dense = [Float](repeating: 0, count: m * n), wide = [Float](repeating: 7, count: m * (n + 2))
        let denseA = (0..<m).flatMap { a[$0 * (k + 3) ..< $0 * (k + 3) + k] }
        let denseB = (0..<k).flatMap { b[$0 * (n + 5) ..< $0 * (n + 5) + n] }
        InstructionSet.with(path.set) {
            path.precision.product(denseA, .normal, denseB, .normal, into: &dense, m: m, n: n, k: k)
            path.precision.product(a, .normal, b, .normal, into: &wide, m: m, n: n, k: k, rowStrideA: k + 3, rowStrideB: n + 5, rowStrideC: n + 2)
        }
        for row in 0..<m {
            #expect((0..<n).allSatisfy { abs(wide[row * (n + 2) + $0] - dense[row * n + $0]) < 1e-5 })
            #expect(wide[row * (n + 2) + n] == 7 && wide[row * (n + 2) + n + 1] == 7)
        }
    }

    @Test("with an operand laid out once: the same bits, and an epilogue that sees each row once, finished", arguments: ProductPath.tiled)
    func panels(path: ProductPath) throws {
        let m = 361, n = 45, k = 451
        let a = randomValues(m * (k + 3), seed: 4), b = randomValues(k * (n + 5), seed: 5)
        let format = try #require(InstructionSet.with(path.set) { path.precision.tileFormat })
        var expected = [Float](repeating: 0, count: m * n), finished = [Float](repeating: 7, count: m * (n + 2))
        InstructionSet.with(path.set) {
            path.precision.product(a, .normal, b, .normal, into: &expected, m: m, n: n, k: k, rowStrideA: k + 3, rowStrideB: n + 5)
            let panels = TilePanels(format, b, columns: n, depth: k, rowStride: n + 5)
            finished.withUnsafeMutableBufferPointer { buffer in
                let start = buffer.baseAddress!
                tileProduct(a, .normal, panels, into: start, m: m, rowStrideA: k + 3, rowStrideC: n + 2) {
                    for row in $0 { for column in 0..<n { start[row * (n + 2) + column] += 1 } }
                }
            }
        }
        // By blocks of rows that nothing is kept of.
        var inBlocks = [Float](repeating: .nan, count: m * n)
        InstructionSet.with(path.set) {
            let panels = TilePanels(format, b, columns: n, depth: k, rowStride: n + 5)
            let dense = (0..<m).flatMap { a[$0 * (k + 3) ..< $0 * (k + 3) + k] }
            dense.withUnsafeBufferPointer { dense in
                inBlocks.withUnsafeMutableBufferPointer { buffer in
                    nonisolated(unsafe) let start = buffer.baseAddress!
                    tileProduct(.float32(dense.baseAddress!), panels, m: m) {
                        (start + $0.lowerBound * n).update(from: $1, count: $0.count * n)
                    }
                }
            }
        }
        #expect(inBlocks == expected)
        for row in 0..<m {
            #expect((0..<n).allSatisfy { finished[row * (n + 2) + $0] == expected[row * n + $0] + 1 })
            #expect(finished[row * (n + 2) + n] == 7 && finished[row * (n + 2) + n + 1] == 7)
        }
    }

    @Test("an element depends on its row and its column alone, not on where they stand nor on how many there are", arguments: ProductPath.tiled)
    func company(path: ProductPath) {
        let (m, n, k) = (61, 75, 411)
        let a = randomValues(m * k, seed: 1), b = randomValues(n * k, seed: 2)
        func product(_ rows: Range<Int>, _ columns: Range<Int>) -> [Float] {
            var c = [Float](repeating: 0, count: rows.count * columns.count)
            InstructionSet.with(path.set) {
                path.precision.product(Array(a[rows.lowerBound * k ..< rows.upperBound * k]), .normal,
                                       Array(b[columns.lowerBound * k ..< columns.upperBound * k]), .transposed,
                                       into: &c, m: rows.count, n: columns.count, k: k)
            }
            return c
        }
        let all = product(0..<m, 0..<n)
        for row in stride(from: 0, to: m, by: 7) { #expect(product(row ..< row + 1, 0..<n) == Array(all[row * n ..< (row + 1) * n]), "row \(row)") }
        for rows in [0..<4, 1..<16, 13..<61] {
            for columns in [0..<1, 31..<33, 10..<75] {
                #expect(product(rows, columns) == rows.flatMap { row in columns.map { all[row * n + $0] } }, "\(rows) \(columns)")
            }
        }
    }

    #if arch(x86_64)
    @Test("bits of bfloat16 give the bits that rounding on the way gives, on the left, on the right and as they are made",
          .enabled(if: InstructionSet.detected == .avx512bf16, "needs products of bfloat16"))
    func roundedElements() {
        let m = 151, n = 77, k = 451
        let a = randomValues(m * k, seed: 6), b = randomValues(k * n, seed: 7), outer = randomValues(m * n, seed: 8)
        var expected = [Float](repeating: 0, count: m * n), result = expected, bits = [UInt16](repeating: 0, count: m * k)
        var expectedGradient = [Float](repeating: 0, count: n * k), gradient = expectedGradient
        let panels = TilePanels(.bfloat16, b, columns: n, depth: k), inBytes = TilePanels(.int8, b, .transposed, columns: n, depth: k)
        tileProduct(a, .normal, panels, into: &expected, m: m)
        bits.withUnsafeMutableBufferPointer { bits in
            nonisolated(unsafe) let bits = bits.baseAddress!
            tileProduct(.bfloat16(bits), .normal, panels, into: &result, m: m, prologue: { roundToBFloat16(a, rows: $0, width: k, into: bits) }) { _ in }
            #expect(result == expected)
            ComputePrecision.bfloat16.product(outer, .transposed, a, .normal, into: &expectedGradient, m: n, n: k, k: m)
            var outerBits = [UInt16](repeating: 0, count: m * n)
            roundToBFloat16(outer, count: m * n, into: &outerBits)
            outer.withUnsafeBufferPointer { outer in
                outerBits.withUnsafeBufferPointer { outerBits in
                    for elements in [MatrixElements.float32(outer.baseAddress!), .bfloat16(outerBits.baseAddress!)] {
                        ComputePrecision.bfloat16.weightGradient(elements, rowStride: n, input: .bfloat16(bits), into: &gradient, rows: m,
                                                                 outputs: n, inputs: k, beta: 0)
                        #expect(gradient == expectedGradient)
                    }
                }
            }
            // Bytes of what was rounded before.
            var widened = a
            widenBFloat16(bits, count: m * k, into: &widened)
            tileProduct(widened, .normal, inBytes, into: &expected, m: m)
            tileProduct(.bfloat16(bits), .normal, inBytes, into: &result, m: m)
            #expect(result == expected)
        }
    }
    #endif

    @Test("an inner dimension of zero gives zeros or leaves what was there; infinities and NaN stay", arguments: ProductPath.all)
    func edges(path: ProductPath) {
        InstructionSet.with(path.set) {
            var c: [Float] = [5, 5]
            path.precision.product([], .normal, [], .normal, into: &c, m: 1, n: 2, k: 0, beta: 1)
            #expect(c == [5, 5])
            path.precision.product([], .normal, [], .normal, into: &c, m: 1, n: 2, k: 0)
            #expect(c == [0, 0])
            path.precision.product([.infinity], .normal, [1, .nan], .normal, into: &c, m: 1, n: 2, k: 1)
            #expect(c[0] == .infinity && c[1].isNaN)
        }
    }
}
