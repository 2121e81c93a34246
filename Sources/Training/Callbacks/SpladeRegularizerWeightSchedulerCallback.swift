import Evaluators
import JSON
import Losses

/// Raises the weights of a `SpladeLoss` from 0 to what they were given as, so that the model learns what texts mean before it is
/// made sparse.
///
///     weight(step) = given (step / (ratio * steps))^n,   n = 2 (quadratic) or 1 (linear), and the given one from there on
///
/// (Paria et al. 2020, arXiv 2004.05665.) Trainers add one by themselves to a run with a `SpladeLoss` that has none.
public final class SpladeRegularizerWeightSchedulerCallback: TrainerCallback {
    /// How weights rise.
    public enum Schedule: String, CaseIterable, Sendable {
        case linear, quadratic
    }

    public let name = "SpladeRegularizerWeightSchedulerCallback"
    public let loss: any RegularizedLoss
    public let schedule: Schedule
    /// The share of all steps over which weights rise.
    public let warmupRatio: Double
    private var warmupSteps: Int?

    /// - Throws: ``TrainingArgumentError`` for a ratio that is not above 0 and at most 1.
    public init(loss: any RegularizedLoss, schedule: Schedule = .quadratic, warmupRatio: Double = 1.0 / 3) throws {
        guard warmupRatio > 0, warmupRatio <= 1 else {
            throw TrainingArgumentError("warmup_ratio", "must be above 0 and at most 1, got \(warmupRatio)")
        }
        self.loss = loss
        self.schedule = schedule
        self.warmupRatio = warmupRatio
    }

    public func respond(to event: TrainerEvent, arguments: TrainingArguments, state: TrainerState, control: inout TrainerControl) throws {
        switch event {
        case .trainBegin:
            warmupSteps = max(1, Int(Double(state.maxSteps) * warmupRatio))
            apply(factor(at: state.globalStep))
        case .stepBegin: apply(factor(at: state.globalStep))
        // The model is left with the loss as it was made.
        case .trainEnd: apply(1)
        default: break
        }
    }

    /// The share of the given weights in force before a step, counted from 0.
    func factor(at step: Int) -> Double {
        guard let warmupSteps, step < warmupSteps else { return 1 }
        let ratio = Double(step) / Double(warmupSteps)
        return schedule == .linear ? ratio : ratio * ratio
    }

    private func apply(_ factor: Double) {
        loss.documentWeight = loss.givenWeights.document * factor
        loss.queryWeight = loss.givenWeights.query.map { $0 * factor }
    }

    public func addedLogs() -> [Metric] {
        [Metric("document_regularizer_weight", loss.documentWeight)] + (loss.queryWeight.map { [Metric("query_regularizer_weight", $0)] } ?? [])
    }
}
