import Datasets

/// The rows that mining writes, by column.
struct MinedColumns {
    /// Column names and cells.
    private(set) var columns: [(name: String, cells: [DatasetValue])]
    /// The score of the negative of each (positive, negative) pair written.
    private(set) var negativeScores: [Float] = []
    /// The positive's score minus the negative's, for the same pairs.
    private(set) var differences: [Float] = []
    /// Rows there would be if every query had all its negatives.
    private(set) var possibleRowCount = 0

    /// Number of rows.
    var rowCount: Int { columns[0].cells.count }

    /// - Parameters:
    ///   - positiveScores: for each query, of each positive.
    ///   - negatives: for each query, best first.
    ///   - names: of the columns of queries and of positives.
    init(
        _ texts: MiningTexts, positiveScores: [[Float]], negatives: [[Candidate]], names: (anchor: String, positive: String),
        options: MiningOptions
    ) {
        let tail: [String]
        switch (options.outputFormat, options.outputScores) {
        case (.triplet, let scores): tail = ["negative"] + (scores ? ["scores"] : [])
        case (.nTuple, let scores): tail = (0..<options.numNegatives).map { "negative_\($0 + 1)" } + (scores ? ["scores"] : [])
        case (.labeledPair, let scores): tail = [scores ? "score" : "label"]
        case (.labeledList, let scores): tail = [scores ? "scores" : "labels"]
        }
        columns = ([names.anchor, names.positive] + tail).map { ($0, []) }
        for query in texts.queries.indices {
            let positives = zip(texts.positives[query], positiveScores[query]).map { Candidate(place: $0, score: $1) }
            switch options.outputFormat {
            case .triplet: addTriplets(texts, query, positives, negatives[query], options)
            case .nTuple: addTuples(texts, query, positives, negatives[query], options)
            case .labeledPair: addLabeledPairs(texts, query, positives, negatives[query], options)
            case .labeledList: addLabeledLists(texts, query, positives, negatives[query], options)
            }
        }
        if options.outputFormat == .labeledPair { possibleRowCount = texts.queries.count * options.numNegatives + texts.rowCount }
    }

    /// (query, positive, negative[, scores]) for each pair.
    private mutating func addTriplets(
        _ texts: MiningTexts, _ query: Int, _ positives: [Candidate], _ negatives: [Candidate], _ options: MiningOptions
    ) {
        possibleRowCount += positives.count * options.numNegatives
        for positive in positives {
            for negative in negatives {
                append([.string(texts.queries[query]), texts.cell(positive), texts.cell(negative)]
                    + (options.outputScores ? [.list([positive.scoreCell, negative.scoreCell])] : []))
            }
        }
        addStatistics(positives, negatives)
    }

    /// (query, positive, negative_1 ... negative_n[, scores]) for queries that have all n.
    private mutating func addTuples(
        _ texts: MiningTexts, _ query: Int, _ positives: [Candidate], _ negatives: [Candidate], _ options: MiningOptions
    ) {
        possibleRowCount += positives.count
        if negatives.count < options.numNegatives { return }
        for positive in positives {
            let scores = [positive.scoreCell] + negatives.map(\.scoreCell)
            append([.string(texts.queries[query]), texts.cell(positive)] + negatives.map(texts.cell)
                + (options.outputScores ? [.list(scores)] : []))
        }
        addStatistics(positives, negatives)
    }

    /// (query, text, label or score), positives first.
    private mutating func addLabeledPairs(
        _ texts: MiningTexts, _ query: Int, _ positives: [Candidate], _ negatives: [Candidate], _ options: MiningOptions
    ) {
        for (candidates, label) in [(positives, 1), (negatives, 0)] {
            for candidate in candidates {
                append([.string(texts.queries[query]), texts.cell(candidate),
                        options.outputScores ? candidate.scoreCell : .integer(Int64(label))])
            }
        }
        addStatistics(positives, negatives)
    }

    /// (query, [positive, negatives ...], [labels or scores]) for each positive of queries with a negative.
    private mutating func addLabeledLists(
        _ texts: MiningTexts, _ query: Int, _ positives: [Candidate], _ negatives: [Candidate], _ options: MiningOptions
    ) {
        possibleRowCount += positives.count
        if negatives.isEmpty { return }
        for positive in positives {
            let values: [DatasetValue] = options.outputScores
                ? ([positive] + negatives).map(\.scoreCell)
                : [.integer(1)] + negatives.map { _ in .integer(0) }
            append([.string(texts.queries[query]), .list(([positive] + negatives).map(texts.cell)), .list(values)])
        }
        addStatistics(positives, negatives)
    }

    private mutating func append(_ row: [DatasetValue]) {
        for (index, cell) in row.enumerated() { columns[index].cells.append(cell) }
    }

    private mutating func addStatistics(_ positives: [Candidate], _ negatives: [Candidate]) {
        for positive in positives {
            negativeScores += negatives.map(\.score)
            differences += negatives.map { positive.score - $0.score }
        }
    }
}

extension MiningTexts {
    fileprivate func cell(_ candidate: Candidate) -> DatasetValue { .string(corpus[Int(candidate.place)]) }
}

extension Candidate {
    fileprivate var scoreCell: DatasetValue { .number(Double(score)) }
}
