import Glibc

/// The shapes of learning rate that a run can follow.
public enum SchedulerType: String, CaseIterable, Sendable {
    case linear, cosine
    case cosineWithRestarts = "cosine_with_restarts"
    case polynomial, constant
    case constantWithWarmup = "constant_with_warmup"
    case inverseSqrt = "inverse_sqrt"

    /// The settings it takes, with their defaults; NaN where the default depends on the run.
    public var settings: [(name: String, default: Double)] {
        switch self {
        case .linear, .constant, .constantWithWarmup: return []
        case .cosine: return [("num_cycles", 0.5)]
        case .cosineWithRestarts: return [("num_cycles", 1)]
        case .polynomial: return [("lr_end", 1e-7), ("power", 1)]
        case .inverseSqrt: return [("timescale", .nan)]
        }
    }
}

/// The factor on the peak learning rate as a function of the steps already done. Every shape but ``SchedulerType/constant``
/// starts with a linear warm-up from 0.
///
/// The formulas are those of the schedules of the same names in Hugging Face transformers.
public struct LearningRateSchedule: Equatable, Sendable {
    public let type: SchedulerType
    public let warmupSteps: Int
    public let totalSteps: Int
    private let settings: [String: Double]
    private let peak: Double

    /// - Parameters:
    ///   - settings: `num_cycles` (cosine 0.5, cosine with restarts 1), `lr_end` (1e-7) and `power` (1) for polynomial,
    ///     `timescale` for inverse square root (the warm-up steps, or 10,000 without warm-up).
    ///   - peak: the peak learning rate, which `lr_end` is compared with.
    /// - Throws: ``TrainingArgumentError`` for a setting that the shape does not have, and for numbers out of range.
    public init(_ type: SchedulerType, warmupSteps: Int, totalSteps: Int, settings: [String: Double] = [:], peak: Double) throws {
        for (name, steps) in [("num_warmup_steps", warmupSteps), ("num_training_steps", totalSteps)] {
            guard (0...TrainingPlan.mostSteps).contains(steps) else {
                throw TrainingArgumentError(name, "must be a whole number from 0 to \(TrainingPlan.mostSteps), got \(steps)")
            }
        }
        for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
            let known = type.settings.map(\.name)
            guard known.contains(name) else {
                let accepted = known.isEmpty ? "it takes none" : "it takes \(known.joined(separator: ", "))"
                throw TrainingArgumentError("lr_scheduler_kwargs", "the schedule '\(type.rawValue)' has no setting '\(name)'; \(accepted)")
            }
            guard value.isFinite, value >= 0, name != "timescale" || value > 0 else {
                throw TrainingArgumentError("lr_scheduler_kwargs", "'\(name)' is \(value), and a finite number \(name == "timescale" ? "above 0" : "of 0 or more") "
                    + "is wanted")
            }
        }
        self.type = type
        self.warmupSteps = warmupSteps
        self.totalSteps = totalSteps
        self.peak = peak
        var all: [String: Double] = [:]
        for (name, standard) in type.settings { all[name] = settings[name] ?? standard }
        if type == .inverseSqrt, settings["timescale"] == nil { all["timescale"] = warmupSteps > 0 ? Double(warmupSteps) : 10_000 }
        self.settings = all
        if type == .polynomial, let end = all["lr_end"], end >= peak {
            throw TrainingArgumentError("lr_scheduler_kwargs", "lr_end (\(end)) must be smaller than the learning rate (\(peak))")
        }
    }

    /// The factor for the step after `step` done ones.
    public func factor(at step: Int) -> Double {
        if type == .constant { return 1 }
        if step < warmupSteps { return Double(step) / Double(max(1, warmupSteps)) }
        let progress = Double(step - warmupSteps) / Double(max(1, totalSteps - warmupSteps))
        switch type {
        case .constant, .constantWithWarmup:
            return 1
        case .linear:
            return max(0, Double(totalSteps - step) / Double(max(1, totalSteps - warmupSteps)))
        case .cosine:
            return max(0, 0.5 * (1 + cos(.pi * settings["num_cycles"]! * 2 * progress)))
        case .cosineWithRestarts:
            if progress >= 1 { return 0 }
            return max(0, 0.5 * (1 + cos(.pi * (settings["num_cycles"]! * progress).truncatingRemainder(dividingBy: 1))))
        case .polynomial:
            let end = settings["lr_end"]!
            if step > totalSteps || totalSteps == warmupSteps { return end / peak }
            let remaining = 1 - Double(step - warmupSteps) / Double(totalSteps - warmupSteps)
            return ((peak - end) * pow(remaining, settings["power"]!) + end) / peak
        case .inverseSqrt:
            let timescale = settings["timescale"]!
            return 1 / ((Double(step) + timescale - Double(warmupSteps)) / timescale).squareRoot()
        }
    }
}
