/// A model folder, a file in it or a request that a model cannot serve: what is wrong, where, and what to do.
public struct ModelError: Error, CustomStringConvertible, Equatable {
    public let description: String

    public init(_ description: String) { self.description = description }
}
