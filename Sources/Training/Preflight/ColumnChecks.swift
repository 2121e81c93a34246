import Datasets
import Losses

/// Whether the input columns are those that the loss reads: how many, of what kind, in which order.
enum ColumnChecks {
    static let all: [Preflight.Check] = [{ count($0, $0.train, "training") }, cellKinds, order, identifiers]
    static let ofEval: [Preflight.Check] = [{ subject in subject.eval.map { count(subject, $0, "eval") } ?? [] }, onEval(cellKinds)]

    static func count(_ subject: PreflightSubject, _ source: LossBatchSource, _ which: String) -> [PreflightFinding] {
        guard let wanted = subject.lossRequirements else { return [] }
        let (have, need) = (source.inputs.count, wanted.columns.count)
        if have == need || (have > need && wanted.allowsMoreColumns) { return [] }
        let names = source.inputNames.isEmpty ? "none" : source.inputNames.map { "'\($0)'" }.joined(separator: ", ")
        let fix: String
        if have < need {
            fix = "add the missing columns" + (source.labelName.map { "; '\($0)' is taken as the label because of its name" } ?? "")
        } else {
            fix = "keep the columns that the loss reads with select_columns, label included"
        }
        return [PreflightFinding("columns", .error, "\(subject.lossName) reads \(wanted.allowsMoreColumns ? "at least " : "")\(need) input "
            + "columns, the \(which) dataset has \(have) (\(names))", fix: fix)]
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
            let fix = kind == .text ? "give the loss a text per cell, or use a listwise loss for lists"
                : "put all documents of a query in one row (output_format \"labeled-list\" of mine_hard_negatives does it), or use a pairwise loss"
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

    static func identifiers(_ subject: PreflightSubject) -> [PreflightFinding] {
        let names = subject.train.inputNames.filter { name in name == "id" || ["_id", "_ids", "_idx"].contains { name.hasSuffix($0) } }
        guard let name = names.first else { return [] }
        return [PreflightFinding("id-column", .warning, "input column '\(name)' looks like one of identifiers, but it would be trained on as text",
                                 fix: "remove it with remove_columns, or put the texts in its place")]
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
        case .number(let value): return "the number \(value)"
        case .string(let value): return "the text \"\(value.prefix(40))\(value.count > 40 ? "..." : "")\""
        case .list(let values): return "a list of \(values.count)"
        }
    }
}
