/// Finds the type of a column of texts.
///
/// A column becomes int64 if all its texts are integers, float64 if all are numbers, bool if all are true or false;
/// else it stays string. Empty fields are null and do not count. Words such as NA or null are words. Numbers with a
/// leading zero and integers that the type cannot hold exactly (beyond 64 bits, or beyond 2^53 among numbers with fractions) are
/// identifiers and keep the column a string. A column of nothing but nan
/// and inf stays string too.
enum ColumnInference {
    static func infer(_ texts: [DatasetValue]) -> (DatasetType, [DatasetValue]) {
        guard let first = texts.first(where: { !$0.isNull })?.asString else { return (.null, texts) }
        if CellText.bool(first) != nil, let cells = all(texts, { CellText.bool($0).map { .bool($0) } }) { return (.bool, cells) }
        // Most columns are prose: one look at the first text tells.
        guard CellText.number(first) != nil || CellText.integer(first) != nil else { return (.string, texts) }
        if let cells = all(texts, { CellText.integer($0).map { .integer($0) } }) { return (.integer, cells) }
        var hasFinite = false
        let numbers = all(texts) { text in
            guard let number = CellText.number(text) else { return nil }
            if number.isFinite { hasFinite = true }
            return .number(number)
        }
        if let numbers, hasFinite { return (.number, numbers) }
        return (.string, texts)
    }

    private static func all(_ texts: [DatasetValue], _ convert: (String) -> DatasetValue?) -> [DatasetValue]? {
        var cells: [DatasetValue] = []
        cells.reserveCapacity(texts.count)
        for text in texts {
            guard let string = text.asString else { cells.append(.null); continue }
            guard let cell = convert(string) else { return nil }
            cells.append(cell)
        }
        return cells
    }
}
