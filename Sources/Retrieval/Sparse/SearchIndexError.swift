/// What an index cannot be made from, or be asked.
public struct SearchIndexError: Error, Equatable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
