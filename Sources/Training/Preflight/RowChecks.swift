import Datasets
import TextFormat

/// Rows that are empty, repeated, or shared with the data that training is measured on.
enum RowChecks {
    static let all: [Preflight.Check] = [noRows, emptyTexts, duplicates, sharedWithEvaluator]
    static let ofEval: [Preflight.Check] = [onEval(noRows), sharedWithEval]

    static func noRows(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard subject.train.rowCount == 0 else { return [] }
        return [PreflightFinding("no-rows", .error, "the \(subject.part) dataset has no rows", fix: "look at the filter or split that made it")]
    }

    static func emptyTexts(_ subject: PreflightSubject) -> [PreflightFinding] {
        let rows = (0..<subject.train.rowCount).filter { row in subject.train.inputs.contains { isEmpty($0[row]) } }
        guard let first = rows.first else { return [] }
        return [PreflightFinding("empty-rows", .warning, "\(rows.count) training rows have an empty text or list, the first is row \(first + 1)",
                                 fix: "remove them with filter")]
    }

    static func duplicates(_ subject: PreflightSubject) -> [PreflightFinding] {
        let rows = rowKeys(subject.train, withLabels: true)
        let repeated = rows.count - Set(rows).count
        guard repeated > 0 else { return [] }
        let isMuch = Double(repeated) > 0.01 * Double(rows.count)
        return [PreflightFinding("duplicate-rows", isMuch ? .warning : .note, "\(repeated) training rows (\(share(repeated, rows.count))) repeat "
            + "an earlier one", fix: "remove them, or they count double")]
    }

    static func sharedWithEval(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard let eval = subject.eval else { return [] }
        let trained = Set(rowKeys(subject.train, withLabels: false))
        let shared = rowKeys(eval, withLabels: false).filter(trained.contains).count
        guard shared > 0 else { return [] }
        return [PreflightFinding("shared-rows", .warning, "\(shared) rows of eval_dataset (\(share(shared, eval.rowCount))) are in the training "
            + "dataset too, so the evaluation flatters the model", fix: "split before mining, with train_test_split by query")]
    }

    static func sharedWithEvaluator(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard !subject.evaluatorTexts.isEmpty, let queries = subject.train.inputs.first else { return [] }
        let trained = Set(queries.compactMap(\.asString))
        let shared = subject.evaluatorTexts.filter(trained.contains).count
        guard Double(shared) > 0.01 * Double(subject.evaluatorTexts.count) else { return [] }
        return [PreflightFinding("evaluator-overlap", .warning, "\(shared) of \(subject.evaluatorTexts.count) texts looked at in the evaluator's "
            + "data (\(share(shared, subject.evaluatorTexts.count))) are in the first training column too, so the score may flatter the model",
            fix: "keep the queries of training and evaluation apart")]
    }

    /// `12.5 %`
    static func share(_ part: Int, _ whole: Int) -> String {
        (100 * Double(part) / Double(max(1, whole))).general(3) + " %"
    }

    private static func isEmpty(_ value: DatasetValue) -> Bool {
        switch value {
        case .null: return true
        case .string(let text): return text.allSatisfy(\.isWhitespace)
        case .list(let values): return values.isEmpty || values.contains(where: isEmpty)
        case .bool, .integer, .number: return false
        }
    }

    /// A number for each row that is the same for equal rows.
    private static func rowKeys(_ source: LossBatchSource, withLabels: Bool) -> [UInt64] {
        var keys = [UInt64](repeating: 0, count: source.rowCount)
        for column in source.inputs + (withLabels ? source.labels.map { [$0] } ?? [] : []) {
            for (row, cell) in column.enumerated() { keys[row] = DatasetValue.mix(keys[row], cell.fingerprint) }
        }
        return keys
    }
}
