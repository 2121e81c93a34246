import TextFormat

/// Count, mean, spread and quartiles of a list of scores.
struct ScoreSummary {
    /// Mean, median (the lower one of two), sample standard deviation, minimum, quartiles and maximum; NaN where there
    /// are too few scores.
    let rows: [(name: String, value: Double)]

    init(_ scores: [Float]) {
        let sorted = scores.map(Double.init).sorted()
        let count = Double(sorted.count)
        let mean = sorted.reduce(0, +) / count
        let variance = sorted.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (count - 1)
        func quantile(_ share: Double) -> Double {
            guard let last = sorted.last else { return .nan }
            let position = share * (count - 1)
            let below = Int(position)
            return below + 1 < sorted.count ? sorted[below] + (sorted[below + 1] - sorted[below]) * (position - Double(below)) : last
        }
        rows = [("Mean", mean), ("Median", sorted.isEmpty ? .nan : sorted[(sorted.count - 1) / 2]),
                ("Std", sorted.count > 1 ? variance.squareRoot() : .nan), ("Min", sorted.first ?? .nan),
                ("25%", quantile(0.25)), ("50%", quantile(0.5)), ("75%", quantile(0.75)), ("Max", sorted.last ?? .nan)]
    }
}

/// What a mining run found, in words.
struct MiningStatistics {
    let positiveScores: [Float]
    let mined: MinedColumns
    let dropped: [CandidateFilter.Dropped]

    /// A table of scores, then what the filters dropped and what is missing.
    func lines(options: MiningOptions) -> [String] {
        func row(_ cells: [String]) -> String { cells[0].padded(to: 8) + cells.dropFirst().map { $0.aligned(to: 12) }.joined() }
        let lists = [positiveScores, mined.negativeScores, mined.differences]
        let summaries = lists.map(ScoreSummary.init)
        var lines = [row(["Score", "positive", "negative", "difference"]), row(["Count"] + lists.map(\.count.grouped))]
        for (index, (name, _)) in summaries[0].rows.enumerated() {
            lines.append(row([name] + summaries.map { $0.rows[index].value.fixed(4) }))
        }
        for entry in dropped {
            let share = (100 * Double(entry.count) / Double(entry.of)).fixed(2)
            lines.append("\(entry.option) = \(entry.value) dropped \(entry.count.grouped) of \(entry.of.grouped) candidates (\(share) %).")
        }
        let missing = mined.possibleRowCount - mined.rowCount
        if missing > 0 {
            let share = (100 * Double(missing) / Double(mined.possibleRowCount)).fixed(2)
            lines.append("\(missing.grouped) of \(mined.possibleRowCount.grouped) possible rows (\(share) %) are missing for want of negatives; "
                + "to get more, change \(remedies(options).joined(separator: " or ")).")
        }
        return lines
    }

    private func remedies(_ options: MiningOptions) -> [String] {
        let limits = [("range_min", options.rangeMin > 0), ("absolute_margin", options.absoluteMargin != nil),
                      ("relative_margin", options.relativeMargin != nil), ("max_score", options.maxScore != nil),
                      ("min_score", options.minScore != nil)]
        return ["range_max"] + limits.filter(\.1).map(\.0)
    }
}
