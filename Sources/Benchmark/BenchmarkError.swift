/// What kept a benchmark from running: what was wrong, where, and what to do.
public struct BenchmarkError: Error, CustomStringConvertible, Equatable {
    public let description: String

    public init(_ description: String) { self.description = description }
}
