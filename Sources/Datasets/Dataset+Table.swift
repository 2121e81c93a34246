import CUnicode
import TextFormat

extension Dataset: CustomStringConvertible {
    /// The first rows as a table of 80 columns.
    public var description: String { table() }

    /// A readable table: size, names, types and the first rows.
    ///
    /// - Parameters:
    ///   - width: no line is wider than this many terminal cells; columns that do not fit are only named.
    ///   - maximumRows: rows shown.
    public func table(width: Int = 80, maximumRows: Int = 8) -> String {
        let title = "Dataset: \(rowCount.grouped) \(rowCount == 1 ? "row" : "rows"), "
            + "\(columns.count) \(columns.count == 1 ? "column" : "columns")"
        guard !columns.isEmpty else { return title }
        let shown = min(rowCount, maximumRows)
        let label = labelColumn
        let cells = columns.map { column -> [String] in
            let kind = column.name == label ? "\(column.type), label" : "\(column.type)"
            return [column.name, kind] + (0..<shown).map { column.values[rows?[$0] ?? $0].excerpt(max(width, 8)) }
        }
        let natural = cells.map { $0.map(TerminalText.width(of:)).max() ?? 0 }
        let (fitting, widths) = Self.fit(natural, least: 8, into: width, gap: 2)

        var lines = [TerminalText.fit(title, width)]
        for line in 0..<shown + 2 {
            let parts = (0..<fitting).map { place -> String in
                let text = TerminalText.fit(cells[place][line], widths[place])
                return text + String(repeating: " ", count: widths[place] - TerminalText.width(of: text))
            }
            var text = parts.joined(separator: "  ")
            while text.utf8.last == 0x20 { text.removeLast() }
            lines.append(text)
        }
        if shown < rowCount { lines.append("... \((rowCount - shown).grouped) more") }
        if fitting < columns.count {
            let rest = columns[fitting...].map { "\($0.name) (\($0.type))" }.joined(separator: ", ")
            lines.append(TerminalText.fit("also: \(rest)", width))
        }
        return lines.joined(separator: "\n")
    }

    /// Widths of as many columns as can have `least` cells (or what they need, if that is less) each. What is left
    /// goes to the columns that need more, evenly.
    private static func fit(_ natural: [Int], least: Int, into width: Int, gap: Int) -> (count: Int, widths: [Int]) {
        var widths: [Int] = []
        var used = 0
        for wanted in natural {
            let minimum = min(wanted, least)
            if !widths.isEmpty && used + gap + minimum > width { break }
            used += minimum + (widths.isEmpty ? 0 : gap)
            widths.append(minimum)
        }
        var spare = width - used
        while spare > 0 {
            let hungry = widths.indices.filter { widths[$0] < natural[$0] }
            if hungry.isEmpty { break }
            let share = max(spare / hungry.count, 1)
            for place in hungry where spare > 0 {
                let more = min(share, natural[place] - widths[place], spare)
                widths[place] += more
                spare -= more
            }
        }
        return (widths.count, widths)
    }
}

extension DatasetValue {
    /// The cell on one line, cut after about `limit` characters.
    func excerpt(_ limit: Int) -> String {
        switch self {
        case .null: return "null"
        case .bool(let value): return value ? "true" : "false"
        case .integer(let value): return String(value)
        case .number(let value): return value.description
        case .string(let text): return TerminalText.oneLine(text, limit: limit)
        case .list(let values):
            var parts: [String] = []
            var length = 0
            for value in values {
                if length > limit { parts.append("..."); break }
                parts.append(value.excerpt(limit))
                length += parts[parts.count - 1].utf8.count + 2
            }
            return "[\(parts.joined(separator: ", "))]"
        }
    }
}

/// Text measured in the cells of a terminal, of which a letter takes none, one or two.
enum TerminalText {
    static func width(of text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + max(Int(utf8proc_charwidth(Int32($1.value))), 0) }
    }

    /// The text, cut with three dots if it is wider than `width`.
    static func fit(_ text: String, _ width: Int) -> String {
        if self.width(of: text) <= width { return text }
        var cut = String.UnicodeScalarView()
        var used = 0
        for scalar in text.unicodeScalars {
            used += max(Int(utf8proc_charwidth(Int32(scalar.value))), 0)
            if used > max(width - 3, 0) { break }
            cut.append(scalar)
        }
        return String(cut) + String(repeating: ".", count: min(3, width))
    }

    /// The beginning of a text with line breaks and control characters as spaces.
    static func oneLine(_ text: String, limit: Int) -> String {
        var line = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(limit + 1) {
            line.append(scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) ? " " : scalar)
        }
        return String(line)
    }
}
