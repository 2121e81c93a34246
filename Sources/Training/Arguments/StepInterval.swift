import Glibc

/// A number of optimizer steps, given as a count (one or more) or as a fraction of the whole run (below one).
public struct StepInterval: Equatable, Sendable, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
    public let value: Double

    public init(_ value: Double) { self.value = value }
    public init(integerLiteral value: Int) { self.value = Double(value) }
    public init(floatLiteral value: Double) { self.value = value }

    /// Whether it scales with the length of the run.
    public var isFraction: Bool { value < 1 }

    /// The count for a run of `total` steps; fractions are rounded up. At most ``TrainingPlan/mostSteps``, and 0 for what is no interval.
    public func steps(of total: Int) -> Int {
        let count = isFraction ? ceil(Double(total) * value) : value
        return count.isNaN ? 0 : Int(max(0, min(count, Double(TrainingPlan.mostSteps))))
    }
}
