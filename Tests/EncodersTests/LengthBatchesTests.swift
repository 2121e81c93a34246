import Encoders
import Testing

@Suite struct LengthBatchesTests {
    private func batches(_ lengths: [Int], size: Int) -> [[Int]] {
        var batches: [[Int]] = []
        LengthBatches(lengths: lengths, batchSize: size).forEach { done, rows in
            #expect(done == batches.joined().count)
            batches.append(rows)
        }
        return batches
    }

    @Test func longTextsComeFirstAndEqualOnesInOrder() {
        let long = LengthBatches.leastLength
        #expect(batches([long, 2 * long, long, 3 * long], size: 2) == [[3, 1], [0, 2]])
        #expect(batches([long, long, long], size: 2) == [[0, 1], [2]])
    }

    @Test func shortTextsFillABatchUpToItsLength() {
        let all = batches([Int](repeating: LengthBatches.leastLength / 10, count: 25), size: 2)
        #expect(all.map(\.count) == [11, 11, 3])
        #expect(all.flatMap { $0 }.sorted() == Array(0..<25))
    }

    @Test func nothingMakesNoBatch() { #expect(batches([], size: 3) == []) }
}
