/// What the trainer is about to do; callbacks switch things on and off here.
public struct TrainerControl: Equatable, Sendable {
    /// Ends training after this step. Stays set.
    public var shouldTrainingStop = false
    /// Why, for the log; said by the callback that sets ``shouldTrainingStop``.
    public var stopReason: String?
    /// Ends the epoch after this step.
    public var shouldEpochStop = false
    /// Writes a checkpoint after this step.
    public var shouldSave = false
    /// Evaluates after this step.
    public var shouldEvaluate = false
    /// Logs the training loss after this step.
    public var shouldLog = false

    public init() {}

    /// Clears what holds for one step only.
    mutating func beginStep() {
        shouldSave = false
        shouldEvaluate = false
        shouldLog = false
    }
}
