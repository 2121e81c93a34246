import Kernels
import Testing

struct DropoutTests {
    private func factors(_ dropout: Dropout, groups: Range<Int>) -> [Float] {
        var all: [Float] = []
        for group in groups {
            var buffer = [Float](repeating: -1, count: 64)
            dropout.writeFactors(group: group, to: &buffer)
            all += buffer
        }
        return all
    }

    @Test(arguments: [(0.1, 3), (0.5, 1 << 33), (0.9, 0)] as [(Float, UInt64)])
    func factorsAreThoseOfTheDefinition(probability: Float, stream: UInt64) throws {
        let dropout = try #require(Dropout(probability: probability, philox: Philox(seed: 0x1234_5678_9ABC), stream: stream))
        for group in [0, 1, 7, 1 << 30] {
            let fast = factors(dropout, groups: group ..< group + 1)
            for element in 0..<64 { #expect(fast[element] == dropout.factor(group: group, element: element)) }
        }
    }

    @Test func theShareDroppedIsTheProbabilityAndTheMeanIsOne() throws {
        for probability in [0.1, 0.25, 0.5] as [Float] {
            let dropout = try #require(Dropout(probability: probability, philox: Philox(seed: 5), stream: 9))
            let values = factors(dropout, groups: 0..<4_000)
            let dropped = Float(values.count { $0 == 0 }) / Float(values.count)
            // Five standard deviations of the share.
            #expect(abs(dropped - probability) < 5 * (probability * (1 - probability) / Float(values.count)).squareRoot())
            #expect(abs(values.reduce(0, +) / Float(values.count) - 1) < 0.02)
            // Neighbours are independent: the share of pairs that are both dropped is the square.
            let both = Float(zip(values, values.dropFirst()).count { $0.0 == 0 && $0.1 == 0 }) / Float(values.count)
            #expect(abs(both - probability * probability) < 0.006)
        }
    }

    @Test func streamsAndSeedsDiffer() throws {
        let a = try #require(Dropout(probability: 0.5, philox: Philox(seed: 1), stream: 1))
        let b = try #require(Dropout(probability: 0.5, philox: Philox(seed: 1), stream: 2))
        let c = try #require(Dropout(probability: 0.5, philox: Philox(seed: 2), stream: 1))
        #expect(factors(a, groups: 0..<4) == factors(a, groups: 0..<4))
        #expect(factors(a, groups: 0..<4) != factors(b, groups: 0..<4))
        #expect(factors(a, groups: 0..<4) != factors(c, groups: 0..<4))
    }

    @Test func zeroProbabilityIsNoDropout() {
        #expect(Dropout(probability: 0, philox: Philox(seed: 1), stream: 1) == nil)
    }
}
