/// The text of an error as a script and a terminal get it.
enum ErrorMessage {
    /// More than this says nothing more.
    private static let mostScalars = 2000
    private static let keptAtEnd = 400

    /// Messages quote what is wrong, which may be a file's or a script's text of any length, with codes that would move the
    /// cursor or change the colours of a terminal. Such codes are shown by their numbers, and the middle of a very long text
    /// gives way to how much was left out. Line breaks and tabs stay.
    static func presentable(_ text: String) -> String {
        guard text.utf8.count > mostScalars || text.unicodeScalars.contains(where: isCode) else { return text }
        let scalars = Array(text.unicodeScalars)
        let isLong = scalars.count > mostScalars
        let ends = isLong ? [scalars.prefix(mostScalars - keptAtEnd), scalars.suffix(keptAtEnd)] : [scalars[...]]
        let leftOut = scalars.count - ends.reduce(0) { $0 + $1.count }
        return ends.map(shown).joined(separator: " ... (\(leftOut) characters left out) ... ")
    }

    private static func isCode(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.generalCategory == .control && scalar != "\n" && scalar != "\t"
    }

    private static func shown(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var text = ""
        for scalar in scalars {
            if isCode(scalar) {
                text += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
