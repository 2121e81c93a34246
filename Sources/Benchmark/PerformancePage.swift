/// A page with a section that a program writes, between two marks; what people wrote around it stays.
public enum PerformancePage {
    package static let begin = "<!-- results: begin, written by scripts/bench/compare.sh --write -->"
    package static let end = "<!-- results: end -->"

    /// The page with the section replaced.
    /// - Throws: ``BenchmarkError`` where the marks are missing or in the wrong order.
    public static func replacing(_ page: String, with section: String) throws -> String {
        guard let start = page.range(of: begin), let finish = page.range(of: end, after: start.upperBound) else {
            throw BenchmarkError("the page has no place for results: the lines '\(begin)' and '\(end)' are wanted, each once and in this order")
        }
        return page[..<start.upperBound] + "\n\n" + section + "\n\n" + page[finish.lowerBound...]
    }
}

extension String {
    /// The first place of a text at or behind a position. Swift's own needs Foundation.
    fileprivate func range(of text: String, after start: String.Index? = nil) -> Range<String.Index>? {
        var position = start ?? startIndex
        while position < endIndex {
            if self[position...].hasPrefix(text) { return position ..< index(position, offsetBy: text.count) }
            position = index(after: position)
        }
        return nil
    }
}
