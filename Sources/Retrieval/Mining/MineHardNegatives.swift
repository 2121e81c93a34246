import Datasets
import Encoders
import TextFormat

/// Adds texts to (query, positive) pairs that look like answers and are none: for each query, those of the corpus that
/// `model` puts close to it, without its positives.
///
/// Rows with the same query name several positives of it; none of them becomes its negative.
///
/// - Parameters:
///   - anchors: the queries, one a row.
///   - positives: a right answer of each.
///   - names: the names that both columns get in the result.
///   - corpus: further candidates; without one, the positives of other queries are the only ones.
///   - crossEncoder: scores candidates and positives again before a margin or a limit is applied; without those
///     it is not used.
/// - Returns: the columns of ``MiningOptions/OutputFormat``, ordered by query.
/// - Throws: ``MiningError`` for options that leave nothing to choose from.
public func mineHardNegatives(
    anchors: [String], positives: [String], names: (anchor: String, positive: String), corpus: [String]? = nil,
    model: any TextEmbedder, crossEncoder: (any PairRescorer)? = nil, options: MiningOptions = MiningOptions()
) throws -> [(name: String, cells: [DatasetValue])] {
    if anchors.isEmpty { throw MiningError("the dataset is empty") }
    var options = options
    if options.includePositives { adaptToPositives(&options) }
    let texts = MiningTexts(anchors: anchors, positives: positives, corpus: corpus)
    let range = try options.range(maximumPositives: texts.maximumPositives, candidateCount: texts.corpus.count, hasCrossEncoder: crossEncoder != nil)
    if texts.queries.count != anchors.count {
        let perQuery = Double(anchors.count) / Double(texts.queries.count)
        options.log?("\(anchors.count.grouped) rows have \(texts.queries.count.grouped) different queries, \(perQuery.fixed(3)) positives each.")
    }
    var candidates = try MiningCandidates(for: texts, depth: range.upperBound + texts.maximumPositives, model: model,
                                          crossEncoder: crossEncoder, options: options)
    let filter = CandidateFilter(&candidates, texts: texts, options: options)
    let negatives = sampleNegatives(candidates.candidates, range: range, options: options)
    let mined = MinedColumns(texts, positiveScores: candidates.positiveScores, negatives: negatives, names: names, options: options)
    if let log = options.log {
        let positiveScores = candidates.positiveScores.flatMap { $0 }
        MiningStatistics(positiveScores: positiveScores, mined: mined, dropped: filter.dropped).lines(options: options).forEach(log)
    }
    return mined.columns
}

/// Mines over the rows of a dataset; see ``mineHardNegatives(anchors:positives:names:corpus:model:crossEncoder:options:)``.
///
/// - Parameters:
///   - anchorColumn: the column of queries, by default the first.
///   - positiveColumn: the column of answers, by default the first one beside the queries, from the second on.
/// - Throws: ``MiningError`` also for cells that are not texts.
public func mineHardNegatives(
    in dataset: Dataset, anchorColumn: String? = nil, positiveColumn: String? = nil, corpus: [String]? = nil,
    model: any TextEmbedder, crossEncoder: (any PairRescorer)? = nil, options: MiningOptions = MiningOptions()
) throws -> Dataset {
    let columns = dataset.columnNames
    guard let anchor = anchorColumn ?? columns.first,
          let positive = positiveColumn ?? columns.dropFirst().first(where: { $0 != anchor }) ?? columns.first(where: { $0 != anchor })
    else {
        throw MiningError("the dataset needs a column of queries and one of answers; it has " + (columns.first.map { "only \"\($0)\"" } ?? "none"))
    }
    let mined = try mineHardNegatives(
        anchors: try texts(anchor, of: dataset), positives: try texts(positive, of: dataset), names: (anchor, positive),
        corpus: corpus, model: model, crossEncoder: crossEncoder, options: options)
    return try Dataset(columns: mined.map { ($0.name, $0.cells) })
}

private func texts(_ column: String, of dataset: Dataset) throws -> [String] {
    try dataset.column(column).enumerated().map { row, cell in
        guard let text = cell.asString else { throw MiningError("column \"\(column)\", row \(row + 1) holds \(cell), a text is wanted") }
        return text
    }
}

/// A ranking with its positives can only be written as a tuple, and filters would take positives out of it.
private func adaptToPositives(_ options: inout MiningOptions) {
    if options.outputFormat != .nTuple {
        options.log?("include_positives keeps the order of the ranking, so output_format is set to \"n-tuple\".")
        options.outputFormat = .nTuple
    }
    if options.filtersByScore || options.rangeMin != 0 || options.rangeMax != nil || options.samplingStrategy != .top {
        options.log?("include_positives is set, but range_min, range_max, sampling_strategy, margins and limits on scores still drop positives.")
    }
}
