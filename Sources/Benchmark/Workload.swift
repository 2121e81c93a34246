/// A kind of work that sentx and the reference both do on the same texts.
public struct Workload: Sendable {
    /// What a side does with a batch; raw values are the names that the reference's side knows.
    public enum Task: String, Sendable {
        /// A training step with MultipleNegativesRankingLoss.
        case ranking
        /// The same with cached gradients.
        case cachedRanking = "cached-ranking"
        /// MultipleNegativesRankingLoss on several leading parts of static embeddings.
        case matryoshka
        /// A training step of a sparse encoder with SpladeLoss over in-batch negatives.
        case splade
        /// A training step of a cross-encoder with binary cross-entropy.
        case crossEntropy = "cross-entropy"
        /// A training step of a cross-encoder with LambdaLoss, NDCG-Loss2++.
        case lambda
        case encode
        case tokenize
        /// A new process up to its first embedding.
        case start

        /// Whether weights change.
        public var isTraining: Bool { ![.encode, .tokenize, .start].contains(self) }

        /// Whether texts go through the model in pairs.
        public var scoresPairs: Bool { self == .crossEntropy || self == .lambda }
    }

    /// Which folder is loaded; raw values are the names that the reference's side knows.
    public enum Model: String, Sendable {
        case embedder
        case crossEncoder = "cross-encoder"
        case sparseEncoder = "sparse-encoder"
        case staticEmbedding = "static-embedding"
        case baseSize = "base-size"
    }

    /// The texts of a row.
    public enum Texts: Equatable, Sendable {
        /// A pair of sentences of about 14 tokens.
        case pairs
        /// A pair of texts of at least so many tokens each.
        case longPairs(tokens: Int)
        /// A sentence, and a list of so many sentences with a label each.
        case lists(Int)
        case sentences
        /// One text of at least so many tokens.
        case longTexts(tokens: Int)
    }

    /// As on the command line; letters are those of the list of workloads in references/performance.md.
    public let name: String
    public let title: String
    public let task: Task
    public var model = Model.embedder
    public let texts: Texts
    /// Rows of a training batch, or texts to encode in all rounds together.
    public var rows: Int
    /// The most tokens of a text, or of a pair where pairs are scored; nil takes the model's.
    public var maximumLength: Int?
    /// Texts in a pass of a loss that caches gradients.
    public var miniBatchSize = 32
    /// Steps in a round, one after the other as in training: the first after a pause takes longer.
    public var stepsPerRound = 1
    /// Fewer rounds than asked for, where one takes long.
    public var mostRounds: Int?
    /// Rows that are enough to warm up with and to see that both sides do the same.
    public var warmUpRows: Int?
    /// Whether layers are computed again in the backward pass.
    public var isCheckpointed = false

    /// The parts that Matryoshka trains, descending.
    public static let matryoshkaDimensions = [1024, 512, 256, 128, 64, 32]
}

extension Workload {
    public static let all: [Workload] = [
        Workload(name: "a", title: "MNRL step, 64 short pairs", task: .ranking, texts: .pairs, rows: 64, maximumLength: 128,
                 stepsPerRound: 6),
        Workload(name: "b", title: "MNRL step, 32 pairs of 128 tokens", task: .ranking, texts: .longPairs(tokens: 128), rows: 32,
                 maximumLength: 128, stepsPerRound: 3),
        Workload(name: "c1", title: "BCE step, 32 short pairs", task: .crossEntropy, model: .crossEncoder, texts: .pairs, rows: 32,
                 maximumLength: 128, stepsPerRound: 6),
        Workload(name: "c2", title: "BCE step, 32 pairs of 256 tokens", task: .crossEntropy, model: .crossEncoder,
                 texts: .longPairs(tokens: 140), rows: 32, maximumLength: 256, stepsPerRound: 2),
        Workload(name: "d", title: "LambdaLoss step, 8 lists of 16", task: .lambda, model: .crossEncoder, texts: .lists(16), rows: 8,
                 maximumLength: 128, stepsPerRound: 3),
        Workload(name: "e", title: "CachedMNRL step, 1,024 pairs by 64", task: .cachedRanking, texts: .pairs, rows: 1_024,
                 maximumLength: 128, miniBatchSize: 64, mostRounds: 1, warmUpRows: 64),
        Workload(name: "f", title: "static Matryoshka step, 2,048 pairs", task: .matryoshka, model: .staticEmbedding, texts: .pairs,
                 rows: 2_048, stepsPerRound: 4),
        Workload(name: "g1", title: "encode 10,000 sentences", task: .encode, texts: .sentences, rows: 10_000, warmUpRows: 64),
        Workload(name: "g2", title: "encode 1,000 texts of 256 tokens", task: .encode, texts: .longTexts(tokens: 256), rows: 1_000,
                 maximumLength: 256, warmUpRows: 32),
        Workload(name: "h", title: "base size, MNRL step as in b", task: .ranking, model: .baseSize, texts: .longPairs(tokens: 128),
                 rows: 32, maximumLength: 128, mostRounds: 2),
        Workload(name: "i", title: "tokenise 10,000 sentences", task: .tokenize, texts: .sentences, rows: 10_000, maximumLength: 128,
                 stepsPerRound: 3),
        Workload(name: "j", title: "process start to first embedding", task: .start, texts: .sentences, rows: 1),
        Workload(name: "splade", title: "SPLADE step, 2 x 16 of 128 tokens", task: .splade, model: .sparseEncoder,
                 texts: .longPairs(tokens: 128), rows: 16, maximumLength: 128, stepsPerRound: 2),
    ]

    /// The workloads of these names, in the order of the names.
    /// - Throws: ``BenchmarkError`` for one that does not exist.
    public static func named(_ names: [String]) throws -> [Workload] {
        try names.map { name in
            guard let workload = all.first(where: { $0.name == name }) else {
                throw BenchmarkError("there is no workload '\(name)'; there are \(all.map(\.name).joined(separator: ", "))")
            }
            return workload
        }
    }

    /// A smaller form for a quick look: a fifth of the texts to encode, and a base-size model on an eighth of its batch.
    public var quick: Workload {
        var quick = self
        if task == .encode { quick.rows = rows / 5 }
        if model == .baseSize { quick.rows = rows / 8 }
        if task == .cachedRanking { quick.rows = rows / 4 }
        return quick
    }

    /// Rows of one unit: a training batch, or a share of the texts to encode.
    public func rowsPerUnit(rounds: Int) -> Int { task == .encode ? (rows + rounds - 1) / rounds : rows }

    /// How many rounds there are where `rounds` are asked for.
    public func rounds(of rounds: Int) -> Int { min(rounds, mostRounds ?? rounds) }
}
