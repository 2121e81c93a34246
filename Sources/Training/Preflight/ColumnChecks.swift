import Datasets
import Losses
import TextFormat

/// Whether the input columns are those that the loss reads: how many, of what kind, in which order.
enum ColumnChecks {
    static let all: [Preflight.Check] = [{ count($0, $0.train, "training") }, cellKinds, order, identifiers, names]
    static let ofEval: [Preflight.Check] = [{ subject in subject.eval.map { count(subject, $0, "eval") } ?? [] }, onEval(cellKinds), orderOfEval]

    static func count(_ subject: PreflightSubject, _ source: LossBatchSource, _ which: String) -> [PreflightFinding] {
        guard let wanted = subject.lossRequirements else { return [] }
        let (have, need) = (source.inputs.count, wanted.columns.count)
        if wanted.accepts(columnCount: have) { return [] }
        let names = source.inputNames.isEmpty ? "none" : source.inputNames.map { "'\($0)'" }.joined(separator: ", ")
        let fix: String
        if HeaderNames.firstLikeData(source.inputNames) != nil {
            fix = HeaderNames.advice
        } else if have < need {
            fix = "add the missing columns" + (source.labelName.map { "; '\($0)' is taken as the label because of its name" } ?? "")
        } else {
            fix = "keep the columns that the loss reads with select_columns, label included"
        }
        let most = wanted.allowsMoreColumns ? wanted.columnLimit : need
        let range = most.map { $0 == need ? "\(need)" : "\(need) to \($0)" } ?? "at least \(need)"
        return [PreflightFinding("columns", .error, "\(subject.lossName) reads \(range) input \((most ?? need) == 1 ? "column" : "columns"), "
            + "the \(which) dataset has \(have) (\(names))", fix: fix)]
    }

    static func cellKinds(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard let wanted = subject.lossRequirements else { return [] }
        var findings: [PreflightFinding] = []
        for (index, column) in subject.train.inputs.enumerated() {
            guard let kind = index < wanted.columns.count ? wanted.columns[index] : (wanted.allowsMoreColumns ? wanted.columns.last : nil)
            else { continue }
            guard let row = column.firstIndex(where: { !matches($0, kind) }) else { continue }
            let name = subject.train.inputNames[index]
            let need = kind == .text ? "a text" : "a list of texts"
            let fix: String
            if kind == .listOfTexts {
                fix = "put all documents of a query in one row (output_format \"labeled-list\" of mine_hard_negatives does it), or use a pairwise loss"
            } else if column[row].asList == nil {
                fix = "turn the cells into texts with map, or leave the column out with remove_columns"
            } else {
                fix = "put each text of a list into a row or a column of its own" + (subject.model.hasListwiseLosses ? ", or use a listwise loss" : "")
            }
            findings.append(PreflightFinding("cell-kind", .error, "column '\(name)' must hold \(need) in each row, row \(row + 1) holds "
                + "\(describe(column[row]))", fix: fix))
        }
        return findings
    }

    /// Names by which a column that should stand elsewhere can be told.
    private static let queryNames: Set<String> = ["query", "question", "anchor", "queries"]
    private static let passageNames: Set<String> = ["answer", "passage", "document", "positive", "negative", "docs", "documents", "passages",
        "context"]

    /// The places at which columns of these names are expected, from 0.
    private static let usualPlaces: KeyValuePairs<String, Int> = [
        "anchor": 0, "positive": 1, "negative": 2, "question": 0, "answer": 1, "query": 0, "response": 1, "hypothesis": 0, "entailment": 1,
        "contradiction": 2,
    ]

    static func order(_ subject: PreflightSubject) -> [PreflightFinding] {
        let names = subject.train.inputNames.map { $0.lowercased() }
        if let first = names.first, passageNames.contains(first), let query = names.dropFirst().first(where: queryNames.contains) {
            return [PreflightFinding("column-order", .error, "the first input column is '\(first)' and '\(query)' comes later, but columns are "
                + "read by order and the query comes first", fix: "reorder them with select_columns, '\(query)' first")]
        }
        for (name, place) in usualPlaces {
            guard let actual = names.firstIndex(of: name), actual != place else { continue }
            return [PreflightFinding("column-order", .warning,
                "input column '\(name)' is number \(actual + 1), and one of that name is usually number "
                + "\(place + 1); columns are read by order, whatever their names", fix: "reorder them with select_columns, if this is a mistake")]
        }
        return []
    }

    /// An eval dataset with the columns of the training dataset in another order would be measured on something else.
    static func orderOfEval(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard let eval = subject.eval else { return [] }
        let (trained, measured) = (subject.train.inputNames, eval.inputNames)
        let wanted = trained.filter(measured.contains)
        guard wanted.count > 1, wanted != measured.filter(trained.contains) else { return onEval(order)(subject) }
        func list(_ names: [String]) -> String { names.map { "'\($0)'" }.joined(separator: ", ") }
        // Columns that are in one dataset alone have no place to be moved to.
        let isSameSet = wanted.count == trained.count && wanted.count == measured.count
        let columns = (trained + (eval.labelName.map { [$0] } ?? [])).map { "\"\($0)\"" }.joined(separator: ", ")
        return [PreflightFinding("column-order", .error, "eval_dataset has the input columns \(list(measured)), the training dataset "
            + "\(list(trained)): columns are read by order, whatever their names, so the loss would be measured on other pairs than it is trained on",
            fix: isSameSet ? "reorder those of eval_dataset with select_columns { \(columns) }" : "reorder those of one of the two with select_columns")]
    }

    static func identifiers(_ subject: PreflightSubject) -> [PreflightFinding] {
        let names = subject.train.inputNames.filter { name in name == "id" || ["_id", "_ids", "_idx"].contains { name.hasSuffix($0) } }
        guard let name = names.first else { return [] }
        return [PreflightFinding("id-column", .warning, "input column '\(name)' looks like one of identifiers, but it would be trained on as text",
                                 fix: "remove it with remove_columns, or put the texts in its place")]
    }

    /// Names that are data show a file whose first row was taken for a header.
    static func names(_ subject: PreflightSubject) -> [PreflightFinding] {
        let names = subject.train.inputNames + (subject.train.labelName.map { [$0] } ?? [])
        guard let odd = HeaderNames.firstLikeData(names) else { return [] }
        return [PreflightFinding("column-names", .warning, "a column is named \"\(odd.prefix(40))\", which looks like data: the first row of a file without a "
            + "header is taken for the names of the columns", fix: HeaderNames.advice)]
    }

    private static func matches(_ value: DatasetValue, _ kind: LossRequirements.Cell) -> Bool {
        switch kind {
        case .text: return value.asString != nil
        case .listOfTexts: return value.asList.map { $0.allSatisfy { $0.asString != nil } } ?? false
        }
    }

    static func describe(_ value: DatasetValue) -> String {
        switch value {
        case .null: return "nothing"
        case .bool(let value): return "the boolean \(value)"
        case .integer(let value): return "the number \(value)"
        case .number(let value): return "the number \(value.shortest)"
        case .string(let value): return "the text \"\(value.prefix(40))\(value.count > 40 ? "..." : "")\""
        case .list(let values): return "a list of \(values.count)"
        }
    }
}
