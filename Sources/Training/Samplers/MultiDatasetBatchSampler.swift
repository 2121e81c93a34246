import Tensors

/// In which order the batches of several datasets come.
public enum MultiDatasetBatchSamplerKind: String, CaseIterable, Sendable {
    /// Drawn at random in proportion to the batches that each dataset has, until all are used.
    case proportional
    /// One of each dataset in turn, until the smallest has none left.
    case roundRobin = "round_robin"
}

/// Rows of one dataset that make a batch.
public struct DatasetBatch: Equatable, Sendable {
    /// The dataset's place among those of the run, from 0.
    public let dataset: Int
    /// Row numbers in it, from 0.
    public let rows: [Int]

    public init(dataset: Int, rows: [Int]) {
        self.dataset = dataset
        self.rows = rows
    }
}

/// Puts the batches of several datasets in the order of an epoch, as a pure function of seed and epoch. Every batch is of
/// one dataset; with a single dataset, its batches come as its sampler has them.
public struct MultiDatasetBatchSampler {
    private let kind: MultiDatasetBatchSamplerKind
    private let samplers: [any BatchSampler]
    private let seed: UInt64

    /// - Parameter samplers: one for each dataset, in the order of the datasets.
    public init(_ kind: MultiDatasetBatchSamplerKind = .proportional, samplers: [any BatchSampler], seed: UInt64) {
        self.kind = kind
        self.samplers = samplers
        self.seed = seed
    }

    /// The number of batches of an epoch (from 0).
    public func batchCount(epoch: Int) -> Int {
        let counts = samplers.map { $0.batchCount(epoch: epoch) }
        switch kind {
        case .proportional: return counts.reduce(0, +)
        case .roundRobin: return (counts.min() ?? 0) * counts.count
        }
    }

    /// The number of batches of the first epoch.
    public var batchCount: Int { batchCount(epoch: 0) }

    /// Whether all epochs have the same number of batches.
    public var hasEqualEpochs: Bool { samplers.allSatisfy(\.hasEqualEpochs) }

    /// The optimizer steps of the first `epochs` epochs, each of `accumulation` batches or what is left; nil if they are more than `limit`.
    func stepCount(ofEpochs epochs: Int, accumulation: Int, atMost limit: Int) -> Int? {
        if epochs <= 0 { return 0 }
        func steps(_ epoch: Int) -> Int { (batchCount(epoch: epoch) + accumulation - 1) / accumulation }
        if hasEqualEpochs {
            let (product, overflows) = steps(0).multipliedReportingOverflow(by: epochs)
            return overflows || product > limit ? nil : product
        }
        var sum = 0
        for epoch in 0..<epochs {
            sum += steps(epoch)
            // An epoch may have no full batch, but not many in a row; a run stops there.
            if sum > limit || epoch > (sum + 1) * TrainingPlan.mostEmptyEpochs { return nil }
        }
        return sum
    }

    /// The batches of an epoch (from 0).
    public func batches(epoch: Int) -> [DatasetBatch] {
        let own = samplers.map { $0.batches(epoch: epoch) }
        switch kind {
        case .roundRobin:
            let turns = own.map(\.count).min() ?? 0
            return (0..<turns).flatMap { turn in own.indices.map { DatasetBatch(dataset: $0, rows: own[$0][turn]) } }
        case .proportional:
            // One ticket for each batch; a dataset's own batches keep their order.
            let tickets = own.indices.flatMap { [Int](repeating: $0, count: own[$0].count) }
            if own.count == 1 { return own[0].map { DatasetBatch(dataset: 0, rows: $0) } }
            var used = [Int](repeating: 0, count: own.count)
            // Another seed than those of the datasets.
            let generator = Generator(seed: Self.seed(seed, dataset: own.count) &+ UInt64(epoch))
            return generator.permutation(tickets.count).map { ticket in
                let dataset = tickets[ticket]
                defer { used[dataset] += 1 }
                return DatasetBatch(dataset: dataset, rows: own[dataset][used[dataset]])
            }
        }
    }

    /// The seed of a dataset's own sampler: of equally long datasets, each gets an order of its own.
    static func seed(_ seed: UInt64, dataset: Int) -> UInt64 { seed &+ UInt64(dataset) &* 0x9E37_79B9_7F4A_7C15 }
}
