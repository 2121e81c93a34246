import Datasets
import Retrieval
import Tensors
import TestSupport
import Testing

@Suite struct MiningBehaviourTests {
    let fixture: MiningFixture
    let model: FakeEmbedder

    init() throws {
        fixture = try MiningFixture.load()
        model = FakeEmbedder(fixture.vectors)
    }

    func mine(_ change: (inout MiningOptions) -> Void) throws -> [(name: String, cells: [DatasetValue])] {
        var options = MiningOptions()
        change(&options)
        return try mineHardNegatives(anchors: fixture.rows.map { $0[0] }, positives: fixture.rows.map { $0[1] },
                                     names: ("query", "answer"), corpus: fixture.extra, model: model, options: options)
    }

    @Test func candidatesThatEqualALimitButForRoundingStay() throws {
        // The corpus holds a text that is as far from "a" as its positive, but for the last bits.
        let vectors: [String: [Float]] = ["a": [1, 0, 0], "p": [0.8, 0.6, 0], "twin": [0.800_000_1, 0, 0.599_999_9], "b": [0, 1, 0], "q": [0, 0.9, 0.1]]
        func negatives(_ change: (inout MiningOptions) -> Void) throws -> Bool {
            var options = MiningOptions()
            options.numNegatives = 1
            change(&options)
            let mined = try mineHardNegatives(anchors: ["a", "b"], positives: ["p", "q"], names: ("query", "answer"), corpus: ["twin"],
                                              model: FakeEmbedder(vectors), options: options)
            return mined.flatMap(\.cells).contains(.string("twin"))
        }
        #expect(try negatives { $0.absoluteMargin = 0 } && negatives { $0.relativeMargin = 0 } && negatives { $0.maxScore = 0.8 })
        #expect(try negatives { $0.minScore = 0.800_000_2 })
        #expect(try !negatives { $0.absoluteMargin = 0.001; $0.maxScore = 0.7 })
    }

    @Test func randomSamplingFollowsTheSeedAndStaysWithinTheRange() throws {
        func negatives(_ seed: UInt64, _ strategy: MiningOptions.SamplingStrategy, _ count: Int) throws -> [[DatasetValue]] {
            let mined = try mine {
                $0.samplingStrategy = strategy
                $0.generator = Generator(seed: seed)
                $0.rangeMin = 2
                $0.rangeMax = 10
                $0.numNegatives = count
                $0.outputFormat = .nTuple
            }
            return mined[0].cells.indices.map { row in mined.dropFirst(2).map { $0.cells[row] } }
        }
        let sampled = try negatives(1, .random, 3)
        #expect(try negatives(1, .random, 3) == sampled)
        #expect(try negatives(2, .random, 3) != sampled)
        let eligible = try negatives(1, .top, 8)
        for (row, chosen) in sampled.enumerated() {
            // Chosen without repetition from the eligible ones, and kept in their order.
            #expect(eligible[row].filter(chosen.contains) == chosen)
        }
    }

    @Test func noPositiveOfAQueryBecomesItsNegative() throws {
        let mined = try mine { $0.numNegatives = 20 }
        let positives = Set(fixture.rows.map { $0.joined(separator: " ") })
        for row in mined[0].cells.indices {
            let pair = (mined[0].cells[row].asString ?? "") + " " + (mined[2].cells[row].asString ?? "")
            #expect(!positives.contains(pair))
        }
    }

    @Test(arguments: [
        ("num_negatives is 0", 0, 0, 10), ("range_min is -1", 3, -1, 10), ("range_min must be smaller", 3, 10, 10),
        ("leave only 2 candidates", 3, 8, 10),
    ])
    func rangesThatLeaveTooLittleAreRefused(message: String, numNegatives: Int, rangeMin: Int, rangeMax: Int) {
        #expect {
            try mine {
                $0.numNegatives = numNegatives
                $0.rangeMin = rangeMin
                $0.rangeMax = rangeMax
            }
        } throws: { "\($0)".contains(message) }
    }

    @Test func anEmptyDatasetIsRefused() {
        #expect { try mineHardNegatives(anchors: [], positives: [], names: ("a", "b"), model: model) } throws: {
            "\($0)" == "mine_hard_negatives: the dataset is empty"
        }
    }

    @Test func embeddingsAreKeptAndTakenAgainUnlessTheModelChanged() throws {
        let folder = TemporaryFolder()
        func run(_ model: FakeEmbedder) throws -> [DatasetValue] {
            var options = MiningOptions()
            options.cacheFolder = folder.path
            return try mineHardNegatives(anchors: fixture.rows.map { $0[0] }, positives: fixture.rows.map { $0[1] },
                                         names: ("query", "answer"), model: model, options: options)[2].cells
        }
        let fresh = try run(model)
        let second = FakeEmbedder(fixture.vectors)
        #expect(try run(second) == fresh)
        #expect(second.embeddedCount == 4)
        let other = FakeEmbedder(fixture.vectors.mapValues { $0.reversed() })
        #expect(try run(other) == fresh)
        #expect(other.embeddedCount > 20)
        let changed = FakeEmbedder(fixture.vectors.mapValues { [$0[0]] + $0.dropFirst().map { -$0 * $0 } })
        #expect(try run(changed) != fresh)
    }

    @Test func progressCanStopTheRun() {
        struct Stop: Error {}
        #expect(throws: Stop.self) {
            try mine { $0.progress = { if $0.stage == .searching { throw Stop() } } }
        }
    }

    @Test(arguments: [
        ({ $0.numNegatives = .max } as @Sendable (inout MiningOptions) -> Void, "num_negatives is 9223372036854775807; at most"),
        ({ ($0.numNegatives, $0.outputFormat) = (100_000, .nTuple) }, "texts to find, so no row of the output format \"n-tuple\" could be filled"),
        ({ $0.rangeMin = .max }, "range_min is 9223372036854775807, but there are only"), ({ $0.rangeMin = -1 }, "it must not be negative"),
        ({ $0.relativeMargin = .nan }, "relative_margin is nan; a finite number is wanted"), ({ $0.maxScore = .infinity }, "max_score is inf"),
    ])
    func whatNothingCanBeMinedWithIsRefused(change: @Sendable (inout MiningOptions) -> Void, message: String) {
        #expect { try mine(change) } throws: { "\($0)".contains(message) }
    }

    @Test func aRangeBehindTheLastTextReachesToIt() throws {
        let far = try mine { ($0.rangeMax, $0.numNegatives) = (.max, 3) }, near = try mine { ($0.rangeMax, $0.numNegatives) = (10_000, 3) }
        #expect(far.map(\.cells) == near.map(\.cells))
    }
}
