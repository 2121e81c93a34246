import Datasets
import Testing
import Training

struct SamplerTests {
    @Test(arguments: [(10, 3, false, 4), (10, 3, true, 3), (9, 3, false, 3), (2, 5, false, 1), (2, 5, true, 0)])
    func everyRowComesOnceAnEpoch(_ rows: Int, _ size: Int, _ drop: Bool, _ count: Int) {
        let sampler = RandomBatchSampler(rowCount: rows, batchSize: size, dropLast: drop, seed: 7)
        let batches = sampler.batches(epoch: 0)
        #expect(batches.count == count && sampler.batchCount == count)
        #expect(Set(batches.joined()).count == batches.joined().count)
        if !drop { #expect(batches.joined().sorted() == Array(0..<rows)) }
    }

    @Test func anEpochIsAFunctionOfSeedAndNumber() {
        let sampler = RandomBatchSampler(rowCount: 50, batchSize: 7, seed: 7)
        #expect(sampler.batches(epoch: 3) == sampler.batches(epoch: 3))
        #expect(sampler.batches(epoch: 3) != sampler.batches(epoch: 4))
        #expect(sampler.batches(epoch: 0) != RandomBatchSampler(rowCount: 50, batchSize: 7, seed: 8).batches(epoch: 0))
    }

    @Test func noTextComesTwiceInABatchNotEvenAcrossColumns() {
        let texts = (0..<60).map { DatasetValue.string("t\($0 % 17)") }
        let others = (0..<60).map { DatasetValue.string("t\($0 * 3 % 23)") }
        let sampler = NoDuplicatesBatchSampler(columns: [texts, others], batchSize: 4, seed: 1)
        let batches = sampler.batches(epoch: 0)
        #expect(batches.count == sampler.batchCount)
        for batch in batches {
            let values = batch.flatMap { Set([texts[$0], others[$0]]) }
            #expect(Set(values).count == values.count)
        }
    }

    @Test func aDatasetOfOneRepeatedRowGivesBatchesOfOneRow() {
        let sampler = NoDuplicatesBatchSampler(columns: [[DatasetValue](repeating: .string("a"), count: 5)], batchSize: 2, seed: 1)
        #expect(sampler.batches(epoch: 0).allSatisfy { $0.count == 1 })
    }

    @Test func anEmptyDatasetHasNoBatches() {
        #expect(NoDuplicatesBatchSampler(columns: [[]], batchSize: 2, seed: 1).batches(epoch: 0).isEmpty)
        #expect(RandomBatchSampler(rowCount: 0, batchSize: 2, seed: 1).batches(epoch: 0).isEmpty)
    }

    @Test func batchesByLabelHoldTwoRowsOfTwoLabelsOrMore() throws {
        let labels = (0..<50).map { DatasetValue.integer(Int64($0 % 7 == 0 ? 0 : $0 % 4)) }
        let sampler = try GroupByLabelBatchSampler(labels: labels, batchSize: 8, seed: 5)
        let batches = sampler.batches(epoch: 2)
        #expect(batches.count == sampler.batchCount && !batches.isEmpty)
        for batch in batches {
            let counts = Dictionary(grouping: batch, by: { labels[$0] }).values.map(\.count)
            #expect(counts.count >= 2 && counts.allSatisfy { $0 >= 2 })
        }
    }

    @Test func oneLabelAloneCannotBeGrouped() {
        #expect(throws: TrainingError.self) { try GroupByLabelBatchSampler(labels: [.integer(1), .integer(1), .integer(2)], batchSize: 4, seed: 1) }
    }
}
