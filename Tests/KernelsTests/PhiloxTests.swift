import Kernels
import Testing

@Suite("Philox")
struct PhiloxTests {
    @Test("gives the published known answers of Philox4x32-10", arguments: [
        // Seed (key), index and stream (counter), words: the vectors of the Random123 distribution.
        (0, 0, 0, [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
        (.max, .max, .max, [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]),
        (0x299f_31d0_a409_3822, 0x85a3_08d3_243f_6a88, 0x0370_7344_1319_8a2e, [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]),
    ] as [(UInt64, UInt64, UInt64, [UInt32])])
    func knownAnswers(seed: UInt64, index: UInt64, stream: UInt64, words: [UInt32]) {
        let block = Philox(seed: seed).block(stream: stream, index: index)
        #expect((0..<4).map { block[$0] } == words)
    }

    @Test("fills do not depend on their length, so any part can be made again")
    func prefixes() {
        let philox = Philox(seed: 9)
        var long = [Float](repeating: 0, count: 100_003), short = [Float](repeating: 0, count: 1_001)
        fillNormal(&long, count: long.count, philox: philox, stream: 4)
        fillNormal(&short, count: short.count, philox: philox, stream: 4)
        #expect(Array(long.prefix(1_001)) == short)
    }

    @Test("normal numbers have mean 0, deviation 1 and the tails of the distribution")
    func normalMoments() {
        var values = [Float](repeating: 0, count: 200_000)
        fillNormal(&values, count: values.count, philox: Philox(seed: 1), stream: 0)
        let mean = values.reduce(0.0) { $0 + Double($1) } / Double(values.count)
        let square = values.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(values.count)
        let beyond = Double(values.filter { abs($0) > 1.96 }.count) / Double(values.count)
        #expect(abs(mean) < 0.01 && abs(square - 1) < 0.01 && abs(beyond - 0.05) < 0.003)
    }

    @Test("dropout drops the asked share and scales the rest")
    func dropoutShare() {
        let ones = [Float](repeating: 1, count: 100_000)
        var output = ones
        dropout(ones, into: &output, count: ones.count, probability: 0.2, philox: Philox(seed: 3), stream: 7)
        let dropped = output.filter { $0 == 0 }.count
        #expect(abs(Double(dropped) / 100_000 - 0.2) < 0.005)
        #expect(output.allSatisfy { $0 == 0 || $0 == 1.25 })
    }
}
