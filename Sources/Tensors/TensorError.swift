/// A caller's mistake in a tensor operation: what was wanted and what came, shapes included.
public struct TensorError: Error, CustomStringConvertible, Equatable {
    public let description: String

    public init(_ description: String) { self.description = description }
}
