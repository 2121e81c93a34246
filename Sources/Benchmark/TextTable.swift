import TextFormat

/// A table for a terminal of any width, or for a page in Markdown.
public struct TextTable: Equatable, Sendable {
    /// The first column is text, the others are numbers and stand at the right.
    public let header: [String]
    public private(set) var rows: [[String]] = []

    public init(_ header: [String]) { self.header = header }

    /// - Parameter cells: as many as the header has.
    public mutating func add(_ cells: [String]) {
        precondition(cells.count == header.count, "\(cells.count) cells for \(header.count) columns")
        rows.append(cells)
    }

    /// Columns if they fit `width` letters; else each row as its first cell and, below it, what is not empty of the others with the
    /// names of their columns.
    public func text(width: Int) -> String {
        let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
        if widths.reduce(0, +) + 2 * (widths.count - 1) <= width {
            return ([header] + rows).map { line(cells: $0, widths) }.joined(separator: "\n")
        }
        return rows.map { row in
            let items = zip(header, row).dropFirst().filter { !$1.isEmpty }.map { "\($0) \($1)" }
            return ([row[0]] + Self.wrapped(items, width: width - 4).map { "    " + $0 }).joined(separator: "\n")
        }.joined(separator: "\n")
    }

    /// The table in Markdown.
    public var markdown: String {
        let rule = header.indices.map { $0 == 0 ? "---" : "---:" }
        return ([header, rule] + rows).map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
    }

    private func line(cells: [String], _ widths: [Int]) -> String {
        let padded = zip(cells, widths).enumerated().map { $0 == 0 ? $1.0.padded(to: $1.1) : $1.0.aligned(to: $1.1) }
        let line = padded.joined(separator: "  ")
        return String(line.reversed().drop { $0 == " " }.reversed())
    }

    /// Items with commas between them on as few lines as fit them; one that does not fit has a line of its own.
    private static func wrapped(_ items: [String], width: Int) -> [String] {
        var lines: [String] = []
        for (index, item) in items.enumerated() {
            let item = index + 1 < items.count ? item + "," : item
            if let last = lines.last, last.count + 1 + item.count <= width {
                lines[lines.count - 1] = last + " " + item
            } else {
                lines.append(item)
            }
        }
        return lines
    }
}
