/// Whether the first row of a file is what it was taken for. A file without a header loses its first row to the names of the columns,
/// which then hold a sentence or a number.
public enum HeaderNames {
    /// The first of these names that looks like data: a number, or a sentence; nil if all look like names.
    public static func firstLikeData(_ names: [String]) -> String? { names.first(where: isLikeData) }

    /// What to do about it.
    public static let advice = "name the columns with the option column_names of load_dataset, which says that the first row is data too"

    private static func isLikeData(_ name: String) -> Bool {
        // A year may well be the name of a column, a sentence has no place there.
        if let number = Double(name) { return !(name.count == 4 && (1900...2100).contains(number)) }
        let words = name.split(whereSeparator: \.isWhitespace)
        if words.count > 5 || name.count > 60 { return true }
        return words.count > 2 && name.last.map { ".?!".contains($0) } ?? false
    }
}
