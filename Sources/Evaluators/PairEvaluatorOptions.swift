/// What the evaluators of pairs of texts with known answers are told beside their data.
public struct PairEvaluatorOptions {
    /// Prefix of the keys and part of the file name.
    public var name = ""
    public var scoring = ScoringOptions(batchSize: 32)
    /// Whether to add a row to a CSV file where the moment names a folder.
    public var writesCSV = true

    public init() {}

    /// Adds a row to `<type>[_name]_results.csv`.
    func write(_ type: String, _ columns: [String], _ values: [String], at moment: EvaluationMoment) throws {
        if !writesCSV { return }
        try MetricsFile(name: "\(type)\(name.isEmpty ? "" : "_" + name)_results.csv", columns: columns).append(values, at: moment)
    }

    /// `title`, with the evaluator's name if it has one.
    func titled(_ title: String) -> String { name.isEmpty ? title : title + " " + name }
}
