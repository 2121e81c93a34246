/// Everything that a run of the comparison found, as text for a terminal or for the page of results.
public struct Report {
    /// A heading with a sentence below it, a table and remarks.
    public struct Section {
        public let title: String
        public let table: TextTable
        public let remarks: [String]

        public init(title: String, table: TextTable, remarks: [String] = []) {
            self.title = title
            self.table = table
            self.remarks = remarks
        }
    }

    /// Where, when, with what.
    public let circumstances: String
    public let sections: [Section]

    public init(circumstances: String, sections: [Section]) {
        self.circumstances = circumstances
        self.sections = sections
    }

    public func text(width: Int) -> String {
        let parts = sections.map { section in
            ([section.title, section.table.text(width: width)] + section.remarks).joined(separator: "\n")
        }
        return ([circumstances] + parts).joined(separator: "\n\n")
    }

    public var markdown: String {
        let parts = sections.map { section in
            let remarks = section.remarks.isEmpty ? [] : [section.remarks.map { "- " + $0 }.joined(separator: "\n")]
            return (["### \(section.title)", section.table.markdown] + remarks).joined(separator: "\n\n")
        }
        return ([circumstances] + parts).joined(separator: "\n\n")
    }
}
