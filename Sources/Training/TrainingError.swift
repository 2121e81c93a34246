/// A run that cannot start or go on: what is wrong, where, and what to do.
public struct TrainingError: Error, CustomStringConvertible, Equatable {
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// An evaluation was cut short because ``Trainer/shouldPause`` asked for it; it is done again when the run goes on.
public struct EvaluationPaused: Error, CustomStringConvertible {
    public init() {}
    public var description: String { "paused in the middle of an evaluation" }
}

/// A training argument out of range or at odds with another one.
public struct TrainingArgumentError: Error, CustomStringConvertible, Equatable {
    /// The argument's name as users write it.
    public let argument: String
    public let description: String

    public init(_ argument: String, _ problem: String) {
        self.argument = argument
        description = "\(argument): \(problem)"
    }
}
