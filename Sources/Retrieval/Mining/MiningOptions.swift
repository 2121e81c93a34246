import Encoders
import Tensors

/// How hard negatives are searched, filtered and written. Names and defaults are those of `mine_hard_negatives` in
/// sentence-transformers.
public struct MiningOptions {
    /// Which of the candidates that are left become negatives.
    public enum SamplingStrategy: String, CaseIterable, Sendable {
        /// The highest scoring.
        case top
        /// Any, with equal chances.
        case random
    }

    /// The columns of the result; see ``MinedColumns``.
    public enum OutputFormat: String, CaseIterable, Sendable {
        case triplet
        case nTuple = "n-tuple"
        case labeledPair = "labeled-pair"
        case labeledList = "labeled-list"
    }

    /// Candidates ranked above this place are skipped, from 0.
    public var rangeMin = 0
    /// Candidates from this place on are not looked at; nil takes as many as the other options make likely to be needed.
    public var rangeMax: Int?
    /// Candidates scoring more are dropped: they may be positives that nobody marked.
    public var maxScore: Double?
    /// Candidates scoring less are dropped.
    public var minScore: Double?
    /// Candidates must score at least this much less than the query's lowest scoring positive.
    public var absoluteMargin: Double?
    /// As ``absoluteMargin``, as a share of that positive's score.
    public var relativeMargin: Double?
    /// Negatives per query.
    public var numNegatives = 3
    public var samplingStrategy = SamplingStrategy.top
    public var queryPrompt = EmbeddingPrompt()
    public var corpusPrompt = EmbeddingPrompt()
    /// Whether positives stay among the candidates, which gives the whole ranking of a first retrieval, for evaluation.
    /// The output format is then `n-tuple`.
    public var includePositives = false
    public var outputFormat = OutputFormat.triplet
    /// Whether scores are written, in place of labels where the format has them.
    public var outputScores = false
    /// Texts, or pairs for the cross-encoder, computed at a time.
    public var batchSize = 32
    /// Where embeddings are kept for the next run; nil keeps none.
    public var cacheFolder: String?
    /// Where random choices come from.
    public var generator = Generator.shared
    /// Takes the lines of notes and statistics; nil for none.
    public var log: ((String) -> Void)?
    /// Called often with what is being done; may throw to stop.
    public var progress: ((MiningProgress) throws -> Void)?

    public init() {}

    /// How the models are run in a stage, reporting to ``progress``.
    func batches(in stage: MiningProgress.Stage) -> BatchOptions {
        BatchOptions(batchSize: batchSize) { try progress?(MiningProgress(stage: stage, done: $0, total: $1)) }
    }

    /// Whether a filter compares scores with the positive or with a limit.
    var filtersByScore: Bool { absoluteMargin != nil || relativeMargin != nil || maxScore != nil || minScore != nil }

    /// The places of the candidates that may become negatives.
    ///
    /// - Parameters:
    ///   - maximumPositives: positives of the query that has most; as many places may be lost to them.
    ///   - candidateCount: different texts that can be found, positives among them.
    /// - Throws: ``MiningError`` if the options leave too few places.
    func range(maximumPositives: Int, candidateCount: Int, hasCrossEncoder: Bool) throws -> Range<Int> {
        if numNegatives < 1 { throw MiningError("num_negatives is \(numNegatives); it must be at least 1") }
        if numNegatives > Int(Int32.max) { throw MiningError("num_negatives is \(numNegatives); at most \(Int32.max) can be asked for") }
        // Each is a column, whether or not there is a row to fill it.
        if outputFormat == .nTuple, numNegatives > max(10_000, candidateCount) {
            throw MiningError("num_negatives is \(numNegatives), but there are only \(candidateCount) texts to find, so no row of the output format "
                + "\"n-tuple\" could be filled; lower num_negatives or give a larger corpus")
        }
        if rangeMin < 0 { throw MiningError("range_min is \(rangeMin); it must not be negative") }
        if rangeMin >= max(1, candidateCount) {
            throw MiningError("range_min is \(rangeMin), but there are only \(candidateCount) texts to find; lower range_min or give a larger corpus")
        }
        for (name, limit) in [("max_score", maxScore), ("min_score", minScore), ("absolute_margin", absoluteMargin), ("relative_margin", relativeMargin)] {
            if let limit, !limit.isFinite { throw MiningError("\(name) is \(limit); a finite number is wanted") }
        }
        let end: Int
        if let rangeMax {
            // Nothing lies behind the last text.
            end = min(rangeMax, Int(Int32.max))
        } else {
            // Filters drop candidates, so ten times as many are looked at.
            let dropsMany = absoluteMargin != nil || relativeMargin != nil || maxScore != nil || (hasCrossEncoder && minScore != nil)
            end = rangeMin + numNegatives * (dropsMany ? 10 : 1) + maximumPositives
            log?("range_max is not given and set to \(end).")
        }
        if rangeMin >= end { throw MiningError("range_min is \(rangeMin) and range_max \(end); range_min must be smaller") }
        if numNegatives > end - rangeMin {
            throw MiningError("num_negatives is \(numNegatives), but range_min \(rangeMin) and range_max \(end) leave only "
                + "\(end - rangeMin) candidates a query; raise range_max, or lower range_min or num_negatives")
        }
        return rangeMin..<end
    }
}

/// How far mining has come.
public struct MiningProgress: Equatable, Sendable {
    public enum Stage: String, Sendable {
        case embeddingCorpus = "Embedding the corpus"
        case embeddingQueries = "Embedding the queries"
        case searching = "Searching"
        case rescoring = "Rescoring"
    }

    public let stage: Stage
    /// Texts or queries done, of ``total``.
    public let done: Int
    public let total: Int

    public init(stage: Stage, done: Int, total: Int) {
        self.stage = stage
        self.done = done
        self.total = total
    }
}

/// Options or data from which no negatives can be mined.
public struct MiningError: Error, CustomStringConvertible, Equatable {
    public let description: String

    public init(_ description: String) { self.description = "mine_hard_negatives: " + description }
}
