/// Two texts that a cross-encoder reads together, query first.
public struct TextPair: Equatable, Hashable, Sendable {
    public let first: String
    public let second: String

    public init(_ first: String, _ second: String) {
        self.first = first
        self.second = second
    }
}
