/// Data that cannot be read, or a request that a dataset cannot fulfil.
public struct DatasetError: Error, Equatable, CustomStringConvertible {
    /// Where: `data.jsonl:7` for a line of a file, nil for a dataset in memory.
    public let place: String?
    public let message: String

    public init(place: String? = nil, _ message: String) {
        self.place = place
        self.message = message
    }

    /// `data.jsonl:7: column "label": a string, where the rows above hold int64`
    public var description: String { place.map { "\($0): \(message)" } ?? message }
}
