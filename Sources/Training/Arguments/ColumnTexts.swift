/// A text for each input column of a run's datasets, as `prompts` and `router_mapping` give it: one for all columns, or one
/// by the name of a column, of a dataset, or of a column in a dataset.
public indirect enum ColumnTexts: Equatable, Sendable {
    case all(String)
    case named([String: ColumnTexts])

    /// Nothing for any column.
    public static let none = ColumnTexts.named([:])

    public var isEmpty: Bool { self == .none }

    /// Every text in it, sorted by name.
    var leaves: [String] {
        switch self {
        case .all(let text): return [text]
        case .named(let members): return members.sorted { $0.key < $1.key }.flatMap(\.value.leaves)
        }
    }

    /// The text for a column. Where a name is both a dataset's and a column's, it is taken as the dataset's.
    func text(column: String, dataset: String?) -> String? {
        switch self {
        case .all(let text): return text
        case .named(let members):
            if let dataset, let own = members[dataset] { return own.text(column: column, dataset: nil) }
            if case .all(let text) = members[column] { return text }
            return nil
        }
    }
}
