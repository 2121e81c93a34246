import Evaluators
import JSON

/// Stops training once the metric that decides between checkpoints has not improved for a number of evaluations.
public final class EarlyStoppingCallback: TrainerCallback {
    public let name = "EarlyStoppingCallback"
    /// Evaluations in a row without improvement after which training stops.
    public let patience: Int
    /// How much better than the best value counts as an improvement; an improvement is greater than this.
    public let threshold: Double
    /// Evaluations in a row without improvement so far.
    public private(set) var evaluationsWithoutImprovement = 0

    /// - Throws: ``TrainingArgumentError`` for a patience below 1 or a negative threshold.
    public init(patience: Int = 1, threshold: Double = 0) throws {
        if patience < 1 { throw TrainingArgumentError("early_stopping_patience", "must be 1 or more, got \(patience)") }
        guard threshold.isFinite, threshold >= 0 else {
            throw TrainingArgumentError("early_stopping_threshold", "must be 0 or more, got \(threshold)")
        }
        self.patience = patience
        self.threshold = threshold
    }

    public func respond(to event: TrainerEvent, arguments: TrainingArguments, state: TrainerState, control: inout TrainerControl) throws {
        switch event {
        case .trainBegin:
            guard arguments.metricForBestModel != nil, arguments.evalStrategy != .no else {
                throw TrainingError("EarlyStoppingCallback needs evaluations and a metric to watch: set eval_strategy and "
                    + "metric_for_best_model")
            }
            if state.globalStep == 0 { evaluationsWithoutImprovement = 0 }
            // A run that was over before it was resumed is over still.
            if evaluationsWithoutImprovement >= patience { stop(&control) }
        case .evaluate(let metrics):
            guard let key = arguments.bestMetricKey, let value = metrics.first(where: { $0.key == key })?.value else { return }
            // The state still holds the best value of the evaluations before this one.
            let best = state.bestMetric
            let improvement = best.map { arguments.greaterIsBetter == false ? $0 - value : value - $0 } ?? .infinity
            evaluationsWithoutImprovement = improvement > threshold ? 0 : evaluationsWithoutImprovement + 1
            if evaluationsWithoutImprovement >= patience { stop(&control) }
        default:
            break
        }
    }

    private func stop(_ control: inout TrainerControl) {
        control.shouldTrainingStop = true
        control.stopReason = "\(evaluationsWithoutImprovement) evaluation\(evaluationsWithoutImprovement == 1 ? "" : "s") without improvement, and "
            + "early_stopping_patience is \(patience); raise it, or leave the callback out, to go on from the last checkpoint"
    }

    public var savedState: JSONObject? { ["evaluations_without_improvement": .integer(Int64(evaluationsWithoutImprovement))] }

    public func restore(_ state: JSONObject) throws {
        guard let count = state["evaluations_without_improvement"]?.asInteger, (0...TrainingPlan.mostSteps).contains(count) else {
            throw TrainingError("the state of \(name) has no number of 'evaluations_without_improvement'")
        }
        evaluationsWithoutImprovement = count
    }
}

extension TrainingArguments {
    /// The key under which evaluations write the metric that decides between checkpoints, `eval_` included.
    public var bestMetricKey: String? {
        metricForBestModel.map { $0.hasPrefix("eval_") ? $0 : "eval_" + $0 }
    }
}
