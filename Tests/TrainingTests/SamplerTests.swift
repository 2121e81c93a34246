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

    @Test func aBatchIsShortOnlyWhereNoRowIsLeftThatFits() {
        var texts: [[DatasetValue]] = [[], []]
        for row in 0..<400 {
            texts[0].append(.string("a\(row * row % 31)"))
            texts[1].append(.string(row % 3 == 0 ? "common" : "b\(row % 57)"))
        }
        for size in [2, 7, 64] {
            let sampler = NoDuplicatesBatchSampler(columns: texts, batchSize: size, seed: 3)
            let batches = sampler.batches(epoch: 1)
            #expect(batches.count == sampler.batchCount(epoch: 1))
            #expect(Set(batches.joined()).count == batches.joined().count)
            var left = Set(0..<400)
            for batch in batches {
                left.subtract(batch)
                let taken = Set(batch.flatMap { [texts[0][$0], texts[1][$0]] })
                #expect(taken.count == 2 * batch.count)
                if batch.count < size { #expect(left.allSatisfy { taken.contains(texts[0][$0]) || taken.contains(texts[1][$0]) }) }
            }
        }
    }

    @Test func everyRowComesOnceWhereBatchesSuffice() {
        let texts = (0..<300).map { DatasetValue.string("t\($0 / 3)") }
        let batches = NoDuplicatesBatchSampler(columns: [texts], batchSize: 10, seed: 8).batches(epoch: 0)
        #expect(batches.count == 30 && batches.joined().sorted() == Array(0..<300))
    }

    @Test func noRowComesTwiceInAnEpochAndThePlanIsOfWhatComes() throws {
        // Three texts in twelve rows: batches of three at most, so that four make an epoch where full ones would be three.
        let texts = (0..<12).map { DatasetValue.string("t\($0 % 3)") }
        let sampler = NoDuplicatesBatchSampler(columns: [texts], batchSize: 4, seed: 1)
        for epoch in 0..<5 {
            let batches = sampler.batches(epoch: epoch)
            #expect(batches.joined().sorted() == Array(0..<12) && batches.count == 4 && sampler.batchCount(epoch: epoch) == 4)
        }
        #expect(NoDuplicatesBatchSampler(columns: [texts], batchSize: 4, dropLast: true, seed: 1).batches(epoch: 0).isEmpty)
        // Where epochs differ in their number of full batches, the steps are those of each.
        let uneven = (0..<40).map { DatasetValue.string("u\($0 * $0 % 11)") }
        let mixed = MultiDatasetBatchSampler(samplers: [NoDuplicatesBatchSampler(columns: [uneven], batchSize: 4, dropLast: true, seed: 2)], seed: 2)
        #expect(!mixed.hasEqualEpochs)
        var arguments = TrainingArguments()
        arguments.numTrainEpochs = 30
        arguments.trainBatchSize = 4
        arguments.batchSampler = .noDuplicates
        let plan = try TrainingPlan(arguments, sampler: mixed, rowCount: 40)
        #expect(plan.maxSteps == (0..<30).reduce(0) { $0 + mixed.batches(epoch: $1).count })
    }

    @Test func cellsAreComparedAsTheyAreWritten() {
        // A precomposed and a decomposed letter, and lists by their members.
        #expect(DatasetValue.string("\u{E9}").fingerprint != DatasetValue.string("e\u{301}").fingerprint)
        #expect(DatasetValue.list([.string("a"), .string("b")]).fingerprint != DatasetValue.list([.string("b"), .string("a")]).fingerprint)
        #expect(DatasetValue.list([.string("a")]).fingerprint == DatasetValue.list([.string("a")]).fingerprint)
        #expect(DatasetValue.integer(1).fingerprint != DatasetValue.string("1").fingerprint)
        #expect(DatasetValue.number(0).fingerprint == DatasetValue.number(-0.0).fingerprint)
        // The published value of XXH64 without a seed.
        #expect(DatasetValue.string("").fingerprint == 0xEF46_DB37_51D8_E999)
        #expect(DatasetValue.string("xxhash").fingerprint == 0x32DD_3895_2C4B_C720)
        let sentence = "The quick brown fox jumps over the lazy dog, and again"
        #expect(DatasetValue.string(sentence + sentence).fingerprint == 0x1A06_92D6_BAA4_B6F7)
    }

    // MARK: Several datasets

    private func mixed(_ kind: MultiDatasetBatchSamplerKind, _ rows: [Int], drop: Bool = false) -> MultiDatasetBatchSampler {
        MultiDatasetBatchSampler(kind, samplers: rows.map { RandomBatchSampler(rowCount: $0, batchSize: 4, dropLast: drop, seed: 5) }, seed: 5)
    }

    @Test func inProportionEveryBatchOfEveryDatasetComesOnce() {
        let sampler = mixed(.proportional, [40, 9, 80])
        let batches = sampler.batches(epoch: 1)
        #expect(batches.count == 33 && sampler.batchCount == 33)
        for (dataset, rows) in [40, 9, 80].enumerated() {
            #expect(batches.filter { $0.dataset == dataset }.flatMap(\.rows).sorted() == Array(0..<rows))
        }
        // Not one dataset after the other, and another order in another epoch.
        #expect(Set(batches.prefix(16).map(\.dataset)).count > 1)
        #expect(batches == sampler.batches(epoch: 1) && batches != sampler.batches(epoch: 2))
        // In the long run each has its share at every stage.
        let many = mixed(.proportional, [4000, 12_000]).batches(epoch: 0)
        let share = Double(many.prefix(2000).filter { $0.dataset == 1 }.count) / 2000
        #expect(abs(share - 0.75) < 0.05)
    }

    @Test func roundRobinTakesTurnsUntilTheSmallestHasNoneLeft() {
        let sampler = mixed(.roundRobin, [40, 9, 80])
        let batches = sampler.batches(epoch: 0)
        #expect(batches.map(\.dataset) == [0, 1, 2, 0, 1, 2, 0, 1, 2] && sampler.batchCount == 9)
        #expect(mixed(.roundRobin, [40, 9, 80], drop: true).batches(epoch: 0).count == 6)
        #expect(mixed(.roundRobin, [40, 3], drop: true).batches(epoch: 0).isEmpty)
    }

    @Test func aSingleDatasetKeepsTheOrderOfItsSampler() {
        let own = RandomBatchSampler(rowCount: 30, batchSize: 4, seed: 5).batches(epoch: 2)
        for kind in MultiDatasetBatchSamplerKind.allCases {
            #expect(mixed(kind, [30]).batches(epoch: 2) == own.map { DatasetBatch(dataset: 0, rows: $0) })
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
